"""Whether the service lives, and whether it can take letters: for the process supervisor and the load balancer."""

from __future__ import annotations

from aiohttp import web

from minxin.core.health import Health
from minxin.webui.context import services


def answer(health: Health) -> web.Response:
    """Return 200 with the parts while letters can be taken, 503 else."""
    told = {"status": health.status, "parts": dict(health.parts)}
    status = web.HTTPOk.status_code if health.takes_letters else web.HTTPServiceUnavailable.status_code
    return web.json_response(told, status=status)


async def alive(request: web.Request) -> web.Response:
    """Answer as long as the event loop turns."""
    return web.Response(text="ok")


async def ready(request: web.Request) -> web.Response:
    """Answer whether letters can be taken, and how each part is."""
    return answer(await services(request).health())


def routes() -> list[web.RouteDef]:
    """Return the routes of the health endpoints."""
    return [web.get("/healthz", alive), web.get("/readyz", ready)]
