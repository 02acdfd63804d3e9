"""What processes share beside records: who has a lease, how often, when last heard of, and what others committed."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from support.store import NOON, Maker, WholeStore

from minxin.core.changes import Changes, Job
from minxin.core.store import Queue

HOLD = timedelta(seconds=30)
MINUTE = timedelta(minutes=1)


async def _take(store: WholeStore, holder: str, after: timedelta = timedelta()) -> timedelta | None:
    """Return in how long the lease can be had, None when the holder has it."""
    now = NOON + after
    free_at = await store.take_lease("checkpoint", holder, now, now + HOLD, now + MINUTE)
    return None if free_at is None else free_at - NOON


async def test_a_lease_is_had_by_one_and_kept_by_him_alone(store: WholeStore) -> None:
    assert await _take(store, "first") is None
    assert await _take(store, "second") == HOLD
    assert await _take(store, "first", HOLD / 2) is None
    assert await _take(store, "second", HOLD) == HOLD * 1.5


async def test_a_lease_of_one_who_does_not_come_back_is_free_at_its_end(store: WholeStore) -> None:
    await _take(store, "killed")
    assert await _take(store, "next", HOLD) is None


async def test_a_lease_that_was_given_up_is_nobodys_until_it_is_due_again(store: WholeStore) -> None:
    await _take(store, "first")
    await store.end_lease("checkpoint", "second", NOON)
    assert await _take(store, "second") == HOLD
    await store.end_lease("checkpoint", "first", NOON + MINUTE)
    assert await _take(store, "first") == MINUTE
    assert await _take(store, "second", MINUTE) is None


async def test_a_lease_of_a_clock_that_was_set_back_holds_nobody_up(store: WholeStore) -> None:
    await _take(store, "first", timedelta(days=1))
    assert await _take(store, "second") is None


async def test_of_many_who_want_a_lease_at_once_one_has_it(store: WholeStore) -> None:
    found = await asyncio.gather(*(_take(store, f"process {number}") for number in range(10)))
    assert found.count(None) == 1


async def test_what_was_kept_first_stays_for_good(store: WholeStore) -> None:
    found = await asyncio.gather(*(store.keep_first("key", f"mark {number}") for number in range(5)))
    assert len(set(found)) == 1
    assert await store.keep_first("key", "another") == found[0]
    assert await store.keep_first("other", "another") == "another"


async def test_each_who_counts_at_once_gets_a_number_of_his_own(store: WholeStore) -> None:
    found = await asyncio.gather(*(store.count_one("chat", NOON, MINUTE) for _ in range(10)))
    assert sorted(one.count for one in found) == list(range(1, 11))
    assert {one.until for one in found} == {NOON + MINUTE}
    assert (await store.count_one("other", NOON, MINUTE)).count == 1


async def test_a_count_begins_anew_after_its_window_and_when_the_clock_was_set_back(store: WholeStore) -> None:
    for _ in range(3):
        await store.count_one("chat", NOON, MINUTE)
    assert (await store.count_one("chat", NOON + MINUTE, MINUTE)).count == 1
    assert (await store.count_one("chat", NOON - MINUTE, MINUTE)).count == 1


async def test_who_was_heard_of_is_known_with_the_last_instant_until_a_day_later(store: WholeStore) -> None:
    await store.note_seen(["a", "b"], NOON)
    await store.note_seen(["b"], NOON + MINUTE)
    await store.note_seen(["b"], NOON)
    await store.note_seen([], NOON)
    assert await store.seen(["a", "b", "nobody"]) == {"a": NOON, "b": NOON + MINUTE}

    await store.forget_shared(NOON + timedelta(days=1, seconds=30))
    assert await store.seen(["a", "b"]) == {"b": NOON + MINUTE}


async def test_work_that_takes_long_is_held_for_longer_by_who_has_it_alone(store: WholeStore) -> None:
    await store.commit(Changes(jobs=[Job("judge", "letter")]))
    (claim,) = await store.claim(Queue.JOBS, ["judge"], NOON, HOLD, 1)
    assert await store.hold(claim, NOON + 3 * HOLD)
    assert await store.claim(Queue.JOBS, ["judge"], NOON + 2 * HOLD, HOLD, 1) == []

    (again,) = await store.claim(Queue.JOBS, ["judge"], NOON + 3 * HOLD, HOLD, 1)
    assert not await store.hold(claim, NOON + 9 * HOLD)
    assert not await store.finish(claim, NOON + 3 * HOLD)
    assert await store.finish(again, NOON + 3 * HOLD)


async def test_catching_up_changes_nothing_that_this_process_wrote(store: WholeStore, make: Maker) -> None:
    account = make.account()
    await store.catch_up()
    await store.commit(Changes(inserts=[account]))
    before = store.generation(type(account))
    await asyncio.gather(*(store.catch_up() for _ in range(5)))
    assert store.generation(type(account)) == before
