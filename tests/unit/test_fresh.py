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
