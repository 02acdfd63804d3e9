"""Working hours between two instants, for the average time of handling (平均办理时长)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from msgspec import Struct

from minxin.consult.deadlines import Pause, Span, local_day, merge
from minxin.core.calendar import Calendar
from minxin.core.clock import SHANGHAI

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


class OfficeSpan(Struct, frozen=True, forbid_unknown_fields=True):
    """One stretch of a working day, in Asia/Shanghai; a day is a row of them that do not overlap."""

    opens: time
    closes: time


def working_hours(
    start: datetime,
    end: datetime,
    calendar: Calendar,
    pauses: Iterable[Pause],
    office_hours: Sequence[OfficeSpan],
) -> float:
    """Return the hours of office time from ``start`` to ``end``, pauses out; 0 when ``end`` is not after ``start``.

    A naive datetime is a ValueError.
    """
    if start.tzinfo is None or end.tzinfo is None:
        raise ValueError("working hours need aware datetimes")
    total = timedelta()
    for since, until in _running(start.astimezone(UTC), end.astimezone(UTC), merge(pauses)):
        total += _office_time(since, until, calendar, office_hours)
    return total / _HOUR


def next_opening(
    now: datetime, calendar: Calendar, office_hours: Sequence[OfficeSpan], *, within_days: int = 30
) -> datetime | None:
    """Return ``now`` when the offices are open, else the instant at which they open next.

    None when they don't within so many days, as in a calendar that ends.
    """
    day = local_day(now)
    for _ in range(within_days):
        if calendar.is_working_day(day):
            for span in sorted(office_hours, key=lambda one: one.opens):
                opens, closes = _at(day, span.opens), _at(day, span.closes)
                if now < closes:
                    return max(now, opens)
        day += _DAY
    return None


def _running(start: datetime, end: datetime, pauses: Sequence[Span]) -> list[tuple[datetime, datetime]]:
    """Cut the pauses out of ``[start, end)``."""
    pieces: list[tuple[datetime, datetime]] = []
    for since, until in pauses:
        if since > start:
            pieces.append((start, min(since, end)))
        start = end if until is None else max(start, until)
    pieces.append((start, end))
    return [(since, until) for since, until in pieces if since < until]


def _office_time(since: datetime, until: datetime, calendar: Calendar, office_hours: Sequence[OfficeSpan]) -> timedelta:
    total = timedelta()
    day, last = local_day(since), local_day(until)
    while day <= last:
        if calendar.is_working_day(day):
            for span in office_hours:
                opens, closes = _at(day, span.opens), _at(day, span.closes)
                total += max(timedelta(), min(closes, until) - max(opens, since))
        day += _DAY
    return total


def _at(day: date, clock_time: time) -> datetime:
    return datetime.combine(day, clock_time, SHANGHAI).astimezone(UTC)
