"""The list behind a number of the department table (``consult.behind.PartReads``), by the indexes that count it.

What has the same traits lies together there, one day of limits after the other: SQLite sorts day by day and stops where
the page ends. A page is the first of all those lists, and only what it shows is decoded.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

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
from minxin.store.sqlite.trait_indexes import ORDER_TRAITS_THERE, ORDERS, TURN_TRAITS_THERE, TURNS

_CANCELLED: Final = int(TurnTrait.CANCELLED)


class _List(Struct, frozen=True):
    """A table as lists go through it.

    ``there`` tells the traits in its index, all but those that have an ``own_column``; ``alike`` is what has the traits
    ?1, ``shown`` what facts are made of.
    """

    table: str
    index: str
    there: str
    own_column: int
    alike: str
    day: str
    order: Order
    shown: str


_ORDERS: Final = _List(
    table="work_orders",
    index=ORDERS,
    there=ORDER_TRAITS_THERE,
    own_column=0,
    alike="traits = ?1",
    day="answer_day",
    order=Order(("answer_due", "id"), (int, str)),
    shown="body",
)
_TURNS: Final = _List(
    table="assignments",
    index=TURNS,
    there=TURN_TRAITS_THERE,
    own_column=_CANCELLED,
    alike=f"traits = (?1 & ~{_CANCELLED}) AND cancelled = ((?1 & {_CANCELLED}) != 0)",
    day="sign_day",
    order=Order(("sign_due", "id"), (int, str)),
    shown="body, cancelled",
)


class SqliteBehind:
    """Lists the parts of figures."""

    reader: Reader

    async def orders_behind(self, wanted: PartFilter, page: PageRequest) -> Page[OrderFacts]:
        rows = await self.reader.read(lambda db: _rows(db, _ORDERS, wanted, page))
        return page_of(rows, page_size(page), _ORDERS.order, lambda row: order_facts(row[2], row[0]))

    async def turns_behind(self, wanted: PartFilter, page: PageRequest) -> Page[AssignmentFacts]:
        rows = await self.reader.read(lambda db: _rows(db, _TURNS, wanted, page))
        return page_of(rows, page_size(page), _TURNS.order, _turn)


def _rows(db: sqlite3.Connection, of: _List, wanted: PartFilter, page: PageRequest) -> list[tuple[Any, ...]]:
    """Return the rows of the page and one more, if there is one: limit, id, and what is shown."""
    most = page_size(page) + 1
    places: list[int] = []
    with one_view(db):
        there = {traits for (traits,) in db.execute(of.there)}
        for span in _spans_from(wanted, of.order.after(page)[1]):
            kept = [one for one in span.traits if one & ~of.own_column in there]
            places += _first_places(db, of, wanted, page, replace(span, traits=tuple(kept)))
            if len(places) >= most:
                break
        marks = ", ".join("?" * len(places[:most]))
        return db.execute(
            f"SELECT {', '.join(of.order.columns)}, {of.shown} FROM {of.table} "  # noqa: S608
            f"WHERE rowid IN ({marks}) ORDER BY {of.order.by()}",
            places[:most],
        ).fetchall()


def _spans_from(wanted: PartFilter, place: tuple[SqlValue, ...]) -> Iterator[Span]:
    """Yield the spans, as much of them as the place of a cursor leaves."""
    for span in wanted.spans:
        reached = place[0] if place else None
        if not isinstance(reached, int) or reached < micros(span.start):
            yield span
        elif reached < micros(span.end):
            yield replace(span, start=instant(reached))


def _first_places(db: sqlite3.Connection, of: _List, wanted: PartFilter, page: PageRequest, span: Span) -> list[int]:
    """Return where those of a span stand that come first, at most a page and one more."""
    most, end = page_size(page) + 1, span.end
    query, values = _query(of, wanted, page)
    first: list[tuple[int, str, int]] = []
    for one in span.traits:
        days = (day_number(local_day(span.start)), day_number(local_day(end)))
        first += db.execute(query, (one, *days, micros(span.start), micros(end), *values, most))
        first = sorted(first)[:most]
        if len(first) == most:  # what has a later limit than all of these need not be looked for
            end = instant(first[-1][0] + 1)
    return [rowid for _, _, rowid in first]


def _query(of: _List, wanted: PartFilter, page: PageRequest) -> tuple[str, tuple[SqlValue, ...]]:
    """Return the query for what is alike and comes first, and its values between the span and how many."""
    due = of.order.columns[0]
    after, values = of.order.after(page)
    where = f"sealed = 0 AND {of.alike} AND {of.day} BETWEEN ? AND ? AND {due} >= ? AND {due} < ? AND {after}"
    if not wanted.of_all:
        where, values = f"{where} AND office_id IS ?", (*values, wanted.office_id)
    if wanted.with_hours:
        where = f"{where} AND working_hours IS NOT NULL"
    query = f"""SELECT {due}, id, rowid FROM {of.table} INDEXED BY {of.index} WHERE {where}
        ORDER BY {of.day}, {of.order.by()} LIMIT ?"""  # noqa: S608
    return query, values


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


def _turn(row: tuple[Any, ...]) -> AssignmentFacts:
    due, _, body, cancelled = row
    return turn_facts(body, due, cancelled=bool(cancelled))
