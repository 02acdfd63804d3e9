"""What stands behind a number (穿透查询): every figure and tile opens into a list of its letters."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from minxin.consult.figures import Figure, Reason
from minxin.consult.formulas import Counted, FormulaId, formulas
from minxin.consult.open_orders import OpenOrder
from minxin.consult.records import OrderState
from minxin.consult.table import Table
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


def figure_items(table: Table, figure: Figure, part: Part) -> list[Item]:
    """Return the items of a part of a figure of this table, the earliest limit first."""
    chosen: Iterable[tuple[str, Reason | None, bool]]
    if part is Part.EXCLUDED:
        chosen = ((exclusion.item_id, exclusion.reason, exclusion.met) for exclusion in figure.excluded)
    else:
        ids = {Part.MET: figure.numerator, Part.MISSED: figure.missed, Part.APART: figure.apart}[part]
        chosen = ((item_id, None, part is not Part.MISSED) for item_id in ids)
    of_orders = formulas()[figure.formula].of is Counted.ORDERS
    make = _order_item if of_orders else _turn_item
    return sorted((make(table, *one, formula=figure.formula) for one in chosen), key=_key)


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


def _order_item(table: Table, order_id: str, reason: Reason | None, met: bool, *, formula: FormulaId) -> Item:
    order = table.order_by_id[order_id]
    return Item(
        item_id=order_id,
        letter_id=order.letter_id,
        office_id=order.office_id,
        due=order.answer_due,
        done_at=order.answered_at,
        received_at=order.received_at,
        state=order.state,
        reason=reason,
        met=met,
    )


def _turn_item(table: Table, turn_id: str, reason: Reason | None, met: bool, *, formula: FormulaId) -> Item:
    turn = table.turn_by_id[turn_id]
    return Item(
        item_id=turn_id,
        letter_id=turn.letter_id,
        office_id=turn.office_id,
        due=turn.sign_due,
        done_at=turn.returned_at if formula is FormulaId.RETURNS else turn.signed_at,
        received_at=turn.at,
        reason=reason,
        met=met,
    )


def _key(item: Item) -> tuple[int, str]:
    at = item.due or (item.received_at if item.state is None else None)
    return (round(at.timestamp() * _MICROSECONDS) if at else _FAR, item.item_id)
