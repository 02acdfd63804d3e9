"""Counters of one transaction: sequences and what is used, read once, laid aside, and written at its end."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from typing import Final, Protocol

from minxin.core.changes import Changes, Record, Sequenced, Stamped, Usage
from minxin.core.errors import QuotaError
from minxin.store.sqlite.codec import SqlValue
from minxin.store.sqlite.readers import Reader

_LAST: Final = "SELECT last FROM sequences WHERE name = ?"
_USED: Final = "SELECT used FROM usages WHERE key = ?"
_SEQUENCE: Final = """INSERT INTO sequences (name, last) VALUES (?, ?)
    ON CONFLICT (name) DO UPDATE SET last = excluded.last"""
_USAGE: Final = "INSERT INTO usages (key, used) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET used = excluded.used"


class Counters:
    """What the counters of a transaction stand at, those of its earlier sets of changes included."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.sequences: dict[str, int] = {}
        self.usages: dict[str, int] = {}

    def last(self, name: str) -> int:
        """Return the last number that the sequence gave."""
        return self._known(self.sequences, _LAST, name)

    def used(self, key: str) -> int:
        """Return what is used under the key."""
        return self._known(self.usages, _USED, key)

    def keep(self, draft: Draft) -> None:
        """Take over what one set of changes did; nothing can refuse it any more."""
        self.sequences |= draft.sequences
        self.usages |= draft.usages

    def flush(self) -> None:
        """Write what was laid aside."""
        if self.sequences:
            self._connection.executemany(_SEQUENCE, self.sequences.items())
        if self.usages:
            self._connection.executemany(_USAGE, self.usages.items())

    def _known(self, kept: dict[str, int], query: str, name: str) -> int:
        if name not in kept:
            row = self._connection.execute(query, (name,)).fetchone()
            kept[name] = row[0] if row else 0
        return kept[name]


class Counting(Protocol):
    """Says what counters stand at."""

    def last(self, name: str) -> int:
        """Return the last number that the sequence gave."""
        ...

    def used(self, key: str) -> int:
        """Return what is used under the key."""
        ...


class Draft:
    """What one set of changes does to the counters, until it is kept or refused as a whole."""

    def __init__(self, counters: Counting, changes: Changes) -> None:
        self._counters = counters
        self._changes = changes
        self.sequences: dict[str, int] = {}
        self.usages: dict[str, int] = {}
        self.seqs: dict[str, int] = {}
        self.stamps: dict[str, int] = {}

    def use(self, usage: Usage) -> None:
        """Count the usage; raises ``QuotaError`` when it would pass its limit."""
        used = self.usages.get(usage.key, self._counters.used(usage.key))
        if usage.add > 0 and usage.most is not None and used + usage.add > usage.most:
            raise QuotaError(key=usage.key, used=used, add=usage.add, most=usage.most)
        self.usages[usage.key] = used + usage.add

    def fields(self, record: Record, *, new: bool) -> dict[str, SqlValue]:
        """Return the version of the record that is to be written, and the numbers that it gets."""
        found: dict[str, SqlValue] = {"version": record.version + 1}
        if isinstance(record, Stamped):
            found["stamp"] = self.stamps[record.id] = self._next(self._changes.stamps[record.id])
        if isinstance(record, Sequenced) and (new or record.id in self._changes.sequences):
            found["seq"] = self.seqs[record.id] = self._next(self._changes.sequences[record.id])
        return found

    def _next(self, name: str) -> int:
        last = self.sequences.get(name, self._counters.last(name))
        self.sequences[name] = last + 1
        return last + 1


class SqliteCounters:
    """Reads what is used."""

    reader: Reader

    async def used(self, keys: Collection[str]) -> dict[str, int]:
        marks = ", ".join("?" * len(keys))
        query = f"SELECT key, used FROM usages WHERE key IN ({marks})"  # noqa: S608
        rows = await self.reader.read(lambda db: db.execute(query, tuple(keys)).fetchall())
        return dict.fromkeys(keys, 0) | dict(rows)
