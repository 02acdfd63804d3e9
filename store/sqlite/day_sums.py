"""What came and what ended on each day (``consult.day_sums.DayReads``): a table of sums that triggers keep."""

from __future__ import annotations

import sqlite3
from datetime import date

from minxin.consult.day_sums import DaySum, DaySums
from minxin.store.sqlite.columns import day_number, day_of
from minxin.store.sqlite.readers import Reader, one_view


class SqliteDaySums:
    """Answers from the table ``day_sums``."""

    reader: Reader

    async def days_between(self, first: date, last: date) -> DaySums:
        return await self.reader.read(lambda db: _days_between(db, day_number(first), day_number(last)))


def _days_between(connection: sqlite3.Connection, first: int, last: int) -> DaySums:
    with one_view(connection):
        (open_before,) = connection.execute(
            "SELECT total(orders - answered - cancelled) FROM day_sums WHERE day < ?", (first,)
        ).fetchone()
        rows = connection.execute(
            "SELECT day, received, split_off, answered, cancelled FROM day_sums WHERE day BETWEEN ? AND ? ORDER BY day",
            (first, last),
        ).fetchall()
    return DaySums(int(open_before), tuple(DaySum(day_of(day), *sums) for day, *sums in rows))
