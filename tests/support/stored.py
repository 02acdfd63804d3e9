"""The file's rows as a test looks at them: bodies unpacked for SQL, entries of the chains whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Mapping
from typing import Any

from minxin.store.sqlite.chain_rows import AUDIT, EVENTS, sealed_audit, sealed_event
from minxin.store.sqlite.codec import encode
from minxin.store.sqlite.packing import pack, unpack, unpack_blob


def seeing_bodies(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Give SQL on the connection ``unpacked(body)``, ``packed(text)`` and ``unpacked_blob(data, packed)``."""
    connection.create_function("unpacked", 1, lambda body: unpack(body).decode("utf-8"), deterministic=True)
    connection.create_function("packed", 1, lambda text: pack(text.encode("utf-8")), deterministic=True)
    connection.create_function("unpacked_blob", 2, unpack_blob, deterministic=True)
    return connection


def values_that_say(connection: sqlite3.Connection, words: Collection[str]) -> list[bytes]:
    """Return each value as it lies in the file that says one of the words once it is unpacked."""
    found = []
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        rows = connection.execute(f"SELECT * FROM {table}")  # noqa: S608
        names = [column[0] for column in rows.description]
        for row in rows:
            record = dict(zip(names, row, strict=True))
            said = (
                (value, _reading(name, value, record)) for name, value in record.items() if isinstance(value, bytes)
            )
            found += [value for value, text in said if any(word.encode() in text for word in words)]
    return found


def _reading(name: str, value: bytes, record: Mapping[str, Any]) -> bytes:
    if "packed" in record:
        return unpack_blob(value, record["packed"])
    return unpack(value) if name == "body" else value


def number_of(connection: sqlite3.Connection, name: str) -> int:
    """Return the number of a name that the chains use."""
    found: int = connection.execute("SELECT no FROM names WHERE name = ?", (name,)).fetchone()[0]
    return found


def change_event(connection: sqlite3.Connection, stream: str, seq: int, change: Callable[[str], str]) -> None:
    """Put another body in the place of an event's, and leave its hash."""
    row = connection.execute(EVENTS.format("chain.name = ? AND events.seq = ?"), (stream, seq)).fetchone()
    body = change(encode(sealed_event(row).event).decode("utf-8")).encode("utf-8")
    connection.execute(
        "UPDATE events SET kind = NULL, data = ? WHERE stream = ? AND seq = ?",
        (body, number_of(connection, stream), seq),
    )


def change_audit(connection: sqlite3.Connection, seq: int, change: Callable[[str], str]) -> None:
    """Put another body in the place of an audit entry's, and leave its hash."""
    row = connection.execute(AUDIT.format("seq = ?"), (seq,)).fetchone()
    body = change(encode(sealed_audit(row).entry).decode("utf-8")).encode("utf-8")
    connection.execute("UPDATE audit SET action = NULL, data = ? WHERE seq = ?", (body, seq))
