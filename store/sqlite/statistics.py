"""What the figures are made of (``consult.ports.StatisticsReads``); sealed letters are in none of it."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Final

import msgspec
from msgspec import Struct

from minxin.consult.deadlines import local_day
from minxin.consult.decision import stream_of
from minxin.consult.facts import AssignmentFacts, OrderFacts
from minxin.consult.loads import OfficeLoad
from minxin.consult.precision_records import RoutedAlone
from minxin.consult.records import Letter, OrderState, Satisfaction
from minxin.consult.traits import FigureSums
from minxin.core.audit import SealedEvent
from minxin.store.sqlite.chains import events_of
from minxin.store.sqlite.codec import SqlValue, decode, instant, micros
from minxin.store.sqlite.columns import day_number
from minxin.store.sqlite.figure_sums import figure_sums
from minxin.store.sqlite.paging import all_records
from minxin.store.sqlite.readers import Reader
from minxin.store.sqlite.tables import LETTERS

_STREAMS_AT_A_TIME: Final = 500


class SqliteStatistics:
    """Answers the named queries behind the figures."""

    reader: Reader

    async def figure_sums(
        self, start: datetime, end: datetime, now: datetime, office_id: str | None = None
    ) -> FigureSums:
        return await self.reader.read(lambda db: figure_sums(db, start, end, now, office_id))

    async def orders_due_between(
        self, start: datetime, end: datetime, office_id: str | None = None, traits: Collection[int] | None = None
    ) -> list[OrderFacts]:
        return await self.reader.read(lambda db: _orders_due(db, start, end, office_id, traits))

    async def assignments_due_between(
        self, start: datetime, end: datetime, office_id: str | None = None, traits: Collection[int] | None = None
    ) -> list[AssignmentFacts]:
        return await self.reader.read(lambda db: _assignments_due(db, start, end, office_id, traits))

    async def received_between(self, start: datetime, end: datetime) -> list[tuple[datetime, str]]:
        query = """SELECT received_at, id FROM letters
            WHERE sealed = 0 AND received_at >= ? AND received_at < ? ORDER BY received_at, id"""
        return await self.reader.read(partial(_instants, query=query, start=start, end=end))

    async def routed_alone(self, start: datetime, now: datetime) -> RoutedAlone:
        return await self.reader.read(lambda db: _routed_alone(db, start, now))

    async def office_loads(self, now: datetime, day_ends: datetime) -> list[OfficeLoad]:
        return await self.reader.read(partial(_office_loads, now=now, day_ends=day_ends))

    async def letters_with(self, letter_ids: Sequence[str]) -> list[Letter]:
        marks = ", ".join("?" * len(letter_ids))
        # "+sealed", for an index that begins with it would be read from end to end.
        return await self.reader.read(
            lambda db: all_records(db, LETTERS, f"id IN ({marks}) AND +sealed = 0", *letter_ids)
        )

    async def letter_streams(self) -> AsyncIterator[tuple[str, Sequence[SealedEvent]]]:
        after = ""
        while batch := await self.reader.read(partial(_letter_streams, after=after)):
            for stream in batch:
                yield stream
            after = batch[-1][0]


def _routed_alone(db: sqlite3.Connection, start: datetime, now: datetime) -> RoutedAlone:
    # Left to itself the planner takes an index that begins with "sealed", and reads every turn there ever was.
    query = """SELECT count(*), count(returned_at) - count(CASE WHEN returned_at IS NOT NULL AND EXISTS (
                SELECT 1 FROM assignments AS later WHERE later.order_id = turn.order_id AND later.at > turn.at
                AND later.office_id = turn.office_id AND later.routed_by = 'ruling') THEN 1 END)
        FROM assignments AS turn INDEXED BY assignments_routed_alone
        WHERE routed_by = 'judge' AND sealed = 0 AND at >= ? AND (returned_at IS NOT NULL OR return_due <= ?)"""
    return RoutedAlone(*db.execute(query, (micros(start), micros(now))).fetchone())


def _of_office(office_id: str | None, column: str = "office_id") -> tuple[str, tuple[SqlValue, ...]]:
    return ("1", ()) if office_id is None else (f"{column} = ?", (office_id,))


def _days(start: datetime, end: datetime) -> tuple[int, int]:
    return day_number(local_day(start)), day_number(local_day(end))


def _with_traits(traits: Collection[int] | None, column: str = "traits") -> str:
    return "TRUE" if traits is None else f"{column} IN ({', '.join(str(int(one)) for one in sorted(traits))})"


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


def _orders_due(
    connection: sqlite3.Connection,
    start: datetime,
    end: datetime,
    office_id: str | None,
    traits: Collection[int] | None,
) -> list[OrderFacts]:
    where, office = _of_office(office_id)
    rows = connection.execute(
        "SELECT body, answer_due FROM work_orders WHERE sealed = 0 AND answer_day BETWEEN ? AND ? "  # noqa: S608
        f"AND answer_due >= ? AND answer_due < ? AND {where} AND {_with_traits(traits)} ORDER BY answer_due, id",
        (*_days(start, end), micros(start), micros(end), *office),
    )
    return [order_facts(body, due) for body, due in rows]


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


def _assignments_due(
    connection: sqlite3.Connection,
    start: datetime,
    end: datetime,
    office_id: str | None,
    traits: Collection[int] | None,
) -> list[AssignmentFacts]:
    where, office = _of_office(office_id, "turn.office_id")
    rows = connection.execute(
        "SELECT turn.body, turn.sign_due, work_orders.state FROM assignments AS turn "  # noqa: S608
        "JOIN work_orders ON work_orders.id = turn.order_id "
        "WHERE turn.sealed = 0 AND sign_day BETWEEN ? AND ? "
        f"AND sign_due >= ? AND sign_due < ? AND {where} AND {_with_traits(traits, 'turn.traits')} "
        "ORDER BY sign_due, turn.id",
        (*_days(start, end), micros(start), micros(end), *office),
    )
    return [turn_facts(body, due, state) for body, due, state in rows]


def turn_facts(body: bytes, sign_due: int, order_state: str) -> AssignmentFacts:
    """Return the facts of an assignment as it is stored, its limit in microseconds; raises ``DamagedError``."""
    turn = decode(_turn_decoder.decode, body)
    return AssignmentFacts(
        assignment_id=turn.id,
        letter_id=turn.letter_id,
        office_id=turn.office_id,
        at=turn.at,
        sign_due=instant(sign_due),
        signed_at=turn.signed_at,
        returned_at=turn.returned_at,
        cancelled=order_state == OrderState.CANCELLED,
    )


def _instants(connection: sqlite3.Connection, query: str, start: datetime, end: datetime) -> list[tuple[datetime, str]]:
    rows = connection.execute(query, (micros(start), micros(end)))
    return [(instant(at), found) for at, found in rows]


def _office_loads(connection: sqlite3.Connection, now: datetime, day_ends: datetime) -> list[OfficeLoad]:
    rows = connection.execute(
        """SELECT office_id, state, COUNT(*), SUM(next_due <= :now), SUM(next_due > :now AND next_due <= :day_ends)
        FROM work_orders WHERE sealed = 0 AND ended_at IS NULL GROUP BY office_id, state ORDER BY office_id, state""",
        {"now": micros(now), "day_ends": micros(day_ends)},
    )
    return [OfficeLoad(office, OrderState(state), *counts) for office, state, *counts in rows]


def _letter_streams(connection: sqlite3.Connection, after: str) -> list[tuple[str, Sequence[SealedEvent]]]:
    letters = connection.execute(
        "SELECT id FROM letters WHERE +sealed = 0 AND id > ? ORDER BY id LIMIT ?", (after, _STREAMS_AT_A_TIME)
    ).fetchall()
    return [(letter_id, events_of(connection, stream_of(letter_id))) for (letter_id,) in letters]
