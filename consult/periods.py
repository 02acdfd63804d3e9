"""Statistical periods (统计期): whole days in Asia/Shanghai, as half-open spans of instants."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from msgspec import Struct

from minxin.consult.deadlines import day_begins
from minxin.core.errors import InvalidInputError

_DAY: Final = timedelta(days=1)
_MONTHS_A_QUARTER: Final = 3
LONGEST: Final = timedelta(days=731)
YEARS: Final = range(2000, 2201)


class Period(Struct, frozen=True):
    """The days from ``first`` to ``last``, both of them in it."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        """Return the instant that it begins."""
        return day_begins(self.first)

    @property
    def end(self) -> datetime:
        """Return the instant after its last day."""
        return day_begins(self.last + _DAY)

    @property
    def days(self) -> list[date]:
        """Return its days in order."""
        return [self.first + _DAY * offset for offset in range((self.last - self.first).days + 1)]


def month_of(day: date) -> Period:
    """Return the calendar month of a day."""
    return _months(day.replace(day=1), 1)


def quarter_of(day: date) -> Period:
    """Return the calendar quarter of a day."""
    first_month = (day.month - 1) // _MONTHS_A_QUARTER * _MONTHS_A_QUARTER + 1
    return _months(day.replace(month=first_month, day=1), _MONTHS_A_QUARTER)


def period_between(first: date, last: date) -> Period:
    """Return the period between two typed days.

    Raises ``InvalidInputError`` ``period.order`` when they are the wrong way round, and ``period.range`` for more than
    two years or years that nobody means.
    """
    if last < first:
        raise InvalidInputError("period.order", field="to")
    if last - first >= LONGEST or first.year not in YEARS or last.year not in YEARS:
        raise InvalidInputError("period.range", field="to")
    return Period(first, last)


def month_before(period: Period) -> Period:
    """Return the calendar month before the one that the period begins in."""
    return month_of(period.first.replace(day=1) - _DAY)


def _months(first: date, count: int) -> Period:
    months = first.year * 12 + first.month - 1 + count
    return Period(first, date(months // 12, months % 12 + 1, 1) - _DAY)
