"""When letters come to a simulated city (来信节律): the week, the working calendar, the hours, and its bursts.

A plan says how many letters each day has; it follows from its seed alone, so that a run that was killed goes on with
the same days.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import accumulate
from typing import Final

from msgspec import Struct

from minxin.consult.deadlines import day_begins, local_day
from minxin.core.calendar import Calendar
from minxin.core.clock import SHANGHAI

REST_SHARE: Final = 0.42  # a day off has so many letters of a working day's
MONDAY_SHARE: Final = 1.25
HEATING: Final = ((11, 15), (3, 15))  # 供暖季, with a peak in its first fortnight
FLOODS_A_YEAR: Final = 3
HOT_ISSUES_A_YEAR: Final = 6
HOURS: Final = (4, 2, 2, 1, 1, 3, 8, 22, 60, 95, 92, 70, 42, 40, 70, 82, 78, 66, 48, 44, 50, 44, 26, 12)


class Theme(StrEnum):
    """What a burst is about."""

    HEATING = "heating"  # 供暖
    FLOOD = "flood"  # 内涝
    HOT = "hot"  # 热点事项


class Burst(Struct, frozen=True):
    """Days on which one matter brings more letters: ``more`` times what a usual day has. ``topic`` tells hot issues
    apart."""

    theme: Theme
    first: date
    days: int
    more: float
    topic: int = 0


class Day(Struct, frozen=True):
    """A day of the plan: its letters are those from ``first`` on, ``bursts`` what some of them are about."""

    day: date
    first: int
    count: int
    bursts: tuple[tuple[Burst, float], ...]


class LetterRhythm:
    """How ``letters`` are spread over the days before ``now``; the same arguments give the same plan."""

    def __init__(self, letters: int, years: int, now: datetime, calendar: Calendar, seed: int) -> None:
        self._seed = seed
        self._now = now
        last = local_day(now) - timedelta(days=1)
        self._days = [last - timedelta(days=back) for back in range(365 * years - 1, -1, -1)]
        bursts = _bursts(self._days, random.Random(f"{seed}:bursts"))  # noqa: S311 - a told story, no secret
        self._bursts = [_on(day, bursts) for day in self._days]
        usual = [_usual(day, calendar) for day in self._days]
        weights = [weight * (1 + sum(share for _, share in on)) for weight, on in zip(usual, self._bursts, strict=True)]
        total = sum(weights)
        self._ends = [round(letters * done / total) for done in accumulate(weights)]
        self._year_starts: dict[int, int] = {}
        for day, end in zip(self._days, [0, *self._ends], strict=False):
            self._year_starts.setdefault(day.year, end)

    def days(self, after: int = 0) -> Iterator[Day]:
        """Yield the days from the one that has letter number ``after`` (the first is 0)."""
        for place in range(bisect_right(self._ends, after), len(self._days)):
            first = self._ends[place - 1] if place else 0
            yield Day(self._days[place], first, self._ends[place] - first, self._bursts[place])

    def arrivals(self, day: Day) -> list[datetime]:
        """Return the instants of the day's letters in order, in UTC: few by night, most before noon."""
        dice = random.Random(f"{self._seed}:{day.day}")  # noqa: S311 - a told story, no secret
        hours = dice.choices(range(24), HOURS, k=day.count)
        midnight = datetime.combine(day.day, time(), SHANGHAI).astimezone(self._now.tzinfo)
        return sorted(midnight + timedelta(hours=hour, seconds=dice.randrange(3600)) for hour in hours)

    def number(self, index: int) -> str:
        """Return the number that an empty store gives to letter number ``index``."""
        day = self._days[bisect_right(self._ends, index)]
        return f"{day.year}-{index - self._year_starts[day.year] + 1:06d}"

    @property
    def begins(self) -> datetime:
        """Return the midnight that the first day begins with."""
        return day_begins(self._days[0])


def _usual(day: date, calendar: Calendar) -> float:
    if not calendar.is_working_day(day):
        return REST_SHARE
    return MONDAY_SHARE if day.weekday() == 0 else 1.0


def _bursts(days: list[date], dice: random.Random) -> list[Burst]:
    bursts = []
    for year in range(days[0].year - 1, days[-1].year + 1):
        begins, ends = date(year, *HEATING[0]), date(year + 1, *HEATING[1])
        bursts += [
            Burst(Theme.HEATING, begins, (ends - begins).days, 0.12),
            Burst(Theme.HEATING, begins, 14, dice.uniform(0.8, 1.6)),
        ]
        for _ in range(FLOODS_A_YEAR):
            rained = date(year, 6, 10) + timedelta(days=dice.randrange(90))
            bursts.append(Burst(Theme.FLOOD, rained, dice.randint(2, 5), dice.uniform(0.6, 2.5)))
        for _ in range(HOT_ISSUES_A_YEAR):
            broke = date(year, 1, 1) + timedelta(days=dice.randrange(365))
            more = dice.uniform(0.3, 1.2)
            bursts.append(Burst(Theme.HOT, broke, dice.randint(5, 20), more, dice.randrange(1_000_000)))
    return bursts


def _on(day: date, bursts: list[Burst]) -> tuple[tuple[Burst, float], ...]:
    """Return the bursts of the day with their shares: each is strongest at its beginning."""
    found = []
    for burst in bursts:
        gone = (day - burst.first).days
        if 0 <= gone < burst.days:
            found.append((burst, burst.more * (1 - 0.7 * gone / burst.days)))
    return tuple(found)
