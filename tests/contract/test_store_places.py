"""Places that people taught, as every store keeps them."""

from __future__ import annotations

import pytest
from support.store import Maker, WholeStore

from minxin.consult.place_records import KnownPlace, PlaceSource
from minxin.consult.places import place_id
from minxin.core.changes import Changes
from minxin.core.errors import DuplicateError
from minxin.core.places import PlaceKind

NORTH = ("海晏区", "鼓楼街道")


def place(make: Maker, name: str, minute: int) -> KnownPlace:
    return KnownPlace(
        id=place_id(name, NORTH),
        name=name,
        kind=PlaceKind.ESTATE,
        within=NORTH,
        source=PlaceSource.CLERK,
        by="clerk",
        at=make.at(minutes=minute),
        aliases=("别名",),
    )


async def test_places_come_oldest_first_from_the_instant_on(store: WholeStore, make: Maker) -> None:
    places = [place(make, name, minute) for minute, name in enumerate(("甲小区", "乙小区", "丙小区"))]
    await store.commit(Changes(inserts=places[::-1]))

    assert [one.name for one in await store.places_since(make.at())] == ["甲小区", "乙小区", "丙小区"]
    assert [one.name for one in await store.places_since(make.at(minutes=1))] == ["乙小区", "丙小区"]
    assert await store.places_since(make.at(minutes=3)) == []
    found = await store.get(KnownPlace, places[0].id)
    assert found is not None
    assert (found.within, found.aliases, found.version) == (NORTH, ("别名",), 1)


async def test_the_same_place_is_kept_once(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(inserts=[place(make, "甲小区", 0)]))
    with pytest.raises(DuplicateError):
        await store.commit(Changes(inserts=[place(make, "甲小区", 1)]))
