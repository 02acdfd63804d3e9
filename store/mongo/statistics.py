"""What the figures are made of (``consult.ports.StatisticsReads``); sealed letters are in none of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final

from minxin.consult.decision import stream_of
from minxin.consult.loads import OfficeLoad
from minxin.consult.precision_records import RoutedAlone
from minxin.consult.records import Letter, OrderState, RoutedBy
from minxin.consult.traits import FigureSums
from minxin.core.audit import SealedEvent
from minxin.core.paging import Page, PageRequest
from minxin.store.mongo.client import Document
from minxin.store.mongo.figure_sums import figure_sums
from minxin.store.mongo.paging import Order, all_records, page_of, up_to
from minxin.store.mongo.reading import Reader, ReaderPool
from minxin.store.mongo.records import events_of
from minxin.store.sqlite.codec import instant, micros
from minxin.store.sqlite.tables import ASSIGNMENTS, LETTERS, WORK_ORDERS

_STREAMS_AT_A_TIME: Final = 500
_EARLIEST: Final = Order(("received_at", "_id"), (int, str))


class MongoStatistics:
    """Answers the named queries behind the figures."""

    reader: ReaderPool

    async def figure_sums(
        self, start: datetime, end: datetime, now: datetime, office_id: str | None = None
    ) -> FigureSums:
        return await self.reader.at_one_moment(lambda view: figure_sums(view, start, end, now, office_id))

    async def received_between(self, start: datetime, end: datetime, page: PageRequest) -> Page[tuple[datetime, str]]:
        where = {"sealed": 0, "received_at": {"$gte": micros(start), "$lt": micros(end)}}
        return await page_of(self.reader, LETTERS.name, where, _EARLIEST, page, (), _received)

    async def routed_alone(self, start: datetime, now: datetime) -> RoutedAlone:
        return await self.reader.at_one_moment(lambda view: _routed_alone(view, start, now))

    async def office_loads(self, now: datetime, day_ends: datetime) -> list[OfficeLoad]:
        at, end = micros(now), micros(day_ends)
        over = {"$lte": ["$next_due", at]}
        today = {"$and": [{"$gt": ["$next_due", at]}, {"$lte": ["$next_due", end]}]}
        counted = {
            "_id": {"office": "$office_id", "state": "$state"},
            "count": {"$sum": 1},
            "overdue": {"$sum": {"$cond": [over, 1, 0]}},
            "today": {"$sum": {"$cond": [today, 1, 0]}},
        }
        where = {"sealed": 0, "ended_at": None}
        rows = await self.reader.aggregate(WORK_ORDERS.name, [{"$match": where}, {"$group": counted}])
        found = [_office_load(one) for one in rows]
        return sorted(found, key=lambda load: (load.office_id or "", load.state))

    async def letters_with(self, letter_ids: Sequence[str]) -> list[Letter]:
        return await all_records(self.reader, LETTERS, {"_id": {"$in": list(letter_ids)}, "sealed": 0})

    async def letter_streams(self) -> AsyncIterator[tuple[str, Sequence[SealedEvent]]]:
        after = ""
        while batch := await self._letters_after(after):
            for letter_id in batch:
                yield letter_id, await events_of(self.reader, stream_of(letter_id))
            after = batch[-1]

    async def _letters_after(self, after: str) -> list[str]:
        where = {"_id": {"$gt": after}, "sealed": 0}
        found = await self.reader.find(LETTERS.name, where, by=("_id",), most=_STREAMS_AT_A_TIME, fields=("_id",))
        return [one["_id"] for one in found]


def _received(one: Document) -> tuple[datetime, str]:
    return instant(one["received_at"]), one["_id"]


async def _routed_alone(reader: Reader, start: datetime, now: datetime) -> RoutedAlone:
    """Count what the judge routed and is known of; what came back to the same office by a ruling was right."""
    where = {"routed_by": RoutedBy.JUDGE.value, "sealed": 0, "at": {"$gte": micros(start)}}
    known = {"$or": [{"returned_at": {"$gt": 0}}, {"return_due": up_to(micros(now))}]}
    fields = ("order_id", "office_id", "at", "returned_at")
    turns = await reader.find(ASSIGNMENTS.name, {**where, **known}, fields=fields)
    back = [one for one in turns if one.get("returned_at") is not None]
    orders = sorted({one["order_id"] for one in back})
    rulings = defaultdict(list)
    ruled = {"order_id": {"$in": orders}, "routed_by": RoutedBy.RULING.value}
    for one in await reader.find(ASSIGNMENTS.name, ruled, fields=("order_id", "office_id", "at")):
        rulings[one["order_id"], one["office_id"]].append(one["at"])
    wrong = [one for one in back if not any(at > one["at"] for at in rulings[one["order_id"], one["office_id"]])]
    return RoutedAlone(len(turns), len(wrong))


def _office_load(row: Document) -> OfficeLoad:
    group = row["_id"]
    return OfficeLoad(group.get("office"), OrderState(group["state"]), row["count"], row["overdue"], row["today"])
