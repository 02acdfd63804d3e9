"""The outermost ring: every request gets an id and leaves one line in the access log.

The line holds the route and not the path, no query and no address: nothing personal, and no token that a link carries
(ASVS 16.2.5). It is one JSON object, so the logger ``minxin.webui.access`` wants a formatter that adds nothing.
"""

from __future__ import annotations

import logging
import time

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from minxin.core.ids import new_id
from minxin.webui.context import REQUEST_ID, visitor

ACCESS_LOGGER = "minxin.webui.access"
CLIENT_LEFT = 499
_log = logging.getLogger(ACCESS_LOGGER)


@web.middleware
async def log_access(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Name the request and log what became of it."""
    request[REQUEST_ID] = new_id()
    started = time.perf_counter()
    status = CLIENT_LEFT
    try:
        response = await handler(request)
        status = response.status
        return response
    finally:
        _log.info("%s", _line(request, status, time.perf_counter() - started))


def _line(request: web.Request, status: int, seconds: float) -> str:
    resource = request.match_info.route.resource
    line = {
        "event": "http.request",
        "request": request[REQUEST_ID],
        "method": request.method if request.method.isalpha() else "?",
        "route": resource.canonical if resource else "",
        "status": status,
        "ms": round(seconds * 1000, 1),
        "actor": visitor(request).actor.id,
    }
    return msgspec.json.encode(line).decode()
