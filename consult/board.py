"""The morning page's board (晨间看板): what is open now, by light, by the days ahead, and by age. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from msgspec import Struct

from minxin.consult.deadlines import Light, day_begins, light_at, local_day
from minxin.consult.open_orders import OpenCount, OpenFilter
from minxin.core.calendar import Calendar

LOOK_AHEAD: Final = 5
_DAY: Final = timedelta(days=1)
_TICK: Final = timedelta(microseconds=1)


class Tile(StrEnum):
    """The tiles that count open work orders; each opens its list."""

    OPEN = "open"  # 在办
    GREEN = "green"  # 正常
    AMBER = "amber"  # 临期
    RED = "red"  # 超期
    PAUSED = "paused"  # 停表
    AHEAD = "ahead"  # 未来五个工作日到期
    NEAR_ALARM = "near_alarm"  # 临近 80 日


class DayAhead(Struct, frozen=True):
    """How many limits end on a day, and whether it is worked."""

    day: date
    working: bool
    count: int


class Board(Struct, frozen=True):
    """How many open work orders each tile counts, and the look-ahead by day, which ends at ``ahead_until``.

    ``near_alarm`` are the days on which those were received that near the absolute alarm.
    """

    tiles: dict[Tile, int]
    ahead: tuple[DayAhead, ...]
    ahead_until: datetime
    near_alarm: tuple[date, ...]


def board_of(
    counts: Iterable[OpenCount], now: datetime, calendar: Calendar, alarm_from: Callable[[date], datetime | None]
) -> Board:
    """Return the board at ``now``; ``alarm_from`` gives, for a day of receipt, when the absolute alarm nears."""
    tiles = Counter(dict.fromkeys(Tile, 0))
    ends: Counter[date] = Counter()
    received: Counter[date] = Counter()
    last = last_day_ahead(local_day(now), calendar, LOOK_AHEAD)
    until = day_begins(last + _DAY)
    for one in counts:
        tiles[Tile.OPEN] += one.count
        tiles[Tile(light_at(one.due, one.amber_from, now).value)] += one.count
        received[one.received_on] += one.count
        if one.due is not None and now < one.due <= until:
            ends[local_day(one.due - _TICK)] += one.count
    near = [day for day in sorted(received) if _is_near(alarm_from(day), now)]
    tiles[Tile.AHEAD] = ends.total()
    tiles[Tile.NEAR_ALARM] = sum(received[day] for day in near)
    return Board(dict(tiles), _days(local_day(now), last, ends, calendar), until, tuple(near))


def filter_of(tile: Tile, board: Board, at: datetime) -> OpenFilter:
    """Return which open work orders stand behind a tile of the board as it was at ``at``."""
    match tile:
        case Tile.OPEN:
            return OpenFilter(at)
        case Tile.AHEAD:
            return OpenFilter(at, due_until=board.ahead_until)
        case Tile.NEAR_ALARM:
            return OpenFilter(at, received_on=board.near_alarm)
        case _:
            return OpenFilter(at, light=Light(tile.value))


def last_day_ahead(today: date, calendar: Calendar, working_days: int) -> date:
    """Return the last of so many working days after today."""
    day, left = today, working_days
    while left:
        day += _DAY
        left -= calendar.is_working_day(day)
    return day


def _is_near(alarm_from: datetime | None, now: datetime) -> bool:
    return alarm_from is not None and now >= alarm_from


def _days(today: date, last: date, counts: Counter[date], calendar: Calendar) -> tuple[DayAhead, ...]:
    """Return today and the days ahead; a rest day only when a limit in hours ends on it."""
    days = (today + _DAY * offset for offset in range((last - today).days + 1))
    notes = (DayAhead(day, calendar.is_working_day(day), counts[day]) for day in days)
    return tuple(note for note in notes if note.working or note.count)
