"""Which days are working days in mainland China (工作日), and why.

A day is a working day when it is Monday to Friday and no off day of the State Council's yearly notice
(国务院办公厅关于部分节假日安排的通知), or when that notice makes a weekend day a working one (调休上班).
A year without a notice follows the plain week, and every date of it is provisional. Pure: nothing here reads a file.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from msgspec import Struct

_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5


class DayStatus(Struct, frozen=True):
    """Whether a day is worked and why.

    ``reason`` is a stable catalogue key: ``weekday``, ``weekend``, ``holiday``, ``working_weekend``,
    ``provisional_weekday`` or ``provisional_weekend``. ``notice`` is the number of the notice that decided, where one
    did. ``festival`` is a key such as ``spring_festival``, or the name that the city's own table gives.
    """

    working: bool
    reason: str
    notice: str | None = None
    festival: str | None = None
    provisional: bool = False


WEEKDAY: Final = DayStatus(working=True, reason="weekday")
WEEKEND: Final = DayStatus(working=False, reason="weekend")
PROVISIONAL_WEEKDAY: Final = DayStatus(working=True, reason="provisional_weekday", provisional=True)
PROVISIONAL_WEEKEND: Final = DayStatus(working=False, reason="provisional_weekend", provisional=True)


class YearTable(Struct, frozen=True):
    """One yearly notice: its number, the days off with the festival's name, and the weekend days that are worked.

    The days belong to ``year`` or to the December before it, because a notice may begin with the last days of the old
    year (the notice for 2019 began on 2018-12-29). ``verified`` tells whether the number was checked at a source.
    """

    year: int
    notice: str
    verified: bool
    off_days: dict[date, str]
    working_weekends: frozenset[date]


def is_weekend(day: date) -> bool:
    """Tell whether the plain week makes this day a Saturday or Sunday."""
    return day.weekday() >= _SATURDAY


class Calendar(Struct, frozen=True):
    """The yearly tables in force, looked up by day. Build it with :meth:`of`."""

    tables: tuple[YearTable, ...]
    marked: dict[date, DayStatus]
    years: frozenset[int]

    @classmethod
    def of(cls, tables: Iterable[YearTable]) -> Calendar:
        """Join tables into one calendar; of two tables for one year the later in the row wins whole."""
        by_year = {table.year: table for table in tables}
        ordered = tuple(by_year[year] for year in sorted(by_year))
        marked: dict[date, DayStatus] = {}
        for table in ordered:
            marked.update(_marks(table))
        return cls(tables=ordered, marked=marked, years=frozenset(by_year))

    def status(self, day: date) -> DayStatus:
        """Return whether ``day`` (a date in Asia/Shanghai) is worked, with the reason and the notice."""
        mark = self.marked.get(day)
        if mark is not None:
            return mark
        if day.year in self.years:
            return WEEKEND if is_weekend(day) else WEEKDAY
        return PROVISIONAL_WEEKEND if is_weekend(day) else PROVISIONAL_WEEKDAY

    def is_working_day(self, day: date) -> bool:
        """Tell whether ``day`` is a working day."""
        return self.status(day).working

    def working_days_in(self, year: int) -> int:
        """Count the working days of a year."""
        first = date(year, 1, 1)
        length = (date(year + 1, 1, 1) - first).days
        return sum(self.is_working_day(first + _DAY * offset) for offset in range(length))


def _marks(table: YearTable) -> dict[date, DayStatus]:
    marks = {
        day: DayStatus(working=False, reason="holiday", notice=table.notice, festival=festival)
        for day, festival in table.off_days.items()
    }
    worked = DayStatus(working=True, reason="working_weekend", notice=table.notice)
    marks.update(dict.fromkeys(table.working_weekends, worked))
    return marks
