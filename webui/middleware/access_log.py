"""The outermost ring: every request gets an id and leaves one line in the access log.

The line holds the route and not the path, no query and no address: nothing personal, and no token that a link carries
(ASVS 16.2.5). Its fields are the record's ``extra``, so that the formatter of all logs writes them as fields.
"""

from __future__ import annotations

import logging
import time

from aiohttp import web
from aiohttp.typedefs import Handler

from minxin.core.ids import new_id
from minxin.core.log_ids import log_ids
from minxin.core.meters import HTTP_SECONDS
from minxin.webui.context import REQUEST_ID, visitor
from minxin.webui.dav.paths import is_dav
from minxin.webui.problems import is_api

ACCESS_LOGGER = "minxin.webui.access"
CLIENT_LEFT = 499
_OPEN_LINE = 101  # a socket stays open for as long as its page
_log = logging.getLogger(ACCESS_LOGGER)


@web.middleware
async def log_access(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Name the request and log what became of it."""
    request[REQUEST_ID] = new_id()
    started = time.perf_counter()
    status = CLIENT_LEFT
    with log_ids(request_id=request[REQUEST_ID]):
        try:
            response = await handler(request)
            status = response.status
            return response
        finally:
            seconds = time.perf_counter() - started
            if status != _OPEN_LINE:
                HTTP_SECONDS.labels(_door(request), f"{status // 100}xx").observe(seconds)
            _log.info("answered", extra=_fields(request, status, seconds))


def _door(request: web.Request) -> str:
    if is_api(request):
        return "api"
    return "dav" if is_dav(request.path) else "pages"


def _fields(request: web.Request, status: int, seconds: float) -> dict[str, object]:
    resource = request.match_info.route.resource
    return {
        "event": "http.request",
        "request_id": request[REQUEST_ID],
        "method": request.method if request.method.isalpha() else "?",
        "route": resource.canonical if resource else "",
        "status": status,
        "duration_ms": round(seconds * 1000, 1),
        "actor": visitor(request).actor.id,
    }
