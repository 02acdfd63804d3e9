"""What the department table is counted from is what the facts say, whatever became of orders and turns before."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pytest
from msgspec.structs import replace
from support.store import Maker, WholeStore

from minxin.consult.records import Assignment, Extension, OrderState, Rating, Satisfaction, WorkOrder
from minxin.consult.traits import FigureSums, OrderTrait, TraitSum, TurnTrait, order_traits, sums_of, turn_traits
from minxin.core.changes import Changes

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
    orders = await store.orders_due_between(start, end, office)
    turns = await store.assignments_due_between(start, end, office)

    found = await store.figure_sums(start, end, now, office)

    assert orders
    few = set(sorted({one.traits & ~OrderTrait.NOT_DUE for one in found.orders})[:3])
    some = await store.orders_due_between(start, end, office, few)
    assert some == [order for order in orders if order_traits(order, now) & ~OrderTrait.NOT_DUE in few]
    signed = {int(TurnTrait.SIGNED), int(TurnTrait.SIGNED | TurnTrait.SIGNED_IN_TIME)}
    kept = ~(TurnTrait.NOT_DUE | TurnTrait.CANCELLED)
    of_signed = await store.assignments_due_between(start, end, office, signed)
    assert of_signed == [turn for turn in turns if turn_traits(turn, now) & kept in signed]
    assert counted(found) == counted(sums_of(orders, turns, now))
