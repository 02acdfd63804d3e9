"""The running service: web, SMTP, workers and chores around one house, until a signal ends it."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from aiohttp import web

from minxin.classifier.personal.finder import PersonalFinder
from minxin.deploy.chores import chores_of
from minxin.deploy.house import House
from minxin.deploy.imap import start_imap
from minxin.deploy.site import services_of
from minxin.deploy.smtp import start_smtp
from minxin.webui.app import create_app
from minxin.webui.templating import compile_templates

log = logging.getLogger(__name__)

SHUTDOWN_S = 8.0
# The writer's thread must get its turn beside a busy event loop: the default of 5 ms was measured to halve the commits.
SWITCH_INTERVAL_S = 0.0005
# Going through all objects takes 50 ms and found next to nothing: rarer, and without those that stay for good.
COLLECT_AFTER = (20_000, 20, 50)


@asynccontextmanager
async def running(house: House) -> AsyncIterator[None]:
    """Run every door and worker of the house; at the end no new work is taken and what is under way is finished."""
    async with AsyncExitStack() as stack:
        house.judge.start()
        house.retrieval.start()
        tasks = [asyncio.create_task(worker.run()) for worker in house.workers]
        tasks += [asyncio.create_task(chore) for chore in chores_of(house)]
        stack.push_async_callback(_end, tasks)
        await stack.enter_async_context(start_smtp(house))
        await stack.enter_async_context(start_imap(house))
        application = create_app(services_of(house))
        await _start_web(stack, house, application)
        tasks.append(asyncio.create_task(compile_templates(application)))
        tasks.append(asyncio.create_task(asyncio.to_thread(PersonalFinder().warm_up)))
        yield


async def serve(house: House, ready: Callable[[], None]) -> None:
    """Run until SIGINT or SIGTERM; ``ready`` is called when every door is open."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with running(house):
        ready()
        gc.freeze()
        gc.set_threshold(*COLLECT_AFTER)
        await stop.wait()
        log.info("stopping", extra={"event": "stopping"})


async def _start_web(stack: AsyncExitStack, house: House, application: web.Application) -> None:
    runner = web.AppRunner(application, shutdown_timeout=SHUTDOWN_S, access_log=None)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, house.settings.host, house.settings.port, backlog=512).start()


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task
