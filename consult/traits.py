"""Traits (指标要素): what a work order or an office's turn is to the figures, as one small number. Pure.

A figure needs no more of a work order than a few yes and no, so that a store adds up those that are alike, and a table
reads some sums and not every work order of its period. ``NOT_DUE`` alone depends on the instant at which one looks; a
store keeps the others beside the record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from enum import IntFlag, auto
from typing import Final

from msgspec import Struct

from minxin.consult.facts import AssignmentFacts, OrderFacts
from minxin.consult.records import SATISFIED, Assignment, OrderState, Satisfaction, WorkOrder


class OrderTrait(IntFlag):
    """What may hold of a work order. Stores keep the numbers: one that has been given never changes its meaning."""

    CANCELLED = auto()  # 撤回、不予受理、并入
    ANSWERED = auto()  # 已答复
    IN_TIME = auto()  # 按期答复
    EXTENDED = auto()  # 经批准延期
    REDONE = auto()  # 重办
    RATED = auto()  # 已评价
    SATISFIED = auto()  # 满意
    IN_FOLLOW_UP = auto()  # 回访期内
    NOT_DUE = auto()  # 时限未到


class TurnTrait(IntFlag):
    """What may hold of one office's turn; the numbers stay as those of :class:`OrderTrait` do."""

    CANCELLED = auto()  # 所属工单撤回、不予受理、并入
    SIGNED = auto()  # 已签收
    SIGNED_IN_TIME = auto()  # 及时签收
    RETURNED = auto()  # 已退回
    RETURNED_IN_TIME = auto()  # 签收时限内退回
    NOT_DUE = auto()  # 时限未到


KEPT_ORDER_TRAITS: Final = tuple(one for one in range(2 * max(OrderTrait)) if not one & OrderTrait.NOT_DUE)
KEPT_TURN_TRAITS: Final = tuple(one for one in range(2 * max(TurnTrait)) if not one & TurnTrait.NOT_DUE)


class TraitSum(Struct, frozen=True):
    """How many items of an office (None: of none yet) have just these traits."""

    office_id: str | None
    traits: int
    count: int


class FigureSums(Struct, frozen=True):
    """What the figures of a period are counted from; ``hours`` are the office hours of each answered work order."""

    orders: Sequence[TraitSum]
    turns: Sequence[TraitSum]
    hours: Sequence[tuple[str | None, float]]


def order_traits(order: OrderFacts, now: datetime) -> int:
    """Return the traits of a work order at ``now``."""
    found = _order_traits(
        order.state, order.answer_due, order.answered_at, order.level, extended=order.extended, redone=order.redone
    )
    return order_traits_at(found, ahead=order.answer_due is not None and now < order.answer_due)


def kept_order_traits(order: WorkOrder) -> int:
    """Return the traits that a store keeps beside a work order."""
    rating = order.rating or (order.redo.first_rating if order.redo else None)
    return _order_traits(
        order.state,
        order.answer_due.instant if order.answer_due else None,
        order.answered_at,
        rating.level if rating else None,
        extended=order.extension is not None and order.extension.approved is True,
        redone=order.redo is not None,
    )


def turn_traits(turn: AssignmentFacts, now: datetime) -> int:
    """Return the traits of a turn at ``now``."""
    found = _turn_traits(turn.sign_due, turn.signed_at, turn.returned_at)
    if turn.cancelled:
        found |= TurnTrait.CANCELLED
    return turn_traits_at(found, ahead=now < turn.sign_due)


def kept_turn_traits(turn: Assignment) -> int:
    """Return the traits that a store keeps beside a turn; whether it was cancelled its work order says."""
    return _turn_traits(turn.sign_due.instant, turn.signed_at, turn.returned_at)


def order_traits_at(kept: int, *, ahead: bool) -> int:
    """Return those kept beside a work order as they are when its limit lies ahead of the instant, or not."""
    return kept | OrderTrait.NOT_DUE if ahead and not kept & OrderTrait.ANSWERED else kept


def turn_traits_at(kept: int, *, ahead: bool) -> int:
    """Return those kept beside a turn as they are when its limit lies ahead of the instant, or not."""
    waits = not kept & (TurnTrait.SIGNED | TurnTrait.RETURNED)
    return kept | TurnTrait.NOT_DUE if ahead and waits else kept


def sums_of(orders: Sequence[OrderFacts], turns: Sequence[AssignmentFacts], now: datetime) -> FigureSums:
    """Return the sums of these facts at ``now``."""
    return FigureSums(
        orders=_added(Counter((order.office_id, order_traits(order, now)) for order in orders)),
        turns=_added(Counter((turn.office_id, turn_traits(turn, now)) for turn in turns)),
        hours=[(order.office_id, order.working_hours) for order in orders if order.working_hours is not None],
    )


def _added(counts: Counter[tuple[str | None, int]]) -> list[TraitSum]:
    return [TraitSum(office_id, traits, count) for (office_id, traits), count in counts.items()]


def _order_traits(
    state: OrderState,
    due: datetime | None,
    answered_at: datetime | None,
    level: Satisfaction | None,
    *,
    extended: bool,
    redone: bool,
) -> int:
    """Return them all but ``NOT_DUE``. A limit is an exclusive instant (``Due.instant``)."""
    holds = {
        OrderTrait.CANCELLED: state is OrderState.CANCELLED,
        OrderTrait.ANSWERED: answered_at is not None,
        OrderTrait.IN_TIME: answered_at is not None and due is not None and answered_at < due,
        OrderTrait.EXTENDED: extended,
        OrderTrait.REDONE: redone,
        OrderTrait.RATED: level is not None,
        OrderTrait.SATISFIED: level in SATISFIED,
        OrderTrait.IN_FOLLOW_UP: state is OrderState.ANSWERED and level is None,
    }
    return sum(int(trait) for trait, so in holds.items() if so)


def _turn_traits(due: datetime | None, signed_at: datetime | None, returned_at: datetime | None) -> int:
    holds = {
        TurnTrait.SIGNED: signed_at is not None,
        TurnTrait.SIGNED_IN_TIME: signed_at is not None and due is not None and signed_at < due,
        TurnTrait.RETURNED: returned_at is not None,
        TurnTrait.RETURNED_IN_TIME: returned_at is not None and due is not None and returned_at < due,
    }
    return sum(int(trait) for trait, so in holds.items() if so)
