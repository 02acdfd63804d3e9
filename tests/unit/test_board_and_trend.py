"""The board, the trend, the periods, and how long a computed figure stays fresh."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import cast

import pytest
from support.facts import DUE, HOUR, NOON, F, answered

from minxin.consult.board import Tile, board_of, filter_of
from minxin.consult.day_sums import DaySum, DaySums
from minxin.consult.deadlines import Light, day_begins
from minxin.consult.limits import Limits
from minxin.consult.open_orders import OpenCount, OpenFilter
from minxin.consult.periods import Period, month_before, month_of, period_between, quarter_of
from minxin.consult.ports import LetterStore
from minxin.consult.rulepack import builtin_pack
from minxin.consult.statistics import Statistics
from minxin.consult.traits import FigureSums, sums_of
from minxin.consult.trend import TrendDay, trend_of
from minxin.core.actor import Actor, Role
from minxin.core.calendar_tables import load_calendar
from minxin.core.clock import FixedClock
from minxin.core.errors import InvalidInputError, NotFoundError, UnavailableError


def counted(count: int, due: datetime | None, amber_from: datetime | None, days_old: int = 0) -> OpenCount:
    return OpenCount(NOON.date() - timedelta(days=days_old), due, amber_from, count)


def nears_after_64_days(received_on: date) -> datetime:
    return day_begins(received_on + timedelta(days=64))


def test_the_board_counts_by_light_and_age() -> None:
    counts = [
        counted(1, NOON, NOON - HOUR, days_old=70),
        counted(20, NOON + HOUR, NOON),
        counted(300, NOON + 2 * HOUR, NOON + HOUR),
        counted(4000, None, None),
    ]

    board = board_of(counts, NOON, load_calendar(), nears_after_64_days)

    assert board.tiles == {
        Tile.OPEN: 4321,
        Tile.GREEN: 300,
        Tile.AMBER: 20,
        Tile.RED: 1,
        Tile.PAUSED: 4000,
        Tile.AHEAD: 320,
        Tile.NEAR_ALARM: 1,
    }


def test_a_tile_opens_what_it_counts() -> None:
    counts = [counted(1, DUE, DUE, days_old=70), counted(1, DUE, DUE)]

    board = board_of(counts, NOON, load_calendar(), nears_after_64_days)

    assert {tile: filter_of(tile, board, NOON) for tile in Tile} == {
        Tile.OPEN: OpenFilter(NOON),
        Tile.GREEN: OpenFilter(NOON, light=Light.GREEN),
        Tile.AMBER: OpenFilter(NOON, light=Light.AMBER),
        Tile.RED: OpenFilter(NOON, light=Light.RED),
        Tile.PAUSED: OpenFilter(NOON, light=Light.PAUSED),
        Tile.AHEAD: OpenFilter(NOON, due_until=day_begins(date(2026, 3, 18))),
        Tile.NEAR_ALARM: OpenFilter(NOON, received_on=(date(2025, 12, 30),)),
    }


def test_the_look_ahead_holds_today_and_five_working_days_and_rest_days_only_with_limits() -> None:
    ends_on_friday = datetime(2026, 3, 13, 16, 0, tzinfo=UTC)  # 24:00 of Friday the 13th in Shanghai
    urgent_on_saturday = datetime(2026, 3, 14, 4, 0, tzinfo=UTC)
    too_late = datetime(2026, 3, 17, 16, 0, 1, tzinfo=UTC)
    counts = [counted(1, due, due) for due in (ends_on_friday, urgent_on_saturday, too_late)]

    board = board_of(counts, NOON, load_calendar(), lambda _: None)

    assert [(day.day.day, day.working, day.count) for day in board.ahead] == [
        (10, True, 0),
        (11, True, 0),
        (12, True, 0),
        (13, True, 1),
        (14, False, 1),
        (16, True, 0),
        (17, True, 0),
    ]


def test_the_trend_has_every_day_and_stops_today() -> None:
    sums = DaySums(7, (DaySum(date(2026, 3, 10), received=1, answered=1, cancelled=1), DaySum(date(2026, 3, 11), 5)))

    days = trend_of(Period(date(2026, 3, 9), date(2026, 3, 31)), date(2026, 3, 10), sums)

    assert days == (TrendDay(date(2026, 3, 9), 0, 0, 0, 7), TrendDay(date(2026, 3, 10), 1, 1, 1, 6))


def test_a_letter_that_was_split_up_is_as_many_open_work_orders_and_came_once() -> None:
    today = date(2026, 3, 10)

    (day,) = trend_of(Period(today, today), today, DaySums(0, (DaySum(today, received=1, split_off=2, answered=1),)))

    assert (day.received, day.answered, day.open) == (1, 1, 2)


def test_months_and_quarters_are_whole() -> None:
    december = month_of(date(2026, 12, 15))

    assert december == Period(date(2026, 12, 1), date(2026, 12, 31))
    assert month_before(month_of(date(2026, 1, 31))) == Period(date(2025, 12, 1), date(2025, 12, 31))
    assert quarter_of(date(2026, 2, 28)) == Period(date(2026, 1, 1), date(2026, 3, 31))
    assert december.start == datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
    assert len(december.days) == 31


@pytest.mark.parametrize(
    ("first", "last", "reason"),
    [
        (date(2026, 3, 2), date(2026, 3, 1), "period.order"),
        (date(2024, 1, 1), date(2026, 1, 1), "period.range"),
        (date(1999, 12, 31), date(2000, 1, 1), "period.range"),
        (date(2200, 12, 31), date(9999, 12, 31), "period.range"),
    ],
)
def test_periods_that_nobody_means_are_refused(first: date, last: date, reason: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        period_between(first, last)
    assert caught.value.reason == reason


class SlowStore:
    """A store whose facts take as long as the test wants."""

    def __init__(self) -> None:
        self.reads = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.broken = False

    async def figure_sums(self, *_: object) -> FigureSums:
        self.reads += 1
        await self.gate.wait()
        if self.broken:
            raise UnavailableError
        return sums_of([answered(f"{self.reads}")], [], NOON)


MANAGER = Actor("boss", frozenset({Role.MANAGER}))
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


def service_over(store: SlowStore, clock: FixedClock) -> Statistics:
    limits = Limits(builtin_pack("default"), load_calendar())
    return Statistics(cast(LetterStore, store), clock, limits, fresh=timedelta(minutes=1))


async def test_figures_are_computed_once_for_all_who_ask_at_the_same_time() -> None:
    store = SlowStore()
    service = service_over(store, FixedClock(NOON))

    first, second = await asyncio.gather(service.table(MANAGER, MARCH), service.table(MANAGER, MARCH))

    assert first is second
    assert store.reads == 1


async def test_old_figures_are_given_to_all_who_ask_while_the_next_are_computed() -> None:
    store, clock = SlowStore(), FixedClock(NOON)
    service = service_over(store, clock)
    first = await service.table(MANAGER, MARCH)
    clock.advance(timedelta(minutes=2))
    store.gate.clear()

    given = []
    for _ in range(3):
        given.append(await service.table(MANAGER, MARCH))
        await asyncio.sleep(0)
    assert [one is first for one in given] == [True] * 3
    assert store.reads == 2
    store.gate.set()
    clock.advance(timedelta(hours=1))
    fresh = await service.table(MANAGER, MARCH)

    assert fresh.as_of == clock.now()


async def test_a_failure_is_told_and_not_kept() -> None:
    store = SlowStore()
    service = service_over(store, FixedClock(NOON))
    store.broken = True
    with pytest.raises(UnavailableError):
        await service.table(MANAGER, MARCH)

    store.broken = False

    assert (await service.table(MANAGER, MARCH)).total.figures[F.CLOSING].value == 1.0


@pytest.mark.parametrize("role", [Role.HANDLER, Role.CITIZEN, Role.CALLER, Role.ADMINISTRATOR, Role.AUDITOR])
async def test_the_citys_figures_are_not_there_for_others(role: Role) -> None:
    service = service_over(SlowStore(), FixedClock(NOON))
    with pytest.raises(NotFoundError):
        await service.table(Actor("someone", frozenset({role}), "lamps"), MARCH)


async def test_an_office_without_a_name_has_no_figures() -> None:
    service = service_over(SlowStore(), FixedClock(NOON))
    with pytest.raises(NotFoundError):
        await service.own_table(Actor("someone", frozenset({Role.SIGNER}), None), MARCH)
