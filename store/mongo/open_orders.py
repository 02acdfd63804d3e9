"""The open work orders of the morning page (``consult.open_orders.OpenReads``), by the index of what has not ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from minxin.consult.deadlines import Light, day_begins
from minxin.consult.open_orders import OpenCount, OpenFilter, OpenOrder, OpenPage
from minxin.consult.records import OrderState
from minxin.core.paging import PageRequest
from minxin.store.mongo.client import Document
from minxin.store.mongo.day_sums import day_at, local_day_of
from minxin.store.mongo.paging import Order, all_of, page_of, up_to
from minxin.store.mongo.reading import Filter, Reader, ReaderPool
from minxin.store.sqlite.codec import instant, micros
from minxin.store.sqlite.columns import NEVER
from minxin.store.sqlite.open_orders import amber_of, end_of
from minxin.store.sqlite.tables import WORK_ORDERS

_NEAREST: Final = Order(("next_due", "_id"), (int, str))
_FIELDS: Final = ("letter_id", "office_id", "state", "received_at", "amber_from")
_OPEN: Final[Document] = {"sealed": 0, "ended_at": None}
_DAY: Final = timedelta(days=1)


class MongoOpenOrders:
    """Counts and lists what is open."""

    reader: ReaderPool

    async def open_counts(self) -> list[OpenCount]:
        alike = {"due": "$next_due", "amber": "$amber_from", "day": local_day_of("$received_at")}
        stages = [{"$match": _OPEN}, {"$group": {"_id": alike, "count": {"$sum": 1}}}]
        return [_open_count(one) for one in await self.reader.aggregate(WORK_ORDERS.name, stages)]

    async def open_orders(self, wanted: OpenFilter, page: PageRequest) -> OpenPage:
        where = all_of(_OPEN, *_conditions(wanted))
        return await self.reader.at_one_moment(lambda view: _page(view, where, page))


async def _page(reader: Reader, where: Filter, page: PageRequest) -> OpenPage:
    found = await page_of(reader, WORK_ORDERS.name, where, _NEAREST, page, _FIELDS, _open_order)
    return OpenPage(found, await reader.count(WORK_ORDERS.name, where))


def _conditions(wanted: OpenFilter) -> list[Filter]:
    found: list[Filter] = []
    if wanted.light is not None:
        found.append(_of_light(wanted.light, micros(wanted.at)))
    if wanted.due_until is not None:
        found.append({"next_due": {"$gt": micros(wanted.at), **up_to(micros(wanted.due_until))}})
    if wanted.received_on is not None:
        found.append(_received_on(wanted.received_on))
    return found


def _of_light(light: Light, at: int) -> Filter:
    """Return what ``consult.deadlines.light_at`` says of the two instants."""
    runs = {"$gt": at, "$lt": NEVER}
    match light:
        case Light.GREEN:
            return {"next_due": runs, "amber_from": {"$gt": at}}
        case Light.AMBER:
            return {"next_due": runs, "amber_from": up_to(at)}
        case Light.RED:
            return {"next_due": up_to(at), "amber_from": {"$exists": True}}
        case Light.PAUSED:
            return {"$or": [{"next_due": NEVER}, {"amber_from": None}]}


def _received_on(days: Sequence[date]) -> Filter:
    """Return the condition that the receipt is on one of the days, which are in order; days in a row are one span."""
    spans: list[list[date]] = []
    for day in days:
        if spans and spans[-1][1] == day:
            spans[-1][1] += _DAY
        else:
            spans.append([day, day + _DAY])
    within = [
        {"received_at": {"$gte": micros(day_begins(first)), "$lt": micros(day_begins(end))}} for first, end in spans
    ]
    return {"$or": within} if within else {"received_at": {"$in": []}}


def _open_count(one: Document) -> OpenCount:
    alike = one["_id"]
    return OpenCount(day_at(alike["day"]), end_of(alike["due"]), amber_of(alike.get("amber")), one["count"])


def _open_order(one: Document) -> OpenOrder:
    return OpenOrder(
        order_id=one["_id"],
        letter_id=one["letter_id"],
        office_id=one.get("office_id"),
        state=OrderState(one["state"]),
        received_at=instant(one["received_at"]),
        due=end_of(one["next_due"]),
        amber_from=amber_of(one.get("amber_from")),
    )
