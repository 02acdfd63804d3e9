"""The chains as rows that look alike in every engine (``store.moving.rows``): bodies as they were hashed."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from typing import Any, Final, Generic, Protocol

from msgspec import Struct

from minxin.core.audit import digest_of_body
from minxin.store.moving.rows import Key, Row
from minxin.store.sqlite.chain_entries import WHOLE, Names, T, hexed, unhexed
from minxin.store.sqlite.chains import (
    AUDIT_CHAIN,
    AUDIT_LOG,
    AUDIT_LOTS,
    EVENT_LOTS,
    EVENTS,
    SEQ_BITS,
    Chains,
    note_actors,
)
from minxin.store.sqlite.lots import CHECK_BYTES, Entry, Kept, Lot, filled


class Part(Protocol):
    """A part of the store whose rows are not those of a table."""

    def count(self, connection: sqlite3.Connection) -> int:
        """Return how many rows there are."""
        ...

    def rows(self, connection: sqlite3.Connection, after: Key | None, most: int) -> list[Row]:
        """Return the rows after this key, in the order of the keys, up to so many; all for -1."""
        ...

    def pick(self, connection: sqlite3.Connection, keys: Collection[Key]) -> list[Row]:
        """Return those of the rows that there are."""
        ...

    def last(self, connection: sqlite3.Connection) -> Row | None:
        """Return the row with the last key, or None."""
        ...

    def write(self, connection: sqlite3.Connection, rows: Sequence[Row], gone: Iterable[Key]) -> None:
        """Write these rows over what is there, and delete others."""
        ...


class Entries(Struct, Generic[T], frozen=True):
    """The entries of one kind of chain, which lie in lots.

    ``query`` reads lots in ``order``; ``after`` is the condition for those that have something behind a key. ``shift``
    is how far a chain's number stands before those of its entries in the keys of lots; ``actors`` says that an entry
    names its actor beside its body.
    """

    chains: Chains[T]
    query: str
    order: tuple[str, ...]
    after: str
    shift: int
    actors: bool

    def count(self, connection: sqlite3.Connection) -> int:
        query = f"SELECT coalesce(sum(length(checks)), 0) / {CHECK_BYTES} FROM {self.chains.table}"  # noqa: S608
        found: int = connection.execute(query).fetchone()[0]
        return found

    def rows(self, connection: sqlite3.Connection, after: Key | None, most: int) -> list[Row]:
        where, values = (self.after, after) if after else ("TRUE", ())
        query = f"{self.query.format(where)} ORDER BY {', '.join(self.order)}"
        lots: list[tuple[str, Lot]] = []
        many = 0
        for found in self.chains.lots(connection.execute(query, values)):
            many += found[1].end - found[1].first + 1 if lots else 0  # the first may end at the key
            lots.append(found)
            if 0 <= most <= many:
                break
        rows = (self._row(chain, one) for chain, one in self.chains.read(connection, lots))
        return list(islice((row for row in rows if after is None or row[0] > after), most if most >= 0 else None))

    def pick(self, connection: sqlite3.Connection, keys: Collection[Key]) -> list[Row]:
        names = Names(connection, {})
        found: dict[Key, Row] = {}  # those of one lot
        picked = []
        for key in sorted(keys):
            if key not in found:
                chain, seq = self._place(key)
                base = self._base(names.find(chain))
                near = () if base is None else self._lots_at(connection, chain, base, (seq, seq))
                found = {row[0]: row for row in (self._row(*one) for one in self.chains.read(connection, near))}
            if key in found:
                picked.append(found[key])
        return picked

    def last(self, connection: sqlite3.Connection) -> Row | None:
        query = f"{self.query.format('TRUE')} ORDER BY {' DESC, '.join(self.order)} DESC LIMIT 1"
        found = [self._row(*one) for one in self.chains.read(connection, self.chains.lots(connection.execute(query)))]
        return found[-1] if found else None

    def write(self, connection: sqlite3.Connection, rows: Sequence[Row], gone: Iterable[Key]) -> None:
        names = Names(connection, {})
        changes = defaultdict[str, dict[int, Entry | None]](dict)
        for key in gone:
            chain, seq = self._place(key)
            changes[chain][seq] = None
        for row in rows:
            chain, seq = self._place(row[0])
            changes[chain][seq] = self._entry(names, chain, seq, row[1])
        for chain, change in changes.items():
            self._rewrite(connection, names, chain, change)

    def _rewrite(
        self, connection: sqlite3.Connection, names: Names, chain: str, change: dict[int, Entry | None]
    ) -> None:
        """Write the lots anew that the changes touch, the one before them as well: it may take more."""
        span = min(change), max(change)
        self.chains.hold_room(chain, span)
        base = self._base(names.number(chain)) or 0
        lots = list(self._lots_at(connection, chain, base, span))
        there = {one.seq: _again(one) for _, one in self.chains.read(connection, lots)} | change
        delete = f"DELETE FROM {self.chains.table} WHERE id = ?"  # noqa: S608
        connection.executemany(delete, [(base + lot.first,) for _, lot in lots])
        entries = [entry for _, entry in sorted(there.items()) if entry is not None]
        self.chains.write(connection, base, filled(self.chains.form, self.chains.size, None, entries))
        if self.actors:
            note_actors(connection, entries)

    def _lots_at(
        self, connection: sqlite3.Connection, chain: str, base: int, span: tuple[int, int]
    ) -> Iterable[tuple[str, Lot]]:
        """Return the lots that begin within the numbers, and the one before."""
        table, (low, high) = self.chains.table, span
        rows = connection.execute(
            f"SELECT ?4, id - ?1, before, checks, body FROM {table} WHERE id <= ?3 AND id >= "  # noqa: S608
            f"(SELECT coalesce(max(id), ?2) FROM {table} WHERE id BETWEEN ?1 AND ?2) ORDER BY id",
            (base, base + low, base + high, chain),
        )
        return self.chains.lots(rows)

    def _place(self, key: Key) -> tuple[str, int]:
        return (str(key[0]) if len(key) > 1 else AUDIT_CHAIN), int(key[-1])

    def _base(self, no: int | None) -> int | None:
        """Return what the keys of the chain with this number begin after."""
        return no << self.shift if self.shift and no is not None else (None if self.shift else 0)

    def _entry(self, names: Names, chain: str, seq: int, values: tuple[Any, ...]) -> Entry:
        prev, digest, *actor, body = values
        fields = self.chains.form.foreign(names, chain, actor[0] if actor else None, body)
        own = not isinstance(body, bytes) or digest_of_body(str(prev), body, seq) != digest
        return Entry(seq, str(prev), str(digest), fields, own)

    def _row(self, chain: str, one: Kept[T]) -> Row:
        if one.fields[WHOLE] is not None and one.error is not None:
            raise one.error
        key: Key = (one.seq,) if self.actors else (chain, one.seq)
        return key, (one.prev, one.hash, *((one.actor,) if self.actors else ()), one.body)


class Streams:
    """The heads of the streams of events."""

    def count(self, connection: sqlite3.Connection) -> int:
        found: int = connection.execute("SELECT count(*) FROM streams").fetchone()[0]
        return found

    def rows(self, connection: sqlite3.Connection, after: Key | None, most: int) -> list[Row]:
        where, values = ("name > ?", after) if after else ("TRUE", ())
        return self._read(connection, f"{where} ORDER BY name LIMIT {most}", values)

    def pick(self, connection: sqlite3.Connection, keys: Collection[Key]) -> list[Row]:
        return [row for key in keys for row in self._read(connection, "name = ?", key)]

    def last(self, connection: sqlite3.Connection) -> Row | None:
        found = self._read(connection, "TRUE ORDER BY name DESC LIMIT 1", ())
        return found[0] if found else None

    def write(self, connection: sqlite3.Connection, rows: Sequence[Row], gone: Iterable[Key]) -> None:
        names = Names(connection, {})
        delete = "DELETE FROM streams WHERE stream = (SELECT no FROM names WHERE name = ?)"
        connection.executemany(delete, [*gone, *(key for key, _ in rows)])
        add = "INSERT INTO streams (stream, seq, hash, sealed) VALUES (?, ?, ?, ?)"
        connection.executemany(add, [_head(names, row) for row in rows])

    def _read(self, connection: sqlite3.Connection, where: str, values: Key) -> list[Row]:
        query = "SELECT name, seq, hash, seq > sealed FROM names CROSS JOIN streams ON stream = no WHERE"
        rows = connection.execute(f"{query} {where}", values)
        return [((stream,), (seq, hexed(digest), grown)) for stream, seq, digest, grown in rows]


def _head(names: Names, row: Row) -> tuple[Any, ...]:
    (stream,), (seq, digest, grown) = row
    return names.number(str(stream)), seq, unhexed(str(digest)), 0 if grown else seq


def _again(one: Kept[Any]) -> Entry | None:
    return Entry(one.seq, one.prev, one.hash, one.fields, one.own)


CHAINS: Final[dict[str, Part]] = {
    "events": Entries(
        chains=EVENTS,
        query=EVENT_LOTS,
        order=("chain.name", "lot.id"),
        after=f"""chain.name >= ?1 AND (chain.name > ?1 OR lot.id >=
            (SELECT coalesce(max(id), 0) FROM event_lots WHERE id <= (chain.no << {SEQ_BITS}) + ?2))""",  # noqa: S608
        shift=SEQ_BITS,
        actors=False,
    ),
    "audit": Entries(
        chains=AUDIT_LOG,
        query=AUDIT_LOTS,
        order=("id",),
        after="id >= (SELECT coalesce(max(id), 0) FROM audit_lots WHERE id <= ?1)",
        shift=0,
        actors=True,
    ),
    "streams": Streams(),
}
