"""What came and what ended on each day (``consult.day_sums.DayReads``), counted over indexes when it is asked.

Documents of sums, as SQLite keeps a table of them, would be written by nearly every transaction, and of two at once one
would have to begin again.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from minxin.consult.day_sums import DaySum, DaySums
from minxin.consult.deadlines import day_begins
from minxin.store.mongo.client import Document
from minxin.store.mongo.reading import Filter, Reader, ReaderPool
from minxin.store.sqlite.codec import micros
from minxin.store.sqlite.columns import day_of
from minxin.store.sqlite.tables import LETTERS, WORK_ORDERS

_DAY: Final = 86_400_000_000  # microseconds
_SHANGHAI: Final = 28_800_000_000  # what its days begin earlier than those of UTC
_ALL: Final[Document] = {"$sum": 1}


class MongoDaySums:
    """Counts by day."""

    reader: ReaderPool

    async def days_between(self, first: date, last: date) -> DaySums:
        start, end = micros(day_begins(first)), micros(day_begins(last + timedelta(days=1)))
        return await self.reader.at_one_moment(lambda view: _days_between(view, start, end))


def local_day_of(field: str) -> Document:
    """Return the expression that is the same for all instants of a day; ``day_at`` reads it."""
    local = {"$add": [field, _SHANGHAI]}
    return {"$subtract": [local, {"$mod": [local, _DAY]}]}


def day_at(local: int) -> date:
    """Return the day that the expression stands for."""
    return day_of(local // _DAY)


async def _days_between(reader: Reader, start: int, end: int) -> DaySums:
    within = {"$gte": start, "$lt": end}
    came, ended = {"sealed": 0, "received_at": within}, {"sealed": 0, "ended_at": within}
    answered = {"$cond": [{"$gt": ["$answered_at", 0]}, 1, 0]}
    received = await _by_day(reader, LETTERS.name, came, "$received_at", {"count": _ALL})
    over = await _by_day(reader, WORK_ORDERS.name, ended, "$ended_at", {"count": _ALL, "answered": {"$sum": answered}})
    split_off = await _split_off(reader, came)
    sums = [
        DaySum(
            day,
            received=received.get(day, {}).get("count", 0),
            split_off=split_off.get(day, {}).get("count", 0),
            answered=over.get(day, {}).get("answered", 0),
            cancelled=over[day]["count"] - over[day]["answered"] if day in over else 0,
        )
        for day in sorted({*received, *split_off, *over})
    ]
    return DaySums(await _open_before(reader, start), tuple(sums))


async def _by_day(
    reader: Reader, name: str, where: Filter, instant: str, counted: Document, *stages: Document
) -> dict[date, Document]:
    group = {"$group": {"_id": local_day_of(instant), **counted}}
    found = await reader.aggregate(name, [{"$match": where}, *stages, group])
    return {day_at(one["_id"]): one for one in found}


async def _split_off(reader: Reader, came: Filter) -> dict[date, Document]:
    of_letter = {"_id": "$letter_id", "at": {"$min": "$received_at"}, "orders": _ALL}
    stages: list[Document] = [{"$group": of_letter}, {"$match": {"orders": {"$gt": 1}}}]
    more = {"count": {"$sum": {"$subtract": ["$orders", 1]}}}
    return await _by_day(reader, WORK_ORDERS.name, came, "$at", more, *stages)


async def _open_before(reader: Reader, start: int) -> int:
    """Count back from what is open now: that costs what happened since, not all that ever happened."""
    still = await reader.count(WORK_ORDERS.name, {"sealed": 0, "ended_at": None})
    ended_since = await reader.count(WORK_ORDERS.name, {"sealed": 0, "ended_at": {"$gte": start}})
    came_since = await reader.count(WORK_ORDERS.name, {"sealed": 0, "received_at": {"$gte": start}})
    return still + ended_since - came_since
