"""The board, the trend, the periods, and how long a computed figure stays fresh."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import cast

import pytest
from support.facts import DUE, HOUR, NOON, F, S, answered

from minxin.consult.board import Tile, board_of
from minxin.consult.limits import Limits
from minxin.consult.openings import open_items
from minxin.consult.periods import Period, month_before, month_of, period_between, quarter_of
from minxin.consult.ports import EndedOrder, LetterStore, OpenOrder
from minxin.consult.rulepack import builtin_pack
from minxin.consult.statistics import Statistics
from minxin.consult.traits import FigureSums, sums_of
from minxin.consult.trend import TrendDay, trend_of
from minxin.core.actor import Actor, Role
from minxin.core.calendar_tables import load_calendar
from minxin.core.clock import FixedClock
from minxin.core.errors import InvalidInputError, NotFoundError, UnavailableError


def open_order(order_id: str, due: datetime | None, amber_from: datetime | None, days_old: int = 0) -> OpenOrder:
    return OpenOrder(order_id, "letter", "lamps", S.IN_PROGRESS, NOON - timedelta(days=days_old), due, amber_from)


def test_the_board_sorts_by_light_and_age() -> None:
    orders = [
        open_order("red", NOON, NOON - HOUR, days_old=70),
        open_order("amber", NOON + HOUR, NOON),
        open_order("green", NOON + 2 * HOUR, NOON + HOUR),
        open_order("paused", None, None),
    ]

    board = board_of(orders, NOON, load_calendar(), lambda received: received + timedelta(days=64))

    ids = {tile: [one.order_id for one in found] for tile, found in board.tiles.items()}
    assert ids == {
        Tile.OPEN: ["red", "amber", "green", "paused"],
        Tile.GREEN: ["green"],
        Tile.AMBER: ["amber"],
        Tile.RED: ["red"],
        Tile.PAUSED: ["paused"],
        Tile.AHEAD: ["amber", "green"],
        Tile.NEAR_ALARM: ["red"],
    }


def test_the_look_ahead_holds_today_and_five_working_days_and_rest_days_only_with_limits() -> None:
    ends_on_friday = datetime(2026, 3, 13, 16, 0, tzinfo=UTC)  # 24:00 of Friday the 13th in Shanghai
    urgent_on_saturday = datetime(2026, 3, 14, 4, 0, tzinfo=UTC)
    too_late = datetime(2026, 3, 17, 16, 0, 1, tzinfo=UTC)
    orders = [open_order(due.isoformat(), due, due) for due in (ends_on_friday, urgent_on_saturday, too_late)]

    board = board_of(orders, NOON, load_calendar(), lambda _: None)

    assert [(day.day.day, day.working, day.count) for day in board.ahead] == [
        (10, True, 0),
        (11, True, 0),
        (12, True, 0),
        (13, True, 1),
        (14, False, 1),
        (16, True, 0),
        (17, True, 0),
    ]


def test_open_items_whose_clock_stands_still_come_last() -> None:
    items = open_items([open_order("still", None, None), open_order("b", DUE, NOON), open_order("a", NOON, NOON)])

    assert [item.item_id for item in items] == ["a", "b", "still"]


def test_the_trend_goes_by_days_in_shanghai_and_stops_today() -> None:
    late_evening = datetime(2026, 3, 9, 16, 30, tzinfo=UTC)  # 00:30 on the 10th in Shanghai
    ended = [EndedOrder(NOON, "a", answered=True), EndedOrder(NOON, "b", answered=False)]

    days = trend_of(Period(date(2026, 3, 9), date(2026, 3, 31)), date(2026, 3, 10), 7, [late_evening], [], ended)

    assert days == (TrendDay(date(2026, 3, 9), 0, 0, 0, 7), TrendDay(date(2026, 3, 10), 1, 1, 1, 6))


def test_a_letter_that_was_split_up_is_as_many_open_work_orders_and_came_once() -> None:
    ended = [EndedOrder(NOON, "a", answered=True)]

    (day,) = trend_of(Period(date(2026, 3, 10), date(2026, 3, 10)), date(2026, 3, 10), 0, [NOON], [(NOON, 2)], ended)

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
