"""Answers that are kept for a moment: asked for once, never after their time, and never when they failed."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from minxin.core.fresh import KEPT, Fresh

LONG = timedelta(hours=1)


class Source:
    """Counts how often it is asked."""

    def __init__(self, *, fails: int = 0) -> None:
        self.asked = 0
        self.fails = fails

    async def __call__(self) -> int:
        self.asked += 1
        await asyncio.sleep(0)
        if self.asked <= self.fails:
            raise OSError
        return self.asked


async def test_all_who_ask_at_once_get_one_answer() -> None:
    fresh, source = Fresh[int](LONG), Source()
    assert await asyncio.gather(*(fresh.get("key", source) for _ in range(20))) == [1] * 20
    assert await fresh.get("other", source) == 2


async def test_answer_without_life_is_asked_for_each_time() -> None:
    fresh, source = Fresh[int](timedelta()), Source()
    assert [await fresh.get("key", source) for _ in range(3)] == [1, 2, 3]


async def test_failure_is_told_and_not_kept() -> None:
    fresh, source = Fresh[int](LONG), Source(fails=1)
    with pytest.raises(OSError):
        await fresh.get("key", source)
    assert await fresh.get("key", source) == 2


async def test_one_who_leaves_takes_the_answer_from_nobody() -> None:
    fresh, source = Fresh[int](LONG), Source()
    leaving = asyncio.create_task(fresh.get("key", source))
    staying = asyncio.create_task(fresh.get("key", source))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == 1


async def test_only_so_many_answers_are_kept() -> None:
    fresh, source = Fresh[int](LONG), Source()
    for key in range(KEPT + 1):
        await fresh.get(key, source)
    assert await fresh.get(0, source) == KEPT + 2


async def test_nobody_waits_for_an_answer_while_there_is_the_one_before() -> None:
    fresh, source = Fresh[int](LONG), Source()
    await fresh.get("first second", source)
    assert await fresh.get("next second", source, "first second") == 1
    assert await fresh.get("next second", source) == 2
    assert await fresh.get("next second", source, "first second") == 2
    assert source.asked == 2


async def test_answer_is_waited_for_when_the_one_before_is_too_old_or_failed_or_was_never_asked_for() -> None:
    old, source = Fresh[int](timedelta()), Source()
    await old.get("first second", source)
    assert await old.get("next second", source, "first second") == 2
    failed, source = Fresh[int](LONG), Source(fails=1)
    with pytest.raises(OSError):
        await failed.get("first second", source)
    assert await failed.get("next second", source, "first second") == 2
    assert await failed.get("another", source, "never asked for") == 3


async def test_answer_that_failed_while_nobody_waited_is_asked_for_again() -> None:
    fresh, source, failing = Fresh[int](LONG), Source(), Source(fails=1)
    await fresh.get("first second", source)
    assert await fresh.get("next second", failing, "first second") == 1
    with pytest.raises(OSError):
        await fresh.get("next second", failing)
    assert await fresh.get("next second", failing) == 2
