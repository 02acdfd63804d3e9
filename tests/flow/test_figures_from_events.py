"""What the pages show is what the letters' own events say."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from support.told import DISCIPLINE_OFFICE, Told
from support.web import City
from support.whole_lists import orders_due, received, turns_due

from minxin.consult.day_sums import DaySum, DaySums
from minxin.consult.deadlines import local_day
from minxin.consult.facts import AssignmentFacts, OrderFacts
from minxin.consult.open_orders import OpenFilter
from minxin.consult.periods import Period
from minxin.consult.records import OPEN_STATES, OrderState
from minxin.consult.replay import Replayed, replay
from minxin.consult.table import table_of
from minxin.consult.traits import sums_of
from minxin.core.paging import MAX_PAGE, PageRequest

START = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
ALWAYS = (datetime(2025, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))


@pytest.fixture
async def replayed(city: City) -> list[Replayed]:
    """A city with three months of letters, told again from their events."""
    told = Told(city)
    await told.offices()
    await told.tell(START, timedelta(hours=29), rounds=4)
    city.clock.move_to(datetime(2026, 3, 27, 2, 0, tzinfo=UTC))
    return [replay(letter_id, events) async for letter_id, events in city.store.letter_streams()]


def orders_of(replayed: list[Replayed], start: datetime, end: datetime) -> list[OrderFacts]:
    found = [order for letter in replayed for order in letter.orders]
    due = [order for order in found if order.answer_due is not None and start <= order.answer_due < end]
    return sorted(due, key=lambda order: (order.answer_due, order.order_id))


def turns_of(replayed: list[Replayed], start: datetime, end: datetime) -> list[AssignmentFacts]:
    found = [turn for letter in replayed for turn in letter.turns if start <= turn.sign_due < end]
    return sorted(found, key=lambda turn: (turn.sign_due, turn.assignment_id))


async def test_facts_of_every_letter_are_the_same_from_its_events(city: City, replayed: list[Replayed]) -> None:
    orders = await orders_due(city.store, *ALWAYS)
    turns = await turns_due(city.store, *ALWAYS)

    assert orders == orders_of(replayed, *ALWAYS)
    assert turns == turns_of(replayed, *ALWAYS)
    assert {order.state for order in orders} >= {
        OrderState.TO_SIGN,
        OrderState.IN_PROGRESS,
        OrderState.TO_SIGN_OFF,
        OrderState.ANSWERED,
        OrderState.CLOSED,
        OrderState.CANCELLED,
    }


async def test_figures_of_a_month_are_the_same_from_the_events(city: City, replayed: list[Replayed]) -> None:
    month = Period(START.date().replace(month=2, day=1), START.date().replace(month=2, day=28))
    span = (month.start, month.end)
    now = city.clock.now()
    shown = table_of(month, await city.store.figure_sums(*span, now), now)

    replayed_sums = sums_of(orders_of(replayed, *span), turns_of(replayed, *span), now)

    assert shown == table_of(month, replayed_sums, now)
    assert all(figure.denominator for figure in shown.total.figures.values())


async def test_what_came_ended_and_is_open_is_the_same_from_the_events(city: City, replayed: list[Replayed]) -> None:
    orders = [order for letter in replayed for order in letter.orders]
    came = Counter(local_day(letter.received_at) for letter in replayed)
    more = Counter(local_day(letter.received_at) for letter in replayed for _ in letter.orders[1:])
    ended = [order for order in orders if order.state not in OPEN_STATES]
    answered = Counter(local_day(order.answered_at) for order in ended if order.answered_at)
    cancelled = Counter(local_day(order.closed_at) for order in ended if order.closed_at and not order.answered_at)
    sums = tuple(
        DaySum(day, came[day], more[day], answered[day], cancelled[day])
        for day in sorted({*came, *more, *answered, *cancelled})
    )

    assert await received(city.store, *ALWAYS) == sorted((letter.received_at, letter.letter_id) for letter in replayed)
    first, last = (local_day(instant) for instant in ALWAYS)
    assert await city.store.days_between(first, last) == DaySums(0, sums)
    still_open = await city.store.open_orders(OpenFilter(city.clock.now()), PageRequest(size=MAX_PAGE))
    assert {order.order_id for order in still_open.page.items} == {
        order.order_id for order in orders if order.state in OPEN_STATES
    }
    assert still_open.total == (await city.store.days_between(last, last)).open_before


async def test_sealed_letters_are_in_nothing(city: City, replayed: list[Replayed]) -> None:
    orders = await orders_due(city.store, *ALWAYS)
    turns = await turns_due(city.store, *ALWAYS)

    assert DISCIPLINE_OFFICE not in {fact.office_id for fact in [*orders, *turns]}
    assert len(replayed) == 4 * (len(Told(city).tales) - 1)
    assert not any(letter.sealed for letter in replayed)


async def test_a_sealed_letters_own_events_give_no_facts(city: City) -> None:
    told = Told(city)
    await told.offices()
    order = await told.order(await told.letter(denounces=True))

    replayed = replay(order.letter_id, await city.services.letterbox.events(order.letter_id))

    assert replayed.sealed
    assert (replayed.orders, replayed.turns) == ((), ())
