"""The watching door (监控端口): health and metrics for those who run the service, apart from the public web door.

It opens only with ``metrics_port``. On another address than loopback ``/metrics`` wants the token of ``metrics_token``;
``/healthz`` and ``/readyz`` tell nothing that the public must not know.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from ipaddress import ip_address
from itertools import count
from pathlib import Path
from typing import Final

from aiohttp import hdrs, web
from prometheus_client import Metric, ProcessCollector
from prometheus_client.core import InfoMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from minxin import __version__
from minxin.core.errors import ConfigError
from minxin.core.meters import LOOP_LAG_SECONDS, METERS
from minxin.core.privacy import is_private
from minxin.core.tasks import end_tasks
from minxin.deploy.figures import CityFigures, conditions, disk
from minxin.deploy.health import Child, HealthCheck
from minxin.deploy.settings import Settings
from minxin.webui.pages.health import answer

LOOK_AT_LOOP_S: Final = 1.0
LOOK_AT_QUEUES: Final = 10  # every so many turns of that
LEAST_TOKEN: Final = 16
_HEADERS: Final = {hdrs.CACHE_CONTROL: "no-store", "X-Content-Type-Options": "nosniff"}


class _Families(Collector):
    """What was found a moment ago."""

    def __init__(self, found: Iterable[Metric]) -> None:
        self._found = tuple(found)

    def collect(self) -> Iterable[Metric]:
        return self._found


class WatchDoor:
    """Answers supervisors and Prometheus. ``children`` are the processes whose memory and time are told too."""

    def __init__(
        self, settings: Settings, health: HealthCheck, figures: CityFigures, children: dict[str, Child]
    ) -> None:
        self._data = settings.data
        self.health = health
        self._figures = figures
        self._token = read_token(settings)
        self._processes = [ProcessCollector(registry=None)]
        self._processes += [_of_child(name, child) for name, child in children.items()]
        kind = "mongodb" if settings.store else "sqlite"
        self._build = InfoMetricFamily("minxin_build", "What runs", {"version": __version__, "store": kind})

    def application(self) -> web.Application:
        """Return the door's application."""
        app = web.Application()
        app.add_routes(
            [web.get("/healthz", self._alive), web.get("/readyz", self._ready), web.get("/metrics", self._metrics)]
        )
        return app

    async def _alive(self, request: web.Request) -> web.Response:
        return web.Response(text="ok", headers=_HEADERS)

    async def _ready(self, request: web.Request) -> web.Response:
        response = answer(await self.health.look())
        response.headers.update(_HEADERS)
        return response

    async def _metrics(self, request: web.Request) -> web.Response:
        if self._token and not _is_bearer(request, self._token):
            raise web.HTTPUnauthorized(headers={hdrs.WWW_AUTHENTICATE: "Bearer"})
        found: list[Metric] = [self._build, conditions(await self.health.look()), *disk(self._data)]
        found += await self._figures.read()
        for process in self._processes:
            found += process.collect()
        body = generate_latest(METERS) + generate_latest(_Families(found))
        return web.Response(body=body, headers={**_HEADERS, hdrs.CONTENT_TYPE: CONTENT_TYPE_PLAIN_0_0_4})


@asynccontextmanager
async def start_watch(settings: Settings, door: WatchDoor) -> AsyncIterator[None]:
    """Keep the door open, when there is to be one; raises ``ConfigError`` when its port is taken."""
    if not settings.metrics_port:
        yield
        return
    runner = web.AppRunner(door.application(), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.metrics_host, settings.metrics_port).start()
    except OSError as error:
        await runner.cleanup()
        raise ConfigError(f"metrics_port = {settings.metrics_port} can't be opened ({error.strerror})") from error
    looking = asyncio.create_task(_watch(door.health))
    try:
        yield
    finally:
        await end_tasks(looking)
        await runner.cleanup()


def read_token(settings: Settings) -> bytes:
    """Return the token that ``/metrics`` wants, empty for none.

    Raises ``ConfigError`` when a door that others can reach has none, or its file can't be used.
    """
    if settings.metrics_token is None:
        if settings.metrics_port and not _is_loopback(settings.metrics_host):
            raise ConfigError(f"metrics_host = {settings.metrics_host!r} is not loopback: metrics_token must be set")
        return b""
    token = _secret(settings.metrics_token)
    if len(token) < LEAST_TOKEN:
        raise ConfigError(f"{settings.metrics_token}: a token has {LEAST_TOKEN} characters or more")
    return token


async def _watch(health: HealthCheck) -> None:
    """Measure the loop's lag, and look at the queues, whose ages are known only to who looks."""
    loop = asyncio.get_running_loop()
    for turn in count():
        asked_at = loop.time()
        await asyncio.sleep(LOOK_AT_LOOP_S)
        LOOP_LAG_SECONDS.observe(max(0.0, loop.time() - asked_at - LOOK_AT_LOOP_S))
        if not turn % LOOK_AT_QUEUES:
            await health.look()


def _of_child(name: str, child: Child) -> ProcessCollector:
    # Without a process /proc has no such folder, and nothing is told.
    return ProcessCollector(namespace=f"minxin_{name}", pid=lambda: child.pid or "gone", registry=None)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _secret(path: Path) -> bytes:
    try:
        found = path.stat()
        secret = path.read_bytes().strip()
    except OSError as error:
        raise ConfigError(f"metrics_token {path} can't be read: {error.strerror}") from error
    if not is_private(found):
        raise ConfigError(f"metrics_token {path} can be read by others: chmod 600 {path}")
    return secret


def _is_bearer(request: web.Request, token: bytes) -> bool:
    given = request.headers.get(hdrs.AUTHORIZATION, "").removeprefix("Bearer ").encode()
    return hmac.compare_digest(given, token)
