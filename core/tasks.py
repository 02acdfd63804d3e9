"""Tasks that run beside others until their time is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final

AGAIN_S: Final = 2.0


@asynccontextmanager
async def beside(work: Iterable[Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Do the work until the end of the block."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        yield
    finally:
        await end_tasks(*tasks)


async def end_tasks(*tasks: asyncio.Future[Any]) -> None:
    """Break the tasks off and wait until they are over; raises what one of them raised.

    Each is told every two seconds until it is: in Python 3.11 ``asyncio.wait_for`` forgets that it was cancelled when
    what it waits for is done in that very moment, and PyMongo sends every command by it. A loop would go on for ever.
    """
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN_S)
    for error in [task.exception() for task in tasks if not task.cancelled()]:
        if error is not None:
            raise error
