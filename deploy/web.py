"""Opens the web door (网站) over the house: pages, the JSON API, the network disk, live pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from minxin.classifier.personal.finder import PersonalFinder
from minxin.core.tasks import end_tasks
from minxin.deploy.chores import learning
from minxin.deploy.house import House
from minxin.deploy.site import services_of
from minxin.webui.app import create_app
from minxin.webui.templating import compile_templates

SHUTDOWN_S = 8.0


@asynccontextmanager
async def start_web(house: House) -> AsyncIterator[None]:
    """Answer requests until the end; then no connection is taken and what is under way is finished.

    The searching process is started at once, since whoever asks the assistant waits for it; the judge by need.
    """
    house.retrieval.start()
    application = create_app(services_of(house))
    tasks = [asyncio.create_task(house.chat.visits.run()), asyncio.create_task(learning(house))]
    runner = web.AppRunner(application, shutdown_timeout=SHUTDOWN_S, access_log=None)
    try:
        await runner.setup()
        await web.TCPSite(runner, house.settings.host, house.settings.port, backlog=512).start()
        tasks.append(asyncio.create_task(_warm_up(application)))
        yield
    finally:
        await runner.cleanup()
        await end_tasks(*tasks)


async def _warm_up(application: web.Application) -> None:
    """Make ready what a first reader would wait for; one after the other, since people share the interpreter."""
    await compile_templates(application)
    await asyncio.to_thread(PersonalFinder().warm_up)
