"""Chores (定时任务): what is done again and again without anybody asking."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from minxin.core.errors import ConflictError
from minxin.deploy.house import House
from minxin.deploy.workers import repeat
from minxin.mailbox.sweeping import sweep_expired

CHECKPOINT_S = 60.0
SWEEP_S = 600.0
CLOSE_S = 3600.0
BATCH = 200


def chores_of(house: House) -> list[Coroutine[Any, Any, None]]:
    """Return the chores, each to be run as a task."""

    async def checkpoint() -> None:
        await house.store.checkpoint(house.clock.now())

    async def sweep() -> None:
        while await sweep_expired(house.store, house.clock.now(), BATCH):
            pass

    async def close_unrated() -> None:
        for changes in await house.jobs.close_unrated(BATCH):
            try:
                await house.store.commit(changes)
            except ConflictError:
                continue  # somebody rated it in this very moment

    return [repeat(CHECKPOINT_S, checkpoint), repeat(SWEEP_S, sweep), repeat(CLOSE_S, close_unrated)]
