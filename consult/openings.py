"""What stands behind a number (穿透查询): every figure and tile opens into a list of its letters."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from functools import cache

from msgspec import Struct

from minxin.consult.behind import PartFilter
from minxin.consult.facts import AssignmentFacts, OrderFacts
from minxin.consult.figures import (
    Figure,
    OfficeFigures,
    Reason,
    Standing,
    orders_standing,
    standing_of,
    turns_standing,
)
from minxin.consult.formulas import Counted, FormulaId, formulas
from minxin.consult.open_orders import OpenOrder
from minxin.consult.records import OrderState
from minxin.consult.table import Table
from minxin.consult.traits import KEPT_ORDER_TRAITS, KEPT_TURN_TRAITS, OrderTrait, order_traits_at, turn_traits_at


class Part(StrEnum):
    """The parts of a figure that open apart."""

    MET = "met"  # 达标 (分子)
    MISSED = "missed"  # 未达标
    EXCLUDED = "excluded"  # 剔除
    APART = "apart"  # 经延期


class Item(Struct, frozen=True):
    """One work order, assignment or letter behind a number; what does not apply is None."""

    item_id: str
    letter_id: str
    office_id: str | None = None
    due: datetime | None = None
    done_at: datetime | None = None
    received_at: datetime | None = None
    state: OrderState | None = None
    reason: Reason | None = None
    met: bool | None = None
    amber_from: datetime | None = None


def size_of(figure: Figure, part: Part) -> int:
    """Return how many items a part of a figure holds."""
    match part:
        case Part.MET:
            return figure.numerator
        case Part.MISSED:
            return figure.denominator - figure.numerator
        case Part.EXCLUDED:
            return figure.left_out
        case Part.APART:
            return figure.apart


def part_filter(formula: FormulaId, part: Part, table: Table, row: OfficeFigures) -> PartFilter:
    """Return which items a part of a figure holds, in a row of a table and as of it."""
    return PartFilter(
        start=table.period.start,
        end=table.period.end,
        now=table.as_of,
        traits=_kept_traits_in(formula, part, ahead=False),
        traits_ahead=_kept_traits_in(formula, part, ahead=True),
        office_id=row.office_id,
        of_all=row.of_all,
        with_hours=formula is FormulaId.HANDLING_HOURS,
    )


def order_items(formula: FormulaId, facts: Iterable[OrderFacts], now: datetime) -> list[Item]:
    """Return work orders as they stand in a figure's list at ``now``, in their order."""
    return [_order_item(order, standing) for order, standing in orders_standing(formula, facts, now)]


def turn_items(formula: FormulaId, facts: Iterable[AssignmentFacts], now: datetime) -> list[Item]:
    """Return turns as they stand in a figure's list at ``now``, in their order."""
    return [_turn_item(turn, standing, formula) for turn, standing in turns_standing(formula, facts, now)]


def open_item(order: OpenOrder) -> Item:
    """Return an open work order as it stands in a list."""
    return Item(
        item_id=order.order_id,
        letter_id=order.letter_id,
        office_id=order.office_id,
        due=order.due,
        received_at=order.received_at,
        state=order.state,
        amber_from=order.amber_from,
    )


def received_item(received_at: datetime, letter_id: str) -> Item:
    """Return a received letter as it stands in a list."""
    return Item(letter_id, letter_id, received_at=received_at)


@cache
def _kept_traits_in(formula: FormulaId, part: Part, *, ahead: bool) -> tuple[int, ...]:
    """Return the traits kept beside those items of a part whose limit lies ahead, or of those whose limit has come."""
    if formula is FormulaId.HANDLING_HOURS:
        return tuple(one for one in KEPT_ORDER_TRAITS if part is Part.MET and one & OrderTrait.ANSWERED)
    if formulas()[formula].of is Counted.ORDERS:
        return tuple(one for one in KEPT_ORDER_TRAITS if _has_in(formula, part, order_traits_at(one, ahead=ahead)))
    return tuple(one for one in KEPT_TURN_TRAITS if _has_in(formula, part, turn_traits_at(one, ahead=ahead)))


def _has_in(formula: FormulaId, part: Part, traits: int) -> bool:
    standing = standing_of(formula, traits)
    return standing is not None and _is_in(standing, part)


def _is_in(standing: Standing, part: Part) -> bool:
    if part is Part.EXCLUDED or standing.reason is not None:
        return part is Part.EXCLUDED and standing.reason is not None
    return {Part.MET: standing.met, Part.MISSED: not standing.met, Part.APART: standing.met and standing.apart}[part]


def _order_item(order: OrderFacts, standing: Standing) -> Item:
    return Item(
        item_id=order.order_id,
        letter_id=order.letter_id,
        office_id=order.office_id,
        due=order.answer_due,
        done_at=order.answered_at,
        received_at=order.received_at,
        state=order.state,
        reason=standing.reason,
        met=standing.met,
    )


def _turn_item(turn: AssignmentFacts, standing: Standing, formula: FormulaId) -> Item:
    return Item(
        item_id=turn.assignment_id,
        letter_id=turn.letter_id,
        office_id=turn.office_id,
        due=turn.sign_due,
        done_at=turn.returned_at if formula is FormulaId.RETURNS else turn.signed_at,
        received_at=turn.at,
        reason=standing.reason,
        met=standing.met,
    )
