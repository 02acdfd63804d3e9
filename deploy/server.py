"""The running service: the doors, workers and chores of one process around a house, until a signal ends it."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AsyncExitStack, asynccontextmanager

from minxin.core.tasks import beside
from minxin.deploy.chores import chores_of, own_chores
from minxin.deploy.figures import CityFigures
from minxin.deploy.health import Child, IndexWatch
from minxin.deploy.house import House
from minxin.deploy.imap import start_imap
from minxin.deploy.roles import ALL, ServicePart, alone_in
from minxin.deploy.smtp import start_smtp
from minxin.deploy.submission import start_submission
from minxin.deploy.watch_door import WatchDoor, start_watch

log = logging.getLogger(__name__)

# The writer's thread must get its turn beside a busy event loop: the default of 5 ms was measured to halve the commits.
SWITCH_INTERVAL_S = 0.0005
# Going through all objects takes 50 ms and found next to nothing: rarer, and without those that stay for good.
COLLECT_AFTER = (20_000, 20, 50)


@asynccontextmanager
async def running(house: House, parts: Collection[ServicePart] = ALL) -> AsyncIterator[None]:
    """Run the doors and workers of these parts; at the end no new work is taken and what is under way is finished."""
    house.store.listen()
    if ServicePart.WEB not in parts:
        house.retrieval.lend_only()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(beside(own_chores(house)))
        if ServicePart.WORKER in parts:
            # Its child lends the judge its vectors, so that both are there when the first letter is.
            house.judge.start()
            await stack.enter_async_context(beside([*(one.run() for one in house.workers), *chores_of(house)]))
        if ServicePart.SMTP in parts:
            for start in (start_smtp, start_imap, start_submission):
                await stack.enter_async_context(start(house))
        if ServicePart.WEB in parts:
            # A process that has no pages need not hold their templates and tables.
            from minxin.deploy.web import start_web

            await stack.enter_async_context(start_web(house))
        await stack.enter_async_context(start_watch(house.settings, watch_door_of(house, parts)))
        yield


async def serve(house: House, ready: Callable[[], None], parts: Collection[ServicePart] = ALL) -> None:
    """Run until SIGINT or SIGTERM; ``ready`` is called when every door is open.

    Raises ``ConfigError`` when another process serves on a file that is for one alone.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    with alone_in(house.settings):
        async with running(house, parts):
            ready()
            gc.freeze()
            gc.set_threshold(*COLLECT_AFTER)
            await stop.wait()
            log.info("stopping", extra={"event": "stopping"})


def watch_door_of(house: House, parts: Collection[ServicePart]) -> WatchDoor:
    """Return the door for those who run the service."""
    children: dict[str, Child] = {"judge": house.judge, "search": house.retrieval}
    index = IndexWatch(house.search) if parts != {ServicePart.SMTP} else None
    if index is not None:
        house.health.watch_index(index)
    figures = CityFigures(house.store, house.waiting, house.clock, index)
    return WatchDoor(house.settings, house.health, figures, children)
