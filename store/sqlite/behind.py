"""The list behind a number of the department table (``consult.behind.PartReads``), by the indexes that count it.

Both indexes have the local day of the limit first, so that SQLite sorts one day after the other and stops where the
page ends; what is not in the part is passed over in the index, and only what the page shows is decoded.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from minxin.consult.behind import PartFilter, Span
from minxin.consult.deadlines import local_day
from minxin.consult.facts import AssignmentFacts, OrderFacts
from minxin.consult.records import OrderState, Satisfaction
from minxin.consult.traits import TurnTrait
from minxin.core.paging import Page, PageRequest, page_size
from minxin.store.sqlite.codec import SqlValue, decode, instant, micros
from minxin.store.sqlite.columns import day_number
from minxin.store.sqlite.paging import Order, page_of
from minxin.store.sqlite.readers import Reader, one_view


class _List(Struct, frozen=True):
    """A table as lists go through it; ``shown`` are the columns that facts are made of, after those of the order."""

    table: str
    index: str
    day: str
    order: Order
    traits: str
    shown: str


_ORDERS: Final = _List(
    table="work_orders",
    index="work_orders_by_answer_day",
    day="answer_day",
    order=Order(("answer_due", "id"), (int, str)),
    traits="traits",
    shown="body",
)
_TURNS: Final = _List(
    table="assignments",
    index="assignments_by_sign_day",
    day="sign_day",
    order=Order(("sign_due", "id"), (int, str)),
    traits=f"(traits | cancelled * {int(TurnTrait.CANCELLED)})",
    shown="body, cancelled",
)


class SqliteBehind:
    """Lists the parts of figures."""

    reader: Reader

    async def orders_behind(self, wanted: PartFilter, page: PageRequest) -> Page[OrderFacts]:
        def query(db: sqlite3.Connection) -> Page[OrderFacts]:
            rows = _rows(db, _ORDERS, wanted, page)
            return page_of(rows, page_size(page), _ORDERS.order, lambda row: order_facts(row[2], row[0]))

        return await self.reader.read(query)

    async def turns_behind(self, wanted: PartFilter, page: PageRequest) -> Page[AssignmentFacts]:
        def query(db: sqlite3.Connection) -> Page[AssignmentFacts]:
            rows = _rows(db, _TURNS, wanted, page)
            make = lambda row: turn_facts(row[2], row[0], cancelled=bool(row[3]))  # noqa: E731
            return page_of(rows, page_size(page), _TURNS.order, make)

        return await self.reader.read(query)


def _rows(db: sqlite3.Connection, of: _List, wanted: PartFilter, page: PageRequest) -> list[tuple[Any, ...]]:
    """Return the rows of the page and one more, if there is one."""
    after, place = of.order.after(page)
    most = page_size(page) + 1
    found: list[tuple[Any, ...]] = []
    with one_view(db):
        for span, start in _spans_from(wanted, place):
            condition, values = _condition(of, wanted, span, start)
            # The body is read for what the page shows alone: in the query within, all that is sorted would carry it.
            found += db.execute(
                f"SELECT {', '.join(of.order.columns)}, {of.shown} FROM {of.table} WHERE rowid IN ("  # noqa: S608
                f"SELECT rowid FROM {of.table} INDEXED BY {of.index} WHERE {condition} AND {after} "
                f"ORDER BY {of.day}, {of.order.by()} LIMIT ?) ORDER BY {of.order.by()}",
                (*values, *place, most - len(found)),
            )
            if len(found) == most:
                break
    return found


def _spans_from(wanted: PartFilter, place: tuple[SqlValue, ...]) -> Iterator[tuple[Span, datetime]]:
    """Yield the spans that the place of a cursor leaves, each with where it begins now."""
    for span in wanted.spans:
        reached = place[0] if place else None
        if not isinstance(reached, int) or reached < micros(span.start):
            yield span, span.start
        elif reached < micros(span.end):
            yield span, instant(reached)


def _condition(of: _List, wanted: PartFilter, span: Span, start: datetime) -> tuple[str, list[SqlValue]]:
    due = of.order.columns[0]
    parts = [
        f"sealed = 0 AND {of.day} BETWEEN ? AND ? AND {due} >= ? AND {due} < ?",
        f"{of.traits} IN ({', '.join(str(int(one)) for one in span.traits)})",
    ]
    days = (day_number(local_day(start)), day_number(local_day(span.end)))
    values: list[SqlValue] = [*days, micros(start), micros(span.end)]
    if not wanted.of_all:
        parts.append("office_id IS ?")
        values.append(wanted.office_id)
    if wanted.with_hours:
        parts.append("working_hours IS NOT NULL")
    return " AND ".join(parts), values


class _Extension(Struct):
    approved: bool | None = None


class _Rating(Struct):
    level: Satisfaction


class _Redo(Struct):
    first_rating: _Rating


class _OrderBody(Struct):
    """The few fields of a work order that the figures need: reading all of it would take ten times as long."""

    id: str
    letter_id: str
    number: str
    state: OrderState
    received_at: datetime
    office_id: str | None = None
    routed_at: datetime | None = None
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    extension: _Extension | None = None
    rating: _Rating | None = None
    redo: _Redo | None = None
    working_hours: float | None = None


class _TurnBody(Struct):
    """The few fields of an assignment that the figures need."""

    id: str
    letter_id: str
    office_id: str
    at: datetime
    signed_at: datetime | None = None
    returned_at: datetime | None = None


_order_decoder: Final = msgspec.json.Decoder(_OrderBody)
_turn_decoder: Final = msgspec.json.Decoder(_TurnBody)


def order_facts(body: bytes, answer_due: int) -> OrderFacts:
    """Return the facts of a work order as it is stored, its limit in microseconds; raises ``DamagedError``."""
    order = decode(_order_decoder.decode, body)
    rating = order.rating or (order.redo.first_rating if order.redo else None)
    return OrderFacts(
        order_id=order.id,
        letter_id=order.letter_id,
        number=order.number,
        office_id=order.office_id,
        state=order.state,
        received_at=order.received_at,
        routed_at=order.routed_at,
        answer_due=instant(answer_due),
        answered_at=order.answered_at,
        closed_at=order.closed_at,
        extended=order.extension is not None and order.extension.approved is True,
        redone=order.redo is not None,
        level=rating.level if rating else None,
        working_hours=order.working_hours,
    )


def turn_facts(body: bytes, sign_due: int, *, cancelled: bool) -> AssignmentFacts:
    """Return the facts of a turn as it is stored, its limit in microseconds; raises ``DamagedError``."""
    turn = decode(_turn_decoder.decode, body)
    return AssignmentFacts(
        assignment_id=turn.id,
        letter_id=turn.letter_id,
        office_id=turn.office_id,
        at=turn.at,
        sign_due=instant(sign_due),
        signed_at=turn.signed_at,
        returned_at=turn.returned_at,
        cancelled=cancelled,
    )
