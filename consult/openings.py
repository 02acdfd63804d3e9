"""What stands behind a number (穿透查询): every figure and tile opens into a list of its letters."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from minxin.consult.facts import AssignmentFacts, OrderFacts
from minxin.consult.figures import Reason, Standing, orders_standing, standing_of, turns_standing
from minxin.consult.formulas import FormulaId
from minxin.consult.open_orders import OpenOrder
from minxin.consult.records import OrderState
from minxin.consult.traits import OrderTrait, TurnTrait, later_order_traits, later_turn_traits
from minxin.core.paging import Page, PageRequest, decode_cursor, encode_cursor, page_size

_MICROSECONDS: Final = 1_000_000
_FAR: Final = 2**62


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


def order_traits_in(formula: FormulaId, part: Part) -> list[int] | None:
    """Return which traits that are kept beside a work order may put it into a part of a figure, None for any."""
    if formula is FormulaId.HANDLING_HOURS:
        return None
    kept = range(OrderTrait.NOT_DUE)
    return [traits for traits in kept if any(_may_be_in(formula, part, one) for one in later_order_traits(traits))]


def turn_traits_in(formula: FormulaId, part: Part) -> list[int]:
    """Return which traits that are kept beside a turn may put it into a part of a figure."""
    kept = (traits for traits in range(TurnTrait.NOT_DUE) if not traits & TurnTrait.CANCELLED)
    return [traits for traits in kept if any(_may_be_in(formula, part, one) for one in later_turn_traits(traits))]


def order_items(formula: FormulaId, part: Part, facts: Iterable[OrderFacts], now: datetime) -> list[Item]:
    """Return the work orders of a part of a figure at ``now``, the earliest limit first."""
    found = orders_standing(formula, facts, now)
    return sorted((_order_item(order, standing) for order, standing in found if _is_in(standing, part)), key=_key)


def turn_items(formula: FormulaId, part: Part, facts: Iterable[AssignmentFacts], now: datetime) -> list[Item]:
    """Return the turns of a part of a figure at ``now``, the earliest limit first."""
    found = turns_standing(formula, facts, now)
    return sorted((_turn_item(turn, standing, formula) for turn, standing in found if _is_in(standing, part)), key=_key)


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


def received_items(received: Iterable[tuple[datetime, str]]) -> list[Item]:
    """Return received letters, oldest first."""
    return sorted((Item(letter_id, letter_id, received_at=at) for at, letter_id in received), key=_key)


def page_of(items: Sequence[Item], request: PageRequest) -> Page[Item]:
    """Return one page of a sorted list of items; the place of a cursor holds while items come and go."""
    start = 0
    if request.after is not None:
        micros, item_id = decode_cursor(request.after, int, str)
        start = bisect_right(items, (micros, item_id), key=_key)
    size = page_size(request)
    shown = list(items[start : start + size])
    more = len(items) > start + size
    return Page(shown, encode_cursor(*_key(shown[-1])) if more else None)


def _may_be_in(formula: FormulaId, part: Part, traits: int) -> bool:
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


def _key(item: Item) -> tuple[int, str]:
    at = item.due or (item.received_at if item.state is None else None)
    return (round(at.timestamp() * _MICROSECONDS) if at else _FAR, item.item_id)
