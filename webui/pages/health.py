"""Whether the service lives, and whether it can take letters: for the process supervisor and the load balancer."""

from __future__ import annotations

from aiohttp import web

from minxin.webui.context import services


async def alive(request: web.Request) -> web.Response:
    """Answer as long as the event loop turns."""
    return web.Response(text="ok")


async def ready(request: web.Request) -> web.Response:
    """Answer 200 while letters can be taken, 503 else."""
    await services(request).ready()
    return web.Response(text="ready")


def routes() -> list[web.RouteDef]:
    """Return the routes of the health endpoints."""
    return [web.get("/healthz", alive), web.get("/readyz", ready)]
