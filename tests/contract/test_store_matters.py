"""The matters catalogue, as every store keeps it."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace
from support.matters import ALL, AT, KITCHEN
from support.store import WholeStore

from minxin.consult.matters.records import Matter
from minxin.core.changes import Changes


async def test_all_matters_come_by_code_withdrawn_ones_too(store: WholeStore) -> None:
    await store.commit(Changes(inserts=list(ALL[::-1])))
    found = await store.matters()
    assert [one.id for one in found] == ["SC-1", "SC-2", "YL-1", "ZZ-9"]
    assert replace(found[1], version=0) == KITCHEN


async def test_changed_matters_come_oldest_change_first_from_the_instant_on(store: WholeStore) -> None:
    later = [replace(one, changed_at=AT + timedelta(minutes=minute)) for minute, one in enumerate(ALL[::-1])]
    await store.commit(Changes(inserts=list(later)))
    assert [one.id for one in await store.matters_since(AT)] == ["ZZ-9", "YL-1", "SC-2", "SC-1"]
    assert [one.id for one in await store.matters_since(AT + timedelta(minutes=2))] == ["SC-2", "SC-1"]
    first = await store.get(Matter, "ZZ-9")
    assert first is not None
    await store.commit(Changes(puts=[replace(first, changed_at=AT + timedelta(hours=1), withdrawn=False)]))
    assert [one.id for one in await store.matters_since(AT + timedelta(minutes=3))] == ["SC-1", "ZZ-9"]
