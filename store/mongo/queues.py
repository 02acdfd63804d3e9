"""Jobs and outbox (``core.store.Queues``): claims, locks that expire, three strikes, bells.

Claiming, failing and putting off are writes of single documents, which need no transaction and no turn: the lock says
whose the entry is. What ends an entry together with changes is one transaction with them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from pymongo import UpdateOne
from pymongo.errors import PyMongoError

from minxin.core.changes import Changes, Job, OutboxEntry
from minxin.core.ids import new_id
from minxin.core.paging import Page, PageRequest
from minxin.core.store import MAX_RUNS, Backlog, Claim, QuarantinedWork, Queue
from minxin.store.mongo.client import Document
from minxin.store.mongo.errors import translated
from minxin.store.mongo.paging import Order, page_of, up_to
from minxin.store.mongo.plan import Step, plan_of
from minxin.store.mongo.reading import Reader
from minxin.store.mongo.tables import WORK
from minxin.store.mongo.writer import Writer
from minxin.store.sqlite.codec import decode, instant, micros
from minxin.store.sqlite.queues import Bells, SqliteBell

_OPEN: Final = "open"
_FAILED: Final = "failed"
_DONE: Final = "done"
_LONGEST_ID: Final = 18  # digits that surely fit 64 bits
_LOST: Final = "the worker did not come back"

_NEWEST: Final = Order(("failed_at", "_id"), (int, int), descending=True)
_SHOWN: Final = ("queue", "runs", "error", "kind", "key", "payload", "not_before")
_PAYLOAD: Final = msgspec.json.Decoder(dict[str, Any])


class MongoQueues:
    """Claims and finishes work."""

    reader: Reader
    writer: Writer
    bells: Bells
    claiming: asyncio.Lock

    def bell(self, queue: Queue, kinds: Sequence[str]) -> SqliteBell:
        return self.bells.add(SqliteBell(queue, kinds))

    async def claim(
        self, queue: Queue, kinds: Sequence[str], now: datetime, hold: timedelta, limit: int
    ) -> list[Claim]:
        claims: list[Claim] = []
        async with self.claiming:  # those of one process need not race each other; those of others find the locks
            while len(claims) < limit and (due := await self._due(queue, kinds, now, limit - len(claims))):
                claims += await self._lock(due, queue, now, hold)
        return claims

    async def hold(self, claim: Claim, until: datetime) -> bool:
        try:
            held = await self.reader.database[WORK].update_one(_held(claim), {"$set": {"due_at": micros(until)}})
        except PyMongoError as error:
            raise translated(error) from error
        return held.matched_count == 1

    async def finish(self, claim: Claim, now: datetime, changes: Changes | None = None) -> bool:
        held = _held(claim)
        # What was sent is needed no more, and it may name somebody.
        kept = {"state": _DONE, "done_at": micros(now), "lock": None, "payload": b"{}"}
        update = None if claim.queue is Queue.JOBS else kept
        step = Step(held.pop("_id"), held, update)
        return await self.writer.commit(plan_of(changes or Changes(), step)) is not None

    async def fail(self, claim: Claim, now: datetime, error: str, retry_at: datetime | None) -> None:
        after: Document = {"error": error, "lock": None}
        after |= {"state": _FAILED, "failed_at": micros(now)} if retry_at is None else {"due_at": micros(retry_at)}
        await self._change(UpdateOne(_held(claim), {"$set": after}))

    async def put_off(self, claim: Claim, until: datetime) -> None:
        after = {"$set": {"due_at": micros(until), "lock": None}, "$inc": {"runs": -1}}
        await self._change(UpdateOne(_held(claim), after))

    async def quarantined(self, page: PageRequest) -> Page[QuarantinedWork]:
        return await page_of(self.reader, WORK, {"state": _FAILED}, _NEWEST, page, _SHOWN, _quarantined)

    async def release(self, queue: Queue, entry_id: str, now: datetime, changes: Changes | None = None) -> bool:
        if not entry_id.isdecimal() or len(entry_id) > _LONGEST_ID:
            return False
        fresh = {"state": _OPEN, "runs": 0, "error": "", "due_at": micros(now), "failed_at": None}
        step = Step(int(entry_id), {"queue": queue.value, "state": _FAILED}, fresh)
        if await self.writer.commit(plan_of(changes or Changes(), step)) is None:
            return False
        entry = await self.reader.one(WORK, {"_id": int(entry_id)}, fields=("kind",))
        if entry is not None:
            self.bells.ring({(queue, entry["kind"])})
        return True

    async def backlogs(self) -> list[Backlog]:
        at_once = {"$eq": ["$due_at", 0]}
        told = {
            "first": {"$min": {"$cond": [at_once, "$_id", None]}},
            "last": {"$max": "$_id"},
            "due_at": {"$min": {"$cond": [at_once, None, "$due_at"]}},
        }
        open_work = {"queue": {"$in": [queue.value for queue in Queue]}, "state": _OPEN}
        waiting, failed = await self._by_kind(open_work, told), await self._by_kind({"state": _FAILED}, {})
        return [
            _backlog(*key, waiting.get(key, {}), failed.get(key, {})) for key in sorted(waiting.keys() | failed.keys())
        ]

    async def _by_kind(self, where: Document, told: Document) -> dict[tuple[str, str], Document]:
        group = {"_id": {"queue": "$queue", "kind": "$kind"}, "count": {"$sum": 1}, **told}
        rows = await self.reader.aggregate(WORK, [{"$match": where}, {"$group": group}])
        return {(row["_id"]["queue"], row["_id"]["kind"]): row for row in rows}

    async def waiting(self, queue: Queue) -> int:
        return await self.reader.count(WORK, {"queue": queue.value, "state": _OPEN})

    async def _due(self, queue: Queue, kinds: Sequence[str], now: datetime, limit: int) -> list[Document]:
        where = {"queue": queue.value, "state": _OPEN, "kind": {"$in": list(kinds)}, "due_at": up_to(micros(now))}
        return await self.reader.find(WORK, where, by=("due_at", "_id"), most=limit)

    async def _lock(self, due: Sequence[Document], queue: Queue, now: datetime, hold: timedelta) -> list[Claim]:
        """Take those that are still as they were seen; what ran too often goes to quarantine instead."""
        lock = new_id()
        taken = {"$set": {"lock": lock, "due_at": micros(now + hold)}, "$inc": {"runs": 1}}
        await self._change(*(UpdateOne(_as_seen(one), _struck(one, now) or taken) for one in due))
        ids = [one["_id"] for one in due]
        ours = await self.reader.find(WORK, {"_id": {"$in": ids}, "lock": lock}, by=("_id",))
        place = {entry_id: number for number, entry_id in enumerate(ids)}
        ours.sort(key=lambda one: place[one["_id"]])
        return [Claim(queue, str(one["_id"]), lock, one["runs"], now + hold, _work(queue, one)) for one in ours]

    async def _change(self, *operations: UpdateOne) -> None:
        try:
            await self.reader.database[WORK].bulk_write(list(operations), ordered=False)
        except PyMongoError as error:
            raise translated(error) from error


def _backlog(queue: str, kind: str, waiting: Document, failed: Document) -> Backlog:
    due_at = waiting.get("due_at")
    return Backlog(
        Queue(queue),
        kind,
        waiting.get("count", 0),
        failed.get("count", 0),
        waiting.get("first"),
        waiting.get("last", 0),
        None if due_at is None else instant(due_at),
    )


def _held(claim: Claim) -> Document:
    return {"_id": int(claim.id), "queue": claim.queue.value, "lock": claim.lock, "state": _OPEN}


def _as_seen(entry: Document) -> Document:
    return {"_id": entry["_id"], "state": _OPEN, "lock": entry["lock"], "due_at": entry["due_at"]}


def _struck(entry: Document, now: datetime) -> Document | None:
    if entry["runs"] < MAX_RUNS:
        return None
    error = entry["error"] or _LOST
    return {"$set": {"state": _FAILED, "failed_at": micros(now), "error": error, "lock": None}}


def _quarantined(entry: Document) -> QuarantinedWork:
    queue = Queue(entry["queue"])
    failed_at = instant(entry["failed_at"])
    return QuarantinedWork(queue, str(entry["_id"]), entry["runs"], failed_at, entry["error"], _work(queue, entry))


def _work(queue: Queue, entry: Document) -> Job | OutboxEntry:
    make = Job if queue is Queue.JOBS else OutboxEntry
    not_before = entry.get("not_before")
    payload = decode(_PAYLOAD.decode, entry["payload"])
    return make(entry["kind"], entry["key"], payload, None if not_before is None else instant(not_before))
