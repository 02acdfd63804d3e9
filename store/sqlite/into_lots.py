"""Writes the chains of a store of before into lots, within the step that makes their tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, Final, Generic

import msgspec
from msgspec import Struct

from minxin.core.audit import GENESIS, digest_of_body
from minxin.store.sqlite.chain_entries import AT, MISREAD, WHOLE, Fields, Form, T, hexed, names_of
from minxin.store.sqlite.chains import AUDIT_LOG, EVENTS, SEQ_BITS, Chains, note_actors
from minxin.store.sqlite.codec import UNREADABLE, encode
from minxin.store.sqlite.lots import Entry
from minxin.store.sqlite.packing import unpack

_AT_ONCE: Final = 2_000
_OLD_EVENTS: Final = """SELECT coalesce(name, ''), stream, seq, hash, kind, at, actor, office, data
    FROM events LEFT JOIN names ON names.no = events.stream ORDER BY stream, seq"""
_OLD_AUDIT: Final = """SELECT 'audit', 0, seq, hash, action, at, actor, target, result, office, origin, data
    FROM audit ORDER BY seq"""


class _Old(Struct, frozen=True):
    """An entry as it lay in a row of its own."""

    chain: str
    stream: int
    seq: int
    hash: str
    fields: Fields


def into_lots(connection: sqlite3.Connection) -> None:
    """Write all entries into lots, and drop the tables that they came from; raises ``DamagedError``."""
    for batch in _Moving(EVENTS, SEQ_BITS).batches(connection, _OLD_EVENTS):
        del batch
    for batch in _Moving(AUDIT_LOG, 0).batches(connection, _OLD_AUDIT):
        note_actors(connection, batch)
    connection.execute("DROP TABLE events")
    connection.execute("DROP TABLE audit")


class _Moving(Generic[T]):
    """Moves the chains of one table; remembers the entry before, whose hash stood in its row alone."""

    def __init__(self, chains: Chains[T], shift: int) -> None:
        self._chains: Chains[T] = chains
        self._shift = shift
        self._place: tuple[int, int] = (0, 0)
        self._hash = GENESIS.hash

    def batches(self, connection: sqlite3.Connection, query: str) -> Iterator[list[Entry]]:
        """Write all rows into lots, and yield their entries in batches."""
        rows = connection.execute(query)
        while some := rows.fetchmany(_AT_ONCE):
            old = [
                _Old(chain, no, seq, hexed(digest), _fields(self._chains.form, row))
                for chain, no, seq, digest, *row in some
            ]
            names = names_of(connection, _numbers(self._chains.form, old))
            batch = []
            for (stream, chain), entries in groupby(old, key=lambda one: (one.stream, one.chain)):
                found = [self._entry(one, names) for one in entries]
                self._chains.append(connection, chain, stream << self._shift, found)
                batch += found
            yield batch

    def _entry(self, one: _Old, names: Mapping[int, str]) -> Entry:
        prev = self._hash if self._place == (one.stream, one.seq - 1) else GENESIS.hash
        self._place, self._hash = (one.stream, one.seq), one.hash
        own = _digest(self._chains.form, one, prev, names) != one.hash
        return Entry(one.seq, prev, one.hash, one.fields, own)


def _fields(form: Form[Any], row: list[Any]) -> Fields:
    """Return the fields of a row's columns; what can't be read stays what it is, and can't be read there either."""
    *columns, data = row
    whole = columns[WHOLE] is None or not isinstance(columns[AT], int)
    if data is not None:
        try:
            found = unpack(data)
            data = found if whole else msgspec.msgpack.decode(found, type=dict[str, Any])
        except UNREADABLE:
            pass
    return form.whole(columns[2], data) if whole else (*columns, data)


def _numbers(form: Form[Any], old: list[_Old]) -> set[int]:
    return {number for one in old for place in form.named if isinstance(number := one.fields[place], int)}


def _digest(form: Form[Any], one: _Old, prev: str, names: Mapping[int, str]) -> str:
    """Return the hash that the entry must have, empty when it can't be read."""
    if one.fields[WHOLE] is None:
        body = one.fields[-1]
        return digest_of_body(prev, body, one.seq) if isinstance(body, bytes) else ""
    try:
        return digest_of_body(prev, encode(form.content(one.chain, one.fields, names)), one.seq)
    except MISREAD:
        return ""
