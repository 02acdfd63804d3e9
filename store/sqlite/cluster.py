"""What processes share (``core.cluster.Cluster``), where one process alone serves on the file.

Leases, values and sightings are kept: a schedule that is due once a night is due once a night also where the service
starts anew each morning. Counts stay in memory, since a sync for each word that somebody says would cost more than the
words.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any, Final

from minxin.core.cluster import Count, Kept, new_token
from minxin.store.sqlite.codec import instant, micros
from minxin.store.sqlite.readers import Reader
from minxin.store.sqlite.transaction import Transaction
from minxin.store.sqlite.writer import Writer

_TAKE: Final = """INSERT INTO leases (name, holder, free_at) VALUES (?1, ?2, ?3)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, free_at = excluded.free_at
    WHERE free_at <= ?4 OR free_at > ?5 OR holder = excluded.holder RETURNING name"""
_FREE_AT: Final = "SELECT free_at FROM leases WHERE name = ?"
_END: Final = "UPDATE leases SET holder = '', free_at = ? WHERE name = ? AND holder = ?"
_NOTE: Final = """INSERT INTO sightings (id, at) VALUES (?, ?)
    ON CONFLICT (id) DO UPDATE SET at = max(at, excluded.at)"""
_KEPT_NOW: Final = "SELECT value, token FROM kept WHERE key = ? AND until > ?"
_KEEP_NEW: Final = """INSERT INTO kept (key, value, token, until) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, token = excluded.token, until = excluded.until
    WHERE until <= ?5"""
_KEEP_INSTEAD: Final = "UPDATE kept SET value = ?2, token = ?3, until = ?4 WHERE key = ?1 AND token = ?5"
_OVER: Final = "DELETE FROM kept WHERE until <= ?"
_FORGET: Final = "DELETE FROM sightings WHERE at < ?"
_FIRST: Final = "INSERT INTO firsts (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING"
_KEPT: Final = timedelta(days=1)


class SqliteCluster:
    """Leases, counts, values and sightings; there is nobody to whisper to."""

    reader: Reader
    writer: Writer
    counts: dict[str, Count]

    async def take_lease(
        self, name: str, holder: str, now: datetime, until: datetime, latest: datetime
    ) -> datetime | None:
        values = (name, holder, micros(until), micros(now), micros(latest))
        return await self.writer.write(lambda transaction: _take(transaction, values))

    async def end_lease(self, name: str, holder: str, free_at: datetime) -> None:
        await self._do(_END, (micros(free_at), name, holder))

    async def keep_first(self, name: str, value: str) -> str:
        return await self.writer.write(lambda transaction: _keep_first(transaction, name, value))

    async def count_one(self, key: str, now: datetime, window: timedelta) -> Count:
        known = self.counts.get(key)
        goes_on = known is not None and now < known.until <= now + window
        found = Count(known.count + 1, known.until) if known is not None and goes_on else Count(1, now + window)
        self.counts[key] = found
        return found

    async def kept(self, key: str, now: datetime) -> Kept | None:
        row = await self.reader.read(lambda db: db.execute(_KEPT_NOW, (key, micros(now))).fetchone())
        return None if row is None else Kept(*row)

    async def keep(self, key: str, value: bytes, now: datetime, until: datetime, token: int = 0) -> bool:
        statement, known = (_KEEP_INSTEAD, token) if token else (_KEEP_NEW, micros(now))
        values = (key, value, new_token(), micros(until), known)
        return await self.writer.write(
            lambda transaction: transaction.connection.execute(statement, values).rowcount == 1
        )

    async def note_seen(self, ids: Collection[str], at: datetime) -> None:
        rows = [(one, micros(at)) for one in ids]
        await self.writer.write(lambda transaction: transaction.connection.executemany(_NOTE, rows).rowcount)

    async def seen(self, ids: Collection[str]) -> dict[str, datetime]:
        marks = ", ".join("?" * len(ids))
        query = f"SELECT id, at FROM sightings WHERE id IN ({marks})"  # noqa: S608
        rows = await self.reader.read(lambda db: db.execute(query, tuple(ids)).fetchall())
        return {one: instant(at) for one, at in rows}

    async def whisper(self, topic: str, word: str) -> None:
        return

    def overhear(self, told: Callable[[str, str], None]) -> None:
        return

    async def forget_shared(self, now: datetime) -> None:
        self.counts = {key: one for key, one in self.counts.items() if one.until > now}
        await self._do(_OVER, (micros(now),))
        await self._do(_FORGET, (micros(now - _KEPT),))

    async def _do(self, statement: str, values: tuple[Any, ...]) -> None:
        await self.writer.write(lambda transaction: transaction.connection.execute(statement, values).rowcount)


def _take(transaction: Transaction, values: tuple[Any, ...]) -> datetime | None:
    if transaction.connection.execute(_TAKE, values).fetchone() is not None:
        return None
    return instant(transaction.connection.execute(_FREE_AT, values[:1]).fetchone()[0])


def _keep_first(transaction: Transaction, name: str, value: str) -> str:
    transaction.connection.execute(_FIRST, (name, value))
    kept: str = transaction.connection.execute("SELECT value FROM firsts WHERE name = ?", (name,)).fetchone()[0]
    return kept
