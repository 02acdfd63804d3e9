"""What the figures are made of (``consult.ports.StatisticsReads``); sealed letters are in none of it."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from minxin.consult.decision import stream_of
from minxin.consult.loads import OfficeLoad
from minxin.consult.precision_records import RoutedAlone
from minxin.consult.records import Letter, OrderState
from minxin.consult.traits import FigureSums
from minxin.core.audit import SealedEvent
from minxin.core.paging import Page, PageRequest, page_size
from minxin.store.sqlite.chains import events_of
from minxin.store.sqlite.codec import instant, micros
from minxin.store.sqlite.figure_sums import figure_sums
from minxin.store.sqlite.paging import Order, all_records, page_of
from minxin.store.sqlite.readers import Reader
from minxin.store.sqlite.tables import LETTERS

_STREAMS_AT_A_TIME: Final = 500
_EARLIEST: Final = Order(("received_at", "id"), (int, str))


class SqliteStatistics:
    """Answers the named queries behind the figures."""

    reader: Reader

    async def figure_sums(
        self, start: datetime, end: datetime, now: datetime, office_id: str | None = None
    ) -> FigureSums:
        return await self.reader.read(lambda db: figure_sums(db, start, end, now, office_id))

    async def received_between(self, start: datetime, end: datetime, page: PageRequest) -> Page[tuple[datetime, str]]:
        return await self.reader.read(lambda db: _received(db, start, end, page))

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


def _received(db: sqlite3.Connection, start: datetime, end: datetime, page: PageRequest) -> Page[tuple[datetime, str]]:
    after, place = _EARLIEST.after(page)
    size = page_size(page)
    rows = db.execute(
        "SELECT received_at, id FROM letters INDEXED BY letters_by_receipt "  # noqa: S608
        f"WHERE sealed = 0 AND received_at >= ? AND received_at < ? AND {after} ORDER BY {_EARLIEST.by()} LIMIT ?",
        (micros(start), micros(end), *place, size + 1),
    ).fetchall()
    return page_of(rows, size, _EARLIEST, lambda row: (instant(row[0]), row[1]))


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
