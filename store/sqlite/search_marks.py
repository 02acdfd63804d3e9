"""Marks the letters of a set of changes for the search index, in the transaction that writes them."""

from __future__ import annotations

import sqlite3
from typing import Final

from minxin.consult.search.marks import marked_by
from minxin.core.changes import Changes
from minxin.store.sqlite.codec import micros

# Who waits already keeps its place; that it changed again shows in the token.
_MARK: Final = """INSERT INTO search_marks (letter_id, token, at, sealed) VALUES (?, ?, ?, ?)
    ON CONFLICT (letter_id) DO UPDATE SET token = excluded.token, sealed = max(sealed, excluded.sealed)"""


def note_changed(connection: sqlite3.Connection, changes: Changes) -> None:
    """Mark what the changes touch."""
    rows = [(one.letter_id, one.token, micros(one.at), one.sealed) for one in marked_by(changes)]
    if rows:
        connection.executemany(_MARK, rows)
