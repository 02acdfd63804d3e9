"""What the figures are made of (``consult.ports.StatisticsReads``); sealed letters are in none of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import Final

from minxin.consult.decision import stream_of
from minxin.consult.facts import AssignmentFacts, OrderFacts
from minxin.consult.loads import OfficeLoad
from minxin.consult.precision_records import RoutedAlone
from minxin.consult.records import Letter, OrderState, RoutedBy
from minxin.consult.traits import FigureSums
from minxin.core.audit import SealedEvent
from minxin.store.mongo.client import Document
from minxin.store.mongo.figure_sums import figure_sums
from minxin.store.mongo.paging import all_records, up_to
from minxin.store.mongo.reading import Filter, Reader, ReaderPool
from minxin.store.mongo.records import events_of
from minxin.store.sqlite.codec import instant, micros
from minxin.store.sqlite.statistics import order_facts, turn_facts
from minxin.store.sqlite.tables import ASSIGNMENTS, LETTERS, WORK_ORDERS

_STREAMS_AT_A_TIME: Final = 500


class MongoStatistics:
    """Answers the named queries behind the figures."""

    reader: ReaderPool

    async def figure_sums(
        self, start: datetime, end: datetime, now: datetime, office_id: str | None = None
    ) -> FigureSums:
        return await self.reader.at_one_moment(lambda view: figure_sums(view, start, end, now, office_id))

    async def orders_due_between(
        self, start: datetime, end: datetime, office_id: str | None = None, traits: Collection[int] | None = None
    ) -> list[OrderFacts]:
        where = {"sealed": 0, "answer_due": _between(start, end), **_of_office(office_id), **_with_traits(traits)}
        by, fields = ("answer_due", "_id"), ("answer_due", "body")
        found = await self.reader.find(WORK_ORDERS.name, where, by=by, fields=fields)
        return [order_facts(one["body"], one["answer_due"]) for one in found]

    async def assignments_due_between(
        self, start: datetime, end: datetime, office_id: str | None = None, traits: Collection[int] | None = None
    ) -> list[AssignmentFacts]:
        where = {"sealed": 0, "sign_due": _between(start, end), **_of_office(office_id), **_with_traits(traits)}
        return await self.reader.at_one_moment(lambda view: _turns(view, where))

    async def received_between(self, start: datetime, end: datetime) -> list[tuple[datetime, str]]:
        where = {"sealed": 0, "received_at": _between(start, end)}
        by = ("received_at", "_id")
        found = await self.reader.find(LETTERS.name, where, by=by, fields=("received_at",))
        return [(instant(one["received_at"]), one["_id"]) for one in found]

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


def _between(start: datetime, end: datetime) -> Filter:
    return {"$gte": micros(start), "$lt": micros(end)}


def _of_office(office_id: str | None) -> Document:
    return {} if office_id is None else {"office_id": office_id}


def _with_traits(traits: Collection[int] | None) -> Document:
    return {} if traits is None else {"traits": {"$in": sorted(traits)}}


async def _turns(reader: Reader, where: Filter) -> list[AssignmentFacts]:
    by, fields = ("sign_due", "_id"), ("sign_due", "order_id", "body")
    turns = await reader.find(ASSIGNMENTS.name, where, by=by, fields=fields)
    ids = sorted({one["order_id"] for one in turns})
    orders = await reader.find(WORK_ORDERS.name, {"_id": {"$in": ids}}, fields=("state",))
    states = {one["_id"]: one["state"] for one in orders}
    return [
        turn_facts(one["body"], one["sign_due"], states[one["order_id"]]) for one in turns if one["order_id"] in states
    ]


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
