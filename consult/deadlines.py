"""Deadlines (办理时限): pure ``(start, limit, calendar, pauses) -> Due``.

How a limit is counted:

- The day of the event is day 0 and a limit of days ends at 24:00 of its last day in Asia/Shanghai
  (民法典 art. 201 to 203). ``Due.instant`` is that end as an exclusive instant, 00:00 of the next day, in UTC.
- A working-day limit counts working days. A calendar-day limit counts every day, and when the last one is a rest day
  it ends on the next working day (民法典 art. 203). An hour limit counts clock hours, rest days and nights included.
- A pause (补充材料, the clock stands still) is ``[since, until)``. For an hour limit exactly its length is taken out.
  For a limit of days, a pause that goes over midnight takes out every day that it touches, also in part; one that
  begins and ends on the same day moves nothing. So a limit never lapses inside a pause, and a question that is
  answered within the hour gains nobody a day.
- While a pause is open the clock has no end: ``Due.instant`` is None.
- An extension (延期) goes on counting where the limit stopped; a calendar-day extension of a calendar-day limit goes on
  from the day before rolling (60 + 30 is 90 days, rolled once).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from msgspec import Struct, structs

from minxin.core.calendar import Calendar, DayStatus
from minxin.core.clock import SHANGHAI
from minxin.core.errors import IllegalMoveError, InvalidInputError

_DAY: Final = timedelta(days=1)
_TICK: Final = timedelta(microseconds=1)
_YEARS: Final = range(1900, 2201)
_LIMIT: Final = re.compile(r"([0-9]{1,6})(wd|d|h)")


class Unit(StrEnum):
    """What a limit counts."""

    WORKING_DAYS = "wd"  # 工作日
    CALENDAR_DAYS = "d"  # 日
    CLOCK_HOURS = "h"  # 小时


MOST: Final = {Unit.WORKING_DAYS: 3_660, Unit.CALENDAR_DAYS: 3_660, Unit.CLOCK_HOURS: 87_840}


class Limit(Struct, frozen=True):
    """So many units of time; written ``5wd``, ``15d`` or ``2h``. At least one and at most some ten years."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if not 1 <= self.amount <= MOST[self.unit]:
            raise ValueError(f"a limit of {self.amount} {self.unit} is not between 1 and {MOST[self.unit]}")

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"


def parse_limit(text: str) -> Limit:
    """Read ``5wd``, ``15d`` or ``2h``; raises InvalidInputError ``deadline.limit.format`` or ``.range``."""
    match = _LIMIT.fullmatch(text.strip().lower())
    if match is None:
        raise InvalidInputError("deadline.limit.format", value=text)
    try:
        return Limit(int(match[1]), Unit(match[2]))
    except ValueError as error:
        raise InvalidInputError("deadline.limit.range", value=text) from error


class Pause(Struct, frozen=True):
    """The clock stood still from ``since`` up to, not including, ``until``; None means that it still does."""

    since: datetime
    until: datetime | None = None
    reason: str = ""


class DayNote(Struct, frozen=True, array_like=True):
    """One day of an explanation: was it counted, and why.

    ``reason`` is a key of :class:`~minxin.core.calendar.DayStatus`, or ``paused``, or ``rolled_to`` for the working
    day on which a calendar-day limit ends when its own last day is a rest day.
    """

    day: date
    counted: bool
    reason: str
    notice: str | None = None
    festival: str | None = None
    provisional: bool = False


class Due(Struct, frozen=True, omit_defaults=True):
    """When a limit ends and why then; a letter stores it.

    ``instant`` is exclusive: in time is before it. It is None, with ``last_day``, ``raw_last_day`` and ``amber_from``,
    while the clock stands still since ``paused_since``. ``raw_last_day`` is the last day before rolling.
    ``amber_from`` is when 80 % of the limit is used: for days the beginning of the counted day within which that
    happens, so that a light never changes in the course of a day. ``provisional`` says that the count touches a year
    without a table. Hour limits have no explanation.
    """

    start: datetime
    limit: Limit
    instant: datetime | None
    last_day: date | None
    raw_last_day: date | None
    amber_from: datetime | None
    provisional: bool = False
    explanation: tuple[DayNote, ...] = ()
    extension: Limit | None = None
    paused_since: datetime | None = None
    rule_id: str = ""
    rule_version: str = ""

    @property
    def rolled(self) -> bool:
        """Whether the last day was moved off a rest day: then staff are shown both dates."""
        return self.last_day != self.raw_last_day

    @property
    def counted_days(self) -> int:
        """How many days of the limit the explanation counts; while paused, how many were used."""
        return sum(note.counted for note in self.explanation)


def due(
    start: datetime,
    limit: Limit,
    calendar: Calendar,
    pauses: Iterable[Pause] = (),
    *,
    extension: Limit | None = None,
) -> Due:
    """Return when ``limit`` ends that began with the event at ``start``; the module's text says how it counts.

    Raises InvalidInputError ``deadline.start.range`` for a start outside the years 1900 to 2200, and
    ``deadline.extension.unit`` when only one of limit and extension is in hours. A naive datetime is a ValueError.
    """
    if _local(start).year not in _YEARS:
        raise InvalidInputError("deadline.start.range", value=start.isoformat())
    if extension is not None and (limit.unit is Unit.CLOCK_HOURS) != (extension.unit is Unit.CLOCK_HOURS):
        raise InvalidInputError("deadline.extension.unit", limit=str(limit), extension=str(extension))
    merged = merge(pauses)
    if limit.unit is Unit.CLOCK_HOURS:
        return _due_in_hours(start, limit, merged, extension)
    return _due_in_days(start, limit, calendar, merged, extension)


def redate(old: Due, calendar: Calendar, pauses: Iterable[Pause]) -> Due:
    """Count an old limit again with today's calendar and pauses: a table arrived, or a pause began or ended."""
    new = due(old.start, old.limit, calendar, pauses, extension=old.extension)
    return structs.replace(new, rule_id=old.rule_id, rule_version=old.rule_version)


def extend(
    old: Due,
    extra: Limit,
    calendar: Calendar,
    pauses: Iterable[Pause] = (),
    *,
    asked_at: datetime,
    most: Limit | None = None,
) -> Due:
    """Grant the one extension (延期) of a limit, asked for before it lapsed.

    Raises IllegalMoveError ``deadline.extension.once`` or ``deadline.extension.lapsed``, and InvalidInputError
    ``deadline.extension.most`` when ``extra`` is more than the rule's ``most`` or has another unit.
    """
    if old.extension is not None:
        raise IllegalMoveError("deadline.extension.once")
    if not in_time(old, asked_at):
        raise IllegalMoveError("deadline.extension.lapsed")
    if most is not None and (extra.unit is not most.unit or extra.amount > most.amount):
        raise InvalidInputError("deadline.extension.most", most=str(most))
    return redate(structs.replace(old, extension=extra), calendar, pauses)


def in_time(deadline: Due, at: datetime) -> bool:
    """Tell whether something done at ``at`` is within the limit; a clock that stands still never lapses."""
    return deadline.instant is None or at < deadline.instant


class Light(StrEnum):
    """How much of a limit is used: up to 80 %, up to all of it, more; or the clock stands still."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    PAUSED = "paused"


def light(deadline: Due, now: datetime, pauses: Iterable[Pause] = ()) -> Light:
    """Return the light of an open step at ``now``; overdue is computed so, never stored.

    ``pauses`` are only needed to look back at an instant inside a pause that has ended since.
    """
    if deadline.instant is None or deadline.amber_from is None:
        return Light.PAUSED
    if now < deadline.instant and any(
        since <= now and (until is None or now < until) for since, until in merge(pauses)
    ):
        return Light.PAUSED
    return light_at(deadline.instant, deadline.amber_from, now)


def light_at(instant: datetime | None, amber_from: datetime | None, now: datetime) -> Light:
    """Return the light of a limit of which only the two instants are at hand."""
    if instant is None or amber_from is None:
        return Light.PAUSED
    if now >= instant:
        return Light.RED
    return Light.AMBER if now >= amber_from else Light.GREEN


Span = tuple[datetime, datetime | None]


def merge(pauses: Iterable[Pause]) -> tuple[Span, ...]:
    """Return the pauses in order, overlapping and touching ones joined, empty ones left out."""
    spans: list[Span] = []
    for pause in sorted(pauses, key=lambda pause: pause.since):
        if pause.until is not None and pause.until <= pause.since:
            continue
        if spans:
            since, until = spans[-1]
            if until is None:
                break
            if pause.since <= until:
                spans[-1] = (since, None if pause.until is None else max(until, pause.until))
                continue
        spans.append((pause.since, pause.until))
    return tuple(spans)


def local_day(instant: datetime) -> date:
    """Return the date that an instant has in Asia/Shanghai."""
    return _local(instant).date()


def day_begins(day: date) -> datetime:
    """Return 00:00 of a date in Asia/Shanghai, in UTC."""
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


def _local(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("a deadline needs an aware datetime")
    return instant.astimezone(SHANGHAI)


def _due_in_hours(start: datetime, limit: Limit, pauses: Sequence[Span], extension: Limit | None) -> Due:
    whole = timedelta(hours=limit.amount + (0 if extension is None else extension.amount))
    begin = start.astimezone(UTC)
    end, paused_since = _run(begin, whole, pauses)
    amber, _ = _run(begin, whole * 4 / 5, pauses)
    last = None if end is None else local_day(end)
    return Due(
        start=begin,
        limit=limit,
        instant=end,
        last_day=last,
        raw_last_day=last,
        amber_from=None if end is None else amber,
        extension=extension,
        paused_since=paused_since,
    )


def _run(start: datetime, length: timedelta, pauses: Sequence[Span]) -> tuple[datetime | None, datetime | None]:
    """Return where a clock that stands still during ``pauses`` reaches ``length``, or since when it stands."""
    end = start + length
    for since, until in pauses:
        if since >= end:
            break
        if until is None:
            return None, max(since, start).astimezone(UTC)
        if until > start:
            end += until - max(since, start)
    return end, None


class _StillStandingError(Exception):
    """The count reached a pause that is still open."""


class _Count:
    """Counts days forward from the day of the event and keeps a note of each."""

    def __init__(self, day_zero: date, calendar: Calendar, pauses: Sequence[Span]) -> None:
        self.day = day_zero
        self.notes: list[DayNote] = []
        self._calendar = calendar
        self._open_from = next((local_day(since) for since, until in pauses if until is None), None)
        closed = ((local_day(since), local_day(until - _TICK)) for since, until in pauses if until is not None)
        self._still = [(first, last) for first, last in closed if first != last]

    def count(self, limit: Limit) -> None:
        """Go on to the day that is ``limit`` further."""
        left = limit.amount
        while left:
            status, still = self._step()
            counted = not still and (status.working or limit.unit is Unit.CALENDAR_DAYS)
            left -= counted
            self._note(status, counted, "paused" if still else status.reason)

    def roll(self) -> None:
        """Go on to the next working day when the count stands on a rest day."""
        resting = not self._calendar.is_working_day(self.day)
        while resting:
            status, still = self._step()
            resting = still or not status.working
            self._note(status, False, "paused" if still else status.reason if resting else "rolled_to")

    def _step(self) -> tuple[DayStatus, bool]:
        self.day += _DAY
        if self._open_from is not None and self.day >= self._open_from:
            raise _StillStandingError
        return self._calendar.status(self.day), any(first <= self.day <= last for first, last in self._still)

    def _note(self, status: DayStatus, counted: bool, reason: str) -> None:
        self.notes.append(DayNote(self.day, counted, reason, status.notice, status.festival, status.provisional))


def _due_in_days(
    start: datetime, limit: Limit, calendar: Calendar, pauses: Sequence[Span], extension: Limit | None
) -> Due:
    count = _Count(local_day(start), calendar, pauses)
    raw: date | None = None
    paused_since: datetime | None = None
    try:
        count.count(limit)
        if extension is not None:
            if extension.unit is Unit.WORKING_DAYS:
                count.roll()
            count.count(extension)
        raw = count.day
        count.roll()
    except _StillStandingError:
        raw = None
        paused_since = max(pauses[-1][0], start).astimezone(UTC)
    return Due(
        start=start.astimezone(UTC),
        limit=limit,
        instant=None if raw is None else day_begins(count.day + _DAY),
        last_day=None if raw is None else count.day,
        raw_last_day=raw,
        amber_from=None if raw is None else _amber_from(count.notes),
        provisional=any(note.provisional for note in count.notes),
        explanation=tuple(count.notes),
        extension=extension,
        paused_since=paused_since,
    )


def _amber_from(notes: Sequence[DayNote]) -> datetime:
    counted = [note.day for note in notes if note.counted]
    return day_begins(counted[len(counted) * 4 // 5])
