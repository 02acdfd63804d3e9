"""Values that processes share for a while: kept from what they were read as, and what stands on them."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from support.store import NOON, WholeStore

from minxin.core.clock import FixedClock
from minxin.mailbox.disk.locks import MOST, Lock, LockedError, Locks
from minxin.mailbox.smtp.patience import COMES_AGAIN, GREY, KNOWN, Greylist

MINUTE = timedelta(minutes=1)
LOCK = Lock("", ("a",), ("a",), True, True, b"", 60, NOON + MINUTE)


async def test_a_value_is_kept_until_its_end_and_forgotten_then(store: WholeStore) -> None:
    assert await store.kept("a", NOON) is None
    assert await store.keep("a", b"one", NOON, NOON + MINUTE)
    kept = await store.kept("a", NOON)
    assert kept is not None
    assert (kept.value, await store.kept("a", NOON + MINUTE), await store.kept("b", NOON)) == (b"one", None, None)
    assert await store.keep("a", b"two", NOON + MINUTE, NOON + 2 * MINUTE)
    await store.forget_shared(NOON + 2 * MINUTE)
    assert not await store.keep("a", b"three", NOON, NOON + MINUTE, kept.token)


async def test_of_many_who_change_a_value_at_once_one_is_told_that_it_was_so(store: WholeStore) -> None:
    async def keep(value: int, token: int) -> bool:
        return await store.keep("a", b"%d" % value, NOON, NOON + MINUTE, token)

    assert sorted(await asyncio.gather(*(keep(one, 0) for one in range(5)))) == [*[False] * 4, True]
    kept = await store.kept("a", NOON)
    assert kept is not None
    assert sorted(await asyncio.gather(*(keep(one, kept.token) for one in range(5)))) == [*[False] * 4, True]


async def test_a_lock_that_one_process_gave_holds_at_another(store: WholeStore) -> None:
    here, there = Locks(store), Locks(store)
    taken = await here.take("me", LOCK, NOON)
    assert await there.living("me", NOON) == (taken,)
    with pytest.raises(LockedError):
        await there.take("me", LOCK, NOON)
    longer = Lock(taken.token, ("a",), ("a",), True, True, b"", 90, NOON + 2 * MINUTE)
    await there.refresh("me", longer, NOON)
    assert await here.living("me", NOON + MINUTE) == (longer,)
    await there.release("me", [taken.token], NOON)
    assert (await here.living("me", NOON), await here.living("you", NOON)) == ((), ())


async def test_of_two_who_lock_the_same_at_once_one_has_it(store: WholeStore) -> None:
    processes = [Locks(store) for _ in range(5)]
    found = await asyncio.gather(*(one.take("me", LOCK, NOON) for one in processes), return_exceptions=True)
    assert sorted(type(one).__name__ for one in found) == ["Lock", *["LockedError"] * 4]


async def test_a_disk_has_only_so_many_locks_and_those_that_ended_make_room(store: WholeStore) -> None:
    locks = Locks(store)
    for number in range(MOST):
        await locks.take("me", Lock("", (str(number),), (), True, True, b"", 60, NOON + MINUTE), NOON)
    with pytest.raises(LockedError):
        await locks.take("me", LOCK, NOON)
    later = Lock("", ("a",), ("a",), True, True, b"", 60, NOON + 2 * MINUTE)
    taken = await locks.take("me", later, NOON + MINUTE)
    assert await locks.living("me", NOON + MINUTE) == (taken,)


async def test_an_unknown_network_is_let_in_at_the_second_try_whichever_process_it_comes_to(store: WholeStore) -> None:
    clock = FixedClock(NOON)
    here, there = Greylist(store, clock), Greylist(store, clock)
    assert not await here.lets_in("198.51.100.7", "a@b", "c@d")
    clock.advance(GREY - timedelta(seconds=1))
    assert not await there.lets_in("198.51.100.7", "a@b", "c@d")
    clock.advance(timedelta(seconds=2))
    assert not await here.lets_in("198.51.100.7", "other@b", "c@d")
    assert await there.lets_in("198.51.100.7", "a@b", "c@d")
    assert await here.lets_in("198.51.100.7", "other@b", "c@d")
    assert not await here.lets_in("198.51.100.8", "a@b", "c@d")
    clock.advance(COMES_AGAIN)
    assert not await there.lets_in("198.51.100.8", "a@b", "c@d")
    clock.advance(KNOWN - COMES_AGAIN)
    assert not await here.lets_in("198.51.100.7", "a@b", "c@d")
