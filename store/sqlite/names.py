"""Which records name which bytes, written in the very transaction of the records (``core/naming.py``)."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from typing import Any, Final

from minxin.core.changes import Changes, Record
from minxin.core.errors import DamagedError
from minxin.core.naming import named_blobs, names_blobs
from minxin.store.sqlite.tables import Table

_NAME: Final = "INSERT OR IGNORE INTO blob_names (blob_id, kind, record_id) VALUES (?, ?, ?)"
_UNNAME: Final = "DELETE FROM blob_names WHERE blob_id = ? AND kind = ? AND record_id = ?"
_LOOSE: Final = "INSERT INTO loose_blobs (blob_id) VALUES (?) ON CONFLICT (blob_id) DO UPDATE SET since = NULL"
_NONE: Final = frozenset[str]()


def stored_names(connection: sqlite3.Connection, table: Table[Any], record: Record) -> frozenset[str]:
    """Return what the record names as it is stored: a second index by record would cost each letter a page more.

    One that can't be read names nothing here, so that its names stay: bytes may be kept for nothing, never lost.
    """
    row = connection.execute(table.by_id, (record.id,)).fetchone() if names_blobs(table.kind) else None
    try:
        return named_blobs(table.record(row[0])) if row else _NONE
    except DamagedError:
        return _NONE


def change_names(
    connection: sqlite3.Connection, table: Table[Any], record: Record, before: Collection[str], *, gone: bool = False
) -> None:
    """Write down what a record names from now on; ``before`` is what it named until now."""
    if not names_blobs(table.kind):
        return
    named = _NONE if gone else named_blobs(record)
    if added := named.difference(before):
        connection.executemany(_NAME, [(blob_id, table.name, record.id) for blob_id in added])
    if lost := frozenset(before) - named:
        connection.executemany(_UNNAME, [(blob_id, table.name, record.id) for blob_id in lost])
        _look_at(connection, lost)


def note_loose(connection: sqlite3.Connection, changes: Changes) -> None:
    """Have the next sweep look at bytes that come without a record that names them."""
    if changes.blobs:
        written = (*changes.inserts, *changes.puts, *changes.ensures)
        named = _NONE.union(*(named_blobs(record) for record in written))
        _look_at(connection, {blob.id for blob in changes.blobs} - named)


def _look_at(connection: sqlite3.Connection, blob_ids: Iterable[str]) -> None:
    connection.executemany(_LOOSE, [(blob_id,) for blob_id in blob_ids])
