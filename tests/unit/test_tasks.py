"""Tasks that run beside others end with them, also those that forget that they were told to."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from minxin.core import tasks
from minxin.core.errors import UnavailableError
from minxin.core.tasks import beside, end_tasks

PATIENCE_S = 20.0


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "AGAIN_S", 0.01)


class Loop:
    """Goes round for ever, and forgets so many times that it was told to end."""

    def __init__(self, forgets: int = 0) -> None:
        self.forgets = forgets
        self.begun = asyncio.Event()
        self.ended = False

    async def run(self) -> None:
        try:
            while True:
                self.begun.set()
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    if not self.forgets:
                        raise
                    self.forgets -= 1
        finally:
            self.ended = True


@pytest.mark.parametrize("forgets", [0, 1, 3])
async def test_a_loop_ends_however_often_it_forgets(forgets: int) -> None:
    loop = Loop(forgets)
    async with asyncio.timeout(PATIENCE_S):
        async with beside([loop.run()]):
            await loop.begun.wait()

    assert loop.ended


async def test_what_was_over_before_is_left_alone() -> None:
    task = asyncio.create_task(asyncio.sleep(0))
    await task

    await end_tasks(task)

    assert not task.cancelled()


async def test_the_error_of_one_is_raised_once_all_are_over() -> None:
    async def fail() -> None:
        raise UnavailableError

    loop = Loop(forgets=1)
    running, failing, again = (asyncio.create_task(one) for one in (loop.run(), fail(), fail()))
    await loop.begun.wait()

    with pytest.raises(UnavailableError):
        await end_tasks(failing, running, again)

    assert loop.ended


async def test_who_waits_can_be_broken_off_himself() -> None:
    stubborn = Loop(forgets=10_000)
    task = asyncio.create_task(stubborn.run())
    await stubborn.begun.wait()
    waiting = asyncio.create_task(end_tasks(task))
    await asyncio.sleep(0)
    waiting.cancel()

    with suppress(asyncio.CancelledError):
        await waiting

    assert waiting.cancelled()
    assert not task.done()
    stubborn.forgets = 0
    await end_tasks(task)
