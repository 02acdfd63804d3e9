"""What lists are kept by: many records in one look, and a number that tells whether anything was committed since."""

from __future__ import annotations

import pytest
from msgspec import structs
from support.store import Maker, WholeStore

from minxin.consult.records import Letter, WorkOrder
from minxin.core.changes import Changes
from minxin.core.errors import ConflictError
from minxin.mailbox.records import Account


async def test_many_records_come_at_once_and_those_that_are_not_there_are_left_out(
    store: WholeStore, make: Maker
) -> None:
    first, second = make.account(), make.account()
    await store.commit(Changes(inserts=[first, second, make.account()]))

    found = await store.get_all(Account, [first.id, "nobody", second.id, first.id])

    assert found == {one.id: structs.replace(one, version=1) for one in (first, second)}
    assert await store.get_all(Account, []) == {}


async def test_the_generation_grows_with_what_is_written_of_its_kinds(store: WholeStore, make: Maker) -> None:
    account = make.account()
    seen = [store.generation(Account)]
    await store.commit(Changes(inserts=[account]))
    seen.append(store.generation(Account))
    account = structs.replace(account, version=1)
    await store.commit(Changes(puts=[account]))
    seen.append(store.generation(Account))
    await store.commit(Changes(deletes=[structs.replace(account, version=2)]))
    seen.append(store.generation(Account, Letter))

    assert seen == sorted(set(seen))


async def test_the_generation_stays_while_only_other_kinds_are_written(store: WholeStore, make: Maker) -> None:
    before = store.generation(Letter, WorkOrder)
    await store.commit(Changes(inserts=[make.account()]))
    assert store.generation(Letter, WorkOrder) == before


async def test_the_generation_of_an_office_grows_with_the_work_orders_that_it_had_or_has(
    store: WholeStore, make: Maker
) -> None:
    def seen() -> dict[str, int]:
        return {office: store.generation(WorkOrder, office_id=office) for office in ("water", "roads", "parks")}

    letter = make.letter()
    await store.commit(make.numbered(letter))
    order = make.order(letter_id=letter.id, office_id="water")
    before = seen()
    await store.commit(Changes(inserts=[order]))
    taken = seen()
    await store.commit(Changes(puts=[structs.replace(order, version=1, office_id="roads")]))
    moved = seen()

    assert {office for office in before if taken[office] > before[office]} == {"water"}
    assert {office for office in before if moved[office] > taken[office]} == {"water", "roads"}


async def test_the_generation_counts_what_a_group_kept_when_a_neighbour_was_refused(
    store: WholeStore, make: Maker
) -> None:
    before = store.generation(Account)
    with pytest.raises(ConflictError):
        await store.commit(Changes(puts=[make.account(version=7)]))
    await store.commit(Changes(inserts=[make.account()]))
    assert store.generation(Account) > before
