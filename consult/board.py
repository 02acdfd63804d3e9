"""The morning page's board (晨间看板): what is open now, by light, by the days ahead, and by age. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from msgspec import Struct

from minxin.consult.deadlines import day_begins, light_at, local_day
from minxin.consult.ports import OpenOrder
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
    """The open work orders of each tile, the nearest limit first, and the look-ahead by day."""

    tiles: dict[Tile, tuple[OpenOrder, ...]]
    ahead: tuple[DayAhead, ...]


def board_of(
    orders: Sequence[OpenOrder], now: datetime, calendar: Calendar, alarm_from: Callable[[datetime], datetime | None]
) -> Board:
    """Return the board at ``now``; ``alarm_from`` gives, for an instant of receipt, when the absolute alarm nears."""
    tiles: dict[Tile, list[OpenOrder]] = {tile: [] for tile in Tile}
    last = last_day_ahead(local_day(now), calendar, LOOK_AHEAD)
    until = day_begins(last + _DAY)
    counts: dict[date, int] = {}
    for order in sorted(orders, key=_nearest):
        tiles[Tile.OPEN].append(order)
        tiles[Tile(light_at(order.due, order.amber_from, now).value)].append(order)
        if order.due is not None and now < order.due <= until:
            tiles[Tile.AHEAD].append(order)
            day = local_day(order.due - _TICK)
            counts[day] = counts.get(day, 0) + 1
        nears = alarm_from(order.received_at)
        if nears is not None and now >= nears:
            tiles[Tile.NEAR_ALARM].append(order)
    return Board({tile: tuple(found) for tile, found in tiles.items()}, _days(local_day(now), last, counts, calendar))


def _nearest(order: OpenOrder) -> tuple[bool, datetime, str]:
    return order.due is None, order.due or order.received_at, order.order_id


def last_day_ahead(today: date, calendar: Calendar, working_days: int) -> date:
    """Return the last of so many working days after today."""
    day, left = today, working_days
    while left:
        day += _DAY
        left -= calendar.is_working_day(day)
    return day


def _days(today: date, last: date, counts: dict[date, int], calendar: Calendar) -> tuple[DayAhead, ...]:
    """Return today and the days ahead; a rest day only when a limit in hours ends on it."""
    days = (today + _DAY * offset for offset in range((last - today).days + 1))
    notes = (DayAhead(day, calendar.is_working_day(day), counts.get(day, 0)) for day in days)
    return tuple(note for note in notes if note.working or note.count)
