"""What a department table is counted from (``consult/traits.py``): fields beside the bodies, none of which is read."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from minxin.consult.records import OrderState
from minxin.consult.traits import FigureSums, TraitSum, TurnTrait, order_traits_at, turn_traits_at
from minxin.store.mongo.client import Document
from minxin.store.mongo.reading import Filter, Reader
from minxin.store.sqlite.codec import micros
from minxin.store.sqlite.tables import ASSIGNMENTS, WORK_ORDERS


async def figure_sums(view: Reader, start: datetime, end: datetime, now: datetime, office_id: str | None) -> FigureSums:
    """Return the sums of what has its limit in ``[start, end)``."""
    span = {"$gte": micros(start), "$lt": micros(end)}
    whose: Document = {"sealed": 0} if office_id is None else {"sealed": 0, "office_id": office_id}
    due = {**whose, "answer_due": span}
    return FigureSums(
        orders=await _orders(view, due, micros(now)),
        turns=await _turns(view, {**whose, "sign_due": span}, micros(now)),
        hours=await _hours(view, due),
    )


async def _orders(view: Reader, where: Filter, now: int) -> list[TraitSum]:
    group = {"office": "$office_id", "traits": "$traits", "ahead": {"$gt": ["$answer_due", now]}}
    rows = await view.aggregate(WORK_ORDERS.name, [{"$match": where}, {"$group": {"_id": group, "count": {"$sum": 1}}}])
    return [_order_sum(row["_id"], row["count"]) for row in rows]


def _order_sum(group: Document, count: int) -> TraitSum:
    return TraitSum(group.get("office"), order_traits_at(group["traits"], ahead=group["ahead"]), count)


async def _hours(view: Reader, where: Filter) -> list[tuple[str | None, float]]:
    found = await view.find(
        WORK_ORDERS.name, {**where, "working_hours": {"$gte": 0}}, fields=("office_id", "working_hours")
    )
    return [(one.get("office_id"), one["working_hours"]) for one in found]


async def _turns(view: Reader, where: Filter, now: int) -> list[TraitSum]:
    """Count them here: whether a turn was cancelled stands at its work order."""
    turns = await view.find(ASSIGNMENTS.name, where, fields=("order_id", "office_id", "traits", "sign_due"))
    ids = sorted({one["order_id"] for one in turns})
    ended = {"_id": {"$in": ids}, "state": OrderState.CANCELLED.value}
    cancelled = {one["_id"] for one in await view.find(WORK_ORDERS.name, ended, fields=("_id",))}
    counts = Counter((one["office_id"], _turn_traits(one, cancelled, now)) for one in turns)
    return [TraitSum(office_id, traits, count) for (office_id, traits), count in counts.items()]


def _turn_traits(turn: Document, cancelled: set[str], now: int) -> int:
    traits = turn_traits_at(turn["traits"], ahead=turn["sign_due"] > now)
    return traits | TurnTrait.CANCELLED if turn["order_id"] in cancelled else traits
