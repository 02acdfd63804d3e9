"""What the department table counts, and the lists behind it, are what the facts say, whatever became of them before."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from itertools import product
from typing import Any

import pytest
from msgspec.structs import replace
from support.store import Maker, WholeStore
from support.whole_lists import is_in, orders_due, turns_due, whole

from minxin.consult.behind import PartFilter
from minxin.consult.deadlines import local_day
from minxin.consult.facts import AssignmentFacts, OrderFacts
from minxin.consult.figures import OfficeFigures, orders_standing, turns_standing
from minxin.consult.formulas import Counted, FormulaId, formulas
from minxin.consult.openings import Part, part_filter, size_of
from minxin.consult.periods import Period
from minxin.consult.records import Assignment, Extension, OrderState, Rating, Satisfaction, WorkOrder
from minxin.consult.table import Table, table_of
from minxin.consult.traits import KEPT_ORDER_TRAITS, FigureSums, TraitSum, sums_of
from minxin.core.changes import Changes
from minxin.core.paging import PageRequest, encode_cursor

DAY = timedelta(days=1)
OFFICES = ("lamps", "parks", "water")
Counts = tuple[Counter[tuple[str | None, int]], Counter[tuple[str | None, int]], list[tuple[str, float]]]


def counted(sums: FigureSums) -> Counts:
    """Return sums as one compares them: groups in any order, and any of them in pieces."""
    hours = sorted((office or "", hours) for office, hours in sums.hours)
    return _added(sums.orders), _added(sums.turns), hours


def _added(sums: Iterable[TraitSum]) -> Counter[tuple[str | None, int]]:
    counts: Counter[tuple[str | None, int]] = Counter()
    for one in sums:
        counts[one.office_id, int(one.traits)] += one.count
    return counts


def order_fields(make: Maker, dice: random.Random) -> dict[str, Any]:
    """Return what may hold of a work order; limits lie on days before and after the local midnight."""
    answered = make.at(hours=dice.uniform(0, 60)) if dice.random() < 0.6 else None
    rating = Rating(dice.choice(list(Satisfaction)), True, True, "", make.now, "caller")
    return {
        "state": dice.choice([OrderState.IN_PROGRESS, OrderState.ANSWERED, OrderState.CLOSED, OrderState.CANCELLED]),
        "office_id": dice.choice([*OFFICES, None]),
        "answer_due": make.due(make.at(hours=dice.choice([1, 8, 13, 20, 30, 37, 50]))),
        "answered_at": answered,
        "working_hours": dice.choice([0.0, 1.5, 7.25]) if answered else None,
        "extension": dice.choice([None, Extension(5, "reason", "handler", make.now, approved=dice.random() < 0.5)]),
        "rating": dice.choice([None, rating]),
        "redo": dice.choice([None, make.redo()]),
        "sealed": dice.random() < 0.1,
    }


def turn_fields(make: Maker, dice: random.Random) -> dict[str, Any]:
    due = make.at(hours=dice.choice([1, 8, 13, 20, 30, 37, 50]))
    return {
        "office_id": dice.choice(OFFICES),
        "sign_due": make.due(due),
        "signed_at": make.at(hours=dice.uniform(0, 60)) if dice.random() < 0.4 else None,
        "returned_at": make.at(hours=dice.uniform(0, 60)) if dice.random() < 0.3 else None,
    }


async def told(store: WholeStore, make: Maker, dice: random.Random) -> None:
    """Commit some letters' orders with their turns, and then change many of them."""
    orders, turns = [], []
    for number in range(40):
        orders.append(make.order(id=f"order{number}", letter_id=f"letter{number}", **order_fields(make, dice)))
        turns += [
            make.assignment(
                id=f"turn{number}-{turn}",
                letter_id=f"letter{number}",
                order_id=f"order{number}",
                sealed=orders[-1].sealed,
                **turn_fields(make, dice),
            )
            for turn in range(dice.randint(0, 3))
        ]
    letters = [make.letter(id=f"letter{number}") for number in range(40)]
    first = [*orders, *turns] if dice.random() < 0.5 else [*turns, *orders]
    await store.commit(make.numbered(*letters) + Changes(inserts=first))
    for _ in range(3):
        puts: list[WorkOrder | Assignment] = []
        for order in dice.sample(orders, 10):
            stored = await store.get(WorkOrder, order.id)
            puts.append(replace(stored, **order_fields(make, dice)))
        for turn in dice.sample(turns, 10):
            kept = await store.get(Assignment, turn.id)
            puts.append(replace(kept, **turn_fields(make, dice)))
        dice.shuffle(puts)
        await store.commit(Changes(puts=puts))


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_sums_are_those_of_the_facts(store: WholeStore, make: Maker, seed: int) -> None:
    await told(store, make, random.Random(seed))

    for span in [(make.now, make.at(days=9)), (make.at(hours=8), make.at(hours=30))]:
        for hours in (0, 8, 13.5, 25, 100):
            for office in (None, "parks"):
                await check(store, *span, make.at(hours=hours), office)


async def check(store: WholeStore, start: datetime, end: datetime, now: datetime, office: str | None) -> None:
    orders = [one for one in await orders_due(store, start, end) if office in (None, one.office_id)]
    turns = [one for one in await turns_due(store, start, end) if office in (None, one.office_id)]

    found = await store.figure_sums(start, end, now, office)

    assert orders
    assert counted(found) == counted(sums_of(orders, turns, now))


@pytest.mark.parametrize("seed", [4, 5, 6])
async def test_every_part_of_a_figure_lists_by_the_page_what_it_counts(
    store: WholeStore, make: Maker, seed: int
) -> None:
    dice = random.Random(seed)
    await told(store, make, dice)

    first = local_day(make.now)
    for period in (Period(first, first + 9 * DAY), Period(first + DAY, first + DAY)):
        now = make.at(hours=dice.choice([0, 8, 13.5, 20, 25, 100]))
        table = table_of(period, await store.figure_sums(period.start, period.end, now), now)
        for formula, part in product(FormulaId, Part):
            row = dice.choice([table.total, *table.offices])
            of_orders = formulas()[formula].of is Counted.ORDERS
            listed = await (listed_orders if of_orders else listed_turns)(store, table, row, formula, part)
            assert listed == size_of(row.figures[formula], part)


async def listed_orders(store: WholeStore, table: Table, row: OfficeFigures, formula: FormulaId, part: Part) -> int:
    """Hold a list against all work orders of its period, and return how long it is."""
    wanted = part_filter(formula, part, table, row)
    listed = await whole(partial(store.orders_behind, wanted), size=4)
    orders = [one for one in await orders_due(store, wanted.start, wanted.end) if _is_of(row, one)]
    standings = orders_standing(formula, orders, table.as_of)
    assert listed == [order for order, standing in standings if is_in(standing, part)]
    return len(listed)


async def listed_turns(store: WholeStore, table: Table, row: OfficeFigures, formula: FormulaId, part: Part) -> int:
    """Hold a list against all turns of its period, and return how long it is."""
    wanted = part_filter(formula, part, table, row)
    listed = await whole(partial(store.turns_behind, wanted), size=4)
    turns = [one for one in await turns_due(store, wanted.start, wanted.end) if _is_of(row, one)]
    standings = turns_standing(formula, turns, table.as_of)
    assert listed == [turn for turn, standing in standings if is_in(standing, part)]
    return len(listed)


def _is_of(row: OfficeFigures, one: OrderFacts | AssignmentFacts) -> bool:
    return row.of_all or one.office_id == row.office_id


async def test_a_page_begins_where_the_one_before_ended_though_its_last_item_left(
    store: WholeStore, make: Maker
) -> None:
    orders = [make.order(id=f"order{number}", answer_due=make.due(make.at(hours=1))) for number in range(4)]
    await store.commit(Changes(inserts=orders))
    wanted = PartFilter(make.now, make.at(hours=2), make.now, KEPT_ORDER_TRAITS, KEPT_ORDER_TRAITS)
    first = await store.orders_behind(wanted, PageRequest(size=2))
    leaving = await store.get(WorkOrder, "order1")
    await store.commit(Changes(puts=[replace(leaving, answer_due=make.due(make.at(days=1)))]))

    second = await store.orders_behind(wanted, PageRequest(first.next, 2))

    assert [[fact.order_id for fact in page.items] for page in (first, second)] == [
        ["order0", "order1"],
        ["order2", "order3"],
    ]
    assert second.next is None


@pytest.mark.parametrize("place", [-(2**62), 0, 2**62])
async def test_a_cursor_of_nowhere_is_no_error(store: WholeStore, make: Maker, place: int) -> None:
    await store.commit(Changes(inserts=[make.order(id="order", answer_due=make.due(make.at(hours=1)))]))
    wanted = PartFilter(make.now, make.at(hours=2), make.now, KEPT_ORDER_TRAITS, ())

    found = await store.orders_behind(
        replace(wanted, now=make.at(hours=3)), PageRequest(encode_cursor(place, "order"), 2)
    )

    assert [fact.order_id for fact in found.items] == (["order"] if place <= 0 else [])
