"""Tasks that run beside the doors until a process stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any


@asynccontextmanager
async def beside(work: Iterable[Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Do the work until the end of the block."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        yield
    finally:
        await end_tasks(tasks)


async def end_tasks(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Break the tasks off and wait until they are over."""
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task
