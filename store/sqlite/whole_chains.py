"""The chains as rows that look alike in every engine (``store.moving.rows``): bodies as they were hashed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from msgspec import Struct

from minxin.core.audit import GENESIS
from minxin.store.moving.rows import Key, Row
from minxin.store.sqlite.chain_rows import (
    ADD_AUDIT,
    ADD_EVENT,
    AUDIT,
    EVENTS,
    Names,
    foreign_audit_row,
    foreign_event_row,
    hexed,
    sealed_audit,
    sealed_event,
    unhexed,
)
from minxin.store.sqlite.codec import UNREADABLE, encode
from minxin.store.sqlite.packing import unpack

_NO: Final = "(SELECT no FROM names WHERE name = ?)"


class Chain(Struct, frozen=True):
    """How a part is read and written. ``after`` is the condition for what follows a key, ``key`` the one for a key."""

    query: str
    order: tuple[str, ...]
    after: str
    key: str
    read: Callable[[Sequence[Any]], Row]
    add: str
    row: Callable[[Names, Row], Sequence[Any]]
    delete: str

    def rows(self, connection: sqlite3.Connection, after: Key | None, most: int) -> list[Row]:
        """Return the rows after this key, in the order of the keys, up to so many."""
        where, values = (self.after, after) if after else ("TRUE", ())
        return self._read(connection, f"{where} ORDER BY {', '.join(self.order)} LIMIT {most}", values)

    def pick(self, connection: sqlite3.Connection, key: Key) -> list[Row]:
        """Return the row with this key, if there is one."""
        return self._read(connection, self.key, key)

    def last(self, connection: sqlite3.Connection) -> Row | None:
        """Return the row with the last key, or None."""
        found = self._read(connection, f"TRUE ORDER BY {' DESC, '.join(self.order)} DESC LIMIT 1", ())
        return found[0] if found else None

    def write(self, connection: sqlite3.Connection, rows: Sequence[Row], gone: Iterable[Key]) -> None:
        """Write these rows over what is there, and delete others."""
        names = Names(connection, {})
        connection.executemany(self.delete, [*gone, *(key for key, _ in rows)])
        connection.executemany(self.add, [self.row(names, row) for row in rows])

    def _read(self, connection: sqlite3.Connection, where: str, values: Key) -> list[Row]:
        return [self.read(row) for row in connection.execute(self.query.format(where), values)]


def _event(row: Sequence[Any]) -> Row:
    stream, seq, before, digest, kind, *_, data = row
    body = _raw(data) if kind is None else encode(sealed_event(row).event)
    return (stream, seq), (_before(before), hexed(digest), body)


def _audit(row: Sequence[Any]) -> Row:
    seq, before, digest, actor, action, *_, data = row
    body = _raw(data) if action is None else encode(sealed_audit(row).entry)
    return (seq,), (_before(before), hexed(digest), actor, body)


def _stream(row: Sequence[Any]) -> Row:
    stream, seq, digest, grown = row
    return (stream,), (seq, hexed(digest), grown)


def _before(digest: bytes | str | None) -> str:
    return GENESIS.hash if digest is None else hexed(digest)


def _raw(stored: Any) -> Any:
    """Return a body that lies there whole; one that can't be unpacked is told as it is."""
    try:
        return unpack(stored)
    except UNREADABLE:
        return stored


def _event_row(names: Names, row: Row) -> Sequence[Any]:
    (stream, seq), (_, digest, body) = row
    return foreign_event_row(names, str(stream), int(seq), str(digest), body)  # type: ignore[arg-type]


def _audit_row(names: Names, row: Row) -> Sequence[Any]:
    (seq,), (_, digest, actor, body) = row
    return foreign_audit_row(names, int(seq), str(digest), str(actor), body)  # type: ignore[arg-type]


def _stream_row(names: Names, row: Row) -> Sequence[Any]:
    (stream,), (seq, digest, grown) = row
    return names.number(str(stream)), seq, unhexed(str(digest)), 0 if grown else seq


CHAINS: Final[dict[str, Chain]] = {
    "events": Chain(
        query=EVENTS,
        order=("chain.name", "events.seq"),
        after="chain.name >= ?1 AND (chain.name > ?1 OR events.seq > ?2)",
        key="chain.name = ? AND events.seq = ?",
        read=_event,
        add=ADD_EVENT,
        row=_event_row,
        delete=f"DELETE FROM events WHERE stream = {_NO} AND seq = ?",  # noqa: S608
    ),
    "audit": Chain(
        query=AUDIT,
        order=("seq",),
        after="seq > ?",
        key="seq = ?",
        read=_audit,
        add=ADD_AUDIT,
        row=_audit_row,
        delete="DELETE FROM audit WHERE seq = ?",
    ),
    "streams": Chain(
        query="SELECT name, seq, hash, seq > sealed FROM names CROSS JOIN streams ON stream = no WHERE {}",
        order=("name",),
        after="name > ?",
        key="name = ?",
        read=_stream,
        add="INSERT INTO streams (stream, seq, hash, sealed) VALUES (?, ?, ?, ?)",
        row=_stream_row,
        delete=f"DELETE FROM streams WHERE stream = {_NO}",  # noqa: S608
    ),
}
