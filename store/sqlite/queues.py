"""Jobs and outbox (``core.store.Queues``): claims, locks that expire, three strikes, bells."""

from __future__ import annotations

import asyncio
import sqlite3
import weakref
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec import structs

from minxin.core.changes import Changes, Job, OutboxEntry
from minxin.core.ids import new_id
from minxin.core.paging import Page, PageRequest, page_size
from minxin.core.store import MAX_RUNS, Backlog, Claim, QuarantinedWork, Queue
from minxin.store.sqlite.codec import decode, instant, micros
from minxin.store.sqlite.paging import Order, page_of
from minxin.store.sqlite.readers import Reader
from minxin.store.sqlite.transaction import Transaction
from minxin.store.sqlite.writer import Writer

_OPEN: Final = "done_at IS NULL AND failed_at IS NULL"
_DUE: Final = f"""SELECT due_at, id, kind, key, payload, not_before, runs, error FROM work
    WHERE queue = ? AND kind = ? AND {_OPEN} AND due_at <= ? ORDER BY due_at, id LIMIT ?"""  # noqa: S608
_LOCK: Final = "UPDATE work SET lock = ?, due_at = ?, runs = runs + 1 WHERE id = ?"
_QUARANTINE: Final = "UPDATE work SET failed_at = ?, error = ?, lock = NULL WHERE id = ?"
_HELD: Final = f"id = ? AND queue = ? AND lock = ? AND {_OPEN}"
_REMOVE: Final = f"DELETE FROM work WHERE {_HELD}"  # noqa: S608
# What was sent is needed no more, and it may name somebody.
_KEEP: Final = f"UPDATE work SET done_at = ?, lock = NULL, payload = x'7b7d' WHERE {_HELD}"  # noqa: S608
_FAIL: Final = f"UPDATE work SET failed_at = ?, error = ?, lock = NULL WHERE {_HELD}"  # noqa: S608
_RETRY: Final = f"UPDATE work SET due_at = ?, error = ?, lock = NULL WHERE {_HELD}"  # noqa: S608
_PUT_OFF: Final = f"UPDATE work SET due_at = ?, runs = runs - 1, lock = NULL WHERE {_HELD}"  # noqa: S608
_HOLD: Final = f"UPDATE work SET due_at = ? WHERE {_HELD}"  # noqa: S608
_RELEASE: Final = """UPDATE work SET failed_at = NULL, runs = 0, error = '', due_at = ?
    WHERE queue = ? AND id = ? AND failed_at IS NOT NULL RETURNING kind"""
_WAITING: Final = f"""SELECT queue, kind, COUNT(*), MIN(CASE WHEN due_at = 0 THEN id END), MAX(id),
    MIN(CASE WHEN due_at > 0 THEN due_at END) FROM work WHERE {_OPEN} GROUP BY queue, kind"""  # noqa: S608
_QUARANTINED: Final = "SELECT queue, kind, COUNT(*) FROM work WHERE failed_at IS NOT NULL GROUP BY queue, kind"
_LONGEST_ID: Final = 18  # digits that surely fit SQLite's 64 bits
_LOST: Final = "the worker did not come back"

_NEWEST: Final = Order(("failed_at", "id"), (int, int), descending=True)
_PAYLOAD: Final = msgspec.json.Decoder(dict[str, Any])


class SqliteBell:
    """Rings when this process committed work of one of the kinds."""

    def __init__(self, queue: Queue, kinds: Sequence[str]) -> None:
        self._wanted = frozenset((queue, kind) for kind in kinds)
        self._rung = asyncio.Event()

    async def wait(self, timeout_s: float) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                await self._rung.wait()
        except TimeoutError:
            return
        self._rung.clear()

    def ring(self, added: set[tuple[Queue, str]]) -> None:
        """Wake the worker when the work is for it."""
        if not self._wanted.isdisjoint(added):
            self._rung.set()


class Bells:
    """All bells of this process; one that nobody holds any more is forgotten."""

    def __init__(self) -> None:
        self._bells: weakref.WeakSet[SqliteBell] = weakref.WeakSet()

    def add(self, bell: SqliteBell) -> SqliteBell:
        """Ring this one too from now on."""
        self._bells.add(bell)
        return bell

    def ring(self, added: set[tuple[Queue, str]]) -> None:
        """Wake every worker that the work is for."""
        for bell in self._bells:
            bell.ring(added)


class SqliteQueues:
    """Claims and finishes work."""

    reader: Reader
    writer: Writer
    bells: Bells

    def bell(self, queue: Queue, kinds: Sequence[str]) -> SqliteBell:
        return self.bells.add(SqliteBell(queue, kinds))

    async def claim(
        self, queue: Queue, kinds: Sequence[str], now: datetime, hold: timedelta, limit: int
    ) -> list[Claim]:
        # Most claims find nothing: then nothing is written.
        if not await self.reader.read(lambda db: _due(db, queue, kinds, now, 1)):
            return []
        return await self.writer.write(lambda writing: _claim(writing.connection, queue, kinds, now, hold, limit))

    async def hold(self, claim: Claim, until: datetime) -> bool:
        values = (micros(until), int(claim.id), claim.queue.value, claim.lock)
        return await self.writer.write(lambda transaction: transaction.connection.execute(_HOLD, values).rowcount == 1)

    async def finish(self, claim: Claim, now: datetime, changes: Changes | None = None) -> bool:
        return await self.writer.write(lambda transaction: _finish(transaction, claim, now, changes))

    async def fail(self, claim: Claim, now: datetime, error: str, retry_at: datetime | None) -> None:
        statement, at = (_FAIL, now) if retry_at is None else (_RETRY, retry_at)
        values = (micros(at), error, int(claim.id), claim.queue.value, claim.lock)
        await self.writer.write(_executing(statement, values))

    async def put_off(self, claim: Claim, until: datetime) -> None:
        values = (micros(until), int(claim.id), claim.queue.value, claim.lock)
        await self.writer.write(_executing(_PUT_OFF, values))

    async def quarantined(self, page: PageRequest) -> Page[QuarantinedWork]:
        return await self.reader.read(lambda db: _quarantined(db, page))

    async def release(self, queue: Queue, entry_id: str, now: datetime, changes: Changes | None = None) -> bool:
        if not entry_id.isdecimal() or len(entry_id) > _LONGEST_ID:
            return False
        values = (micros(now), queue.value, int(entry_id))
        kinds = await self.writer.write(lambda transaction: _release(transaction, values, changes))
        self.bells.ring({(queue, kind) for (kind,) in kinds})
        return bool(kinds)

    async def backlogs(self) -> list[Backlog]:
        return await self.reader.read(_backlogs)

    async def waiting(self, queue: Queue) -> int:
        query = f"SELECT COUNT(*) FROM work WHERE queue = ? AND {_OPEN}"  # noqa: S608
        count: int = await self.reader.read(lambda db: db.execute(query, (queue.value,)).fetchone()[0])
        return count


def _backlogs(connection: sqlite3.Connection) -> list[Backlog]:
    found = {}
    for queue, kind, count, first, last, due_at in connection.execute(_WAITING):
        due = None if due_at is None else instant(due_at)
        found[queue, kind] = Backlog(Queue(queue), kind, count, 0, first, last, due)
    for queue, kind, count in connection.execute(_QUARANTINED):
        waiting = found.get((queue, kind), Backlog(Queue(queue), kind, 0, 0))
        found[queue, kind] = structs.replace(waiting, quarantined=count)
    return [found[key] for key in sorted(found)]


def _executing(statement: str, values: Sequence[int | str]) -> Callable[[Transaction], list[Any]]:
    return lambda transaction: transaction.connection.execute(statement, values).fetchall()


def _due(
    connection: sqlite3.Connection, queue: Queue, kinds: Iterable[str], now: datetime, limit: int
) -> list[tuple[Any, ...]]:
    """Return due entries, oldest first. One look-up for each kind, because only then the index gives the order."""
    found: list[tuple[Any, ...]] = []
    for kind in kinds:
        found += connection.execute(_DUE, (queue.value, kind, micros(now), limit))
    return sorted(found, key=lambda row: row[:2])[:limit]


def _claim(
    connection: sqlite3.Connection,
    queue: Queue,
    kinds: Sequence[str],
    now: datetime,
    hold: timedelta,
    limit: int,
) -> list[Claim]:
    claims: list[Claim] = []
    # Quarantined entries leave the list, so looking again terminates.
    while not claims and (rows := _due(connection, queue, kinds, now, limit)):
        for _, entry, kind, key, payload, not_before, runs, error in rows:
            if runs >= MAX_RUNS:
                connection.execute(_QUARANTINE, (micros(now), error or _LOST, entry))
                continue
            lock = new_id()
            connection.execute(_LOCK, (lock, micros(now + hold), entry))
            work = _work(queue, kind, key, payload, not_before)
            claims.append(Claim(queue, str(entry), lock, runs + 1, now + hold, work))
    return claims


def _finish(transaction: Transaction, claim: Claim, now: datetime, changes: Changes | None) -> bool:
    held = (int(claim.id), claim.queue.value, claim.lock)
    if claim.queue is Queue.JOBS:
        cursor = transaction.connection.execute(_REMOVE, held)
    else:
        cursor = transaction.connection.execute(_KEEP, (micros(now), *held))
    if cursor.rowcount != 1:
        return False
    if changes is not None:
        transaction.apply(changes)
    return True


def _release(transaction: Transaction, values: tuple[int, str, int], changes: Changes | None) -> list[Any]:
    kinds = transaction.connection.execute(_RELEASE, values).fetchall()
    if kinds and changes is not None:
        transaction.apply(changes)
    return kinds


def _quarantined(connection: sqlite3.Connection, page: PageRequest) -> Page[QuarantinedWork]:
    after, place = _NEWEST.after(page)
    size = page_size(page)
    rows = connection.execute(
        "SELECT failed_at, id, queue, runs, error, kind, key, payload, not_before FROM work "  # noqa: S608
        f"WHERE failed_at IS NOT NULL AND {after} ORDER BY {_NEWEST.by()} LIMIT ?",
        (*place, size + 1),
    ).fetchall()
    return page_of(rows, size, _NEWEST, _quarantined_work)


def _quarantined_work(row: tuple[Any, ...]) -> QuarantinedWork:
    failed_at, entry, name, runs, error, kind, key, payload, not_before = row
    queue = Queue(name)
    return QuarantinedWork(
        queue, str(entry), runs, instant(failed_at), error, _work(queue, kind, key, payload, not_before)
    )


def _work(queue: Queue, kind: str, key: str, payload: bytes, not_before: int | None) -> Job | OutboxEntry:
    make = Job if queue is Queue.JOBS else OutboxEntry
    return make(kind, key, decode(_PAYLOAD.decode, payload), None if not_before is None else instant(not_before))
