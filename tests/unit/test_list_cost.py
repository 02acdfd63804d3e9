"""What a page of a list behind a number costs SQLite, in steps of its machine: the same however long the period is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from support.store import Maker

from minxin.consult.deadlines import local_day
from minxin.consult.formulas import FormulaId
from minxin.consult.openings import Part, part_filter
from minxin.consult.periods import Period
from minxin.consult.records import OrderState, WorkOrder
from minxin.consult.table import table_of
from minxin.core.changes import Changes
from minxin.core.paging import PageRequest
from minxin.store.sqlite.behind import SqliteBehind
from minxin.store.sqlite.connect import FILE
from minxin.store.sqlite.store import SqliteStore

T = TypeVar("T")
SHORT, LONG = 20, 300  # days
A_DAY = 4
COUNTED_BY = 10


class CountingReader:
    """Runs queries on one connection and counts the steps that they take."""

    def __init__(self, path: Path) -> None:
        self.steps = 0
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.set_progress_handler(self._count, COUNTED_BY)

    def _count(self) -> int:
        self.steps += COUNTED_BY
        return 0

    async def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        return query(self.connection)


def orders_of(make: Maker, days: int) -> list[WorkOrder]:
    """Return work orders that were answered, of which one in forty was not and one was cancelled."""
    orders = []
    for number in range(days * A_DAY):
        given = {"id": f"order{number * 7919 % 10_000:04}", "answer_due": make.due(make.at(days=number // A_DAY))}
        if number % 40 == 0:
            orders.append(make.order(**given, state=OrderState.CANCELLED))
        elif number % 40 == 1:
            orders.append(make.order(**given))
        else:
            answered = make.at(days=number // A_DAY - 1)
            orders.append(make.order(**given, state=OrderState.CLOSED, answered_at=answered, working_hours=1.0))
    return orders


async def steps_of(folder: Path, days: int, formula: FormulaId, part: Part, size: int) -> int:
    """Return the steps of a full first page in a city of so many days."""
    make = Maker()
    store = await SqliteStore.open(folder)
    await store.commit(Changes(inserts=orders_of(make, days)))
    now = make.at(days=days + 1)
    period = Period(local_day(make.now), local_day(now))
    table = table_of(period, await store.figure_sums(period.start, period.end, now), now)
    await store.close()
    reader = CountingReader(folder / FILE)
    lists = SqliteBehind()
    lists.reader = reader
    page = await lists.orders_behind(part_filter(formula, part, table, table.total), PageRequest(size=size))
    assert len(page.items) == size
    reader.connection.close()
    return reader.steps


@pytest.mark.parametrize(
    ("formula", "part", "size"),
    [
        (FormulaId.CLOSING, Part.MET, 20),
        (FormulaId.HANDLING_HOURS, Part.MET, 20),
        (FormulaId.CLOSING, Part.MISSED, 2),
        (FormulaId.CLOSING, Part.EXCLUDED, 2),
    ],
)
async def test_a_page_costs_the_same_in_a_short_period_and_in_a_long_one(
    tmp_path: Path, formula: FormulaId, part: Part, size: int
) -> None:
    short = await steps_of(tmp_path / "short", SHORT, formula, part, size)
    long = await steps_of(tmp_path / "long", LONG, formula, part, size)

    assert 0 < long <= short * 1.2
