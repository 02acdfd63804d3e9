"""What the judge learns from, and how right it was alone, as every store keeps it."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from support.store import Maker, WholeStore

from minxin.consult.precision_records import RoutedAlone, RoutingPrecision, Tightening
from minxin.consult.records import (
    Assignment,
    Example,
    ExampleSource,
    RoutedBy,
)
from minxin.core.changes import Changes
from minxin.core.paging import PageRequest


def example(make: Maker, name: str, minute: int) -> Example:
    return Example(
        id=name,
        text="路灯\n路灯坏了",
        office_id="lamps",
        right=True,
        source=ExampleSource.CLERK,
        letter_id="letter",
        by="clerk",
        at=make.at(minutes=minute),
    )


async def test_examples_come_as_they_were_kept_or_taken_back(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(inserts=[example(make, name, minute) for minute, name in enumerate("abc")]))
    first = await store.get(Example, "a")
    assert first is not None
    await store.commit(Changes(puts=[replace(first, taken_back_by="clerk", taken_back_at=make.at(minutes=9))]))

    start = await store.examples_since(make.at(), PageRequest(None, 2))
    rest = await store.examples_since(make.at(), PageRequest(start.next, 2))
    assert [[one.id for one in page.items] for page in (start, rest)] == [["b", "c"], ["a"]]
    assert rest.next is None
    (latest,) = (await store.examples_since(make.at(minutes=3), PageRequest())).items
    assert (latest.id, latest.taken_back_by, latest.changed_at) == ("a", "clerk", make.at(minutes=9))
    assert (await store.examples_since(make.at(minutes=10), PageRequest())).items == []


async def test_examples_of_one_moment_come_once_each_however_pages_are_cut(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(inserts=[example(make, name, 1) for name in "dbca"]))
    start = await store.examples_since(make.at(minutes=1), PageRequest(None, 3))
    rest = await store.examples_since(make.at(minutes=1), PageRequest(start.next, 3))
    assert [[one.id for one in page.items] for page in (start, rest)] == [["a", "b", "c"], ["d"]]


async def test_letters_routed_alone_are_counted_once_they_can_not_be_returned(store: WholeStore, make: Maker) -> None:
    def turn(order: str, hour: int, *, by: RoutedBy = RoutedBy.JUDGE, **fields: Any) -> Assignment:
        due = make.due(make.at(hours=hour + 24))
        return make.assignment(order_id=order, at=make.at(hours=hour), routed_by=by, return_due=due, **fields)

    back = make.at(hours=3)
    await store.commit(
        Changes(
            inserts=[
                turn("before", -1),
                turn("kept", 0),
                turn("came back", 1, office_id="lamps", returned_at=back),
                turn("came back", 4, by=RoutedBy.RULING, office_id="roads"),
                turn("was right", 1, office_id="lamps", returned_at=back),
                turn("was right", 4, by=RoutedBy.RULING, office_id="lamps"),
                turn("by hand", 1, by=RoutedBy.CLERK, returned_at=back),
                turn("sealed", 1, sealed=True),
                turn("still open", 30),
            ]
        )
    )
    assert await store.routed_alone(make.at(), make.at(hours=26)) == RoutedAlone(3, 1)
    assert await store.routed_alone(make.at(hours=40), make.at(hours=90)) == RoutedAlone(0, 0)


async def test_routing_precision_is_kept_with_its_notices(store: WholeStore, make: Maker) -> None:
    notice = Tightening(make.at(), 0.95, 0.9, 0.975, RoutedAlone(200, 20))
    said = RoutingPrecision(id="routing", wished=0.95, aimed=0.975, by="administrator", at=make.at(), notices=(notice,))
    await store.commit(Changes(inserts=[said]))
    assert await store.get(RoutingPrecision, "routing") == replace(said, version=1)
