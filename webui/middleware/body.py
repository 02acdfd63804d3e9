"""Reading bodies with limits: by the announced length first, then by time.

aiohttp alone reads a multipart preamble without end (its issue 13652), so a body without a length is refused, one that
announces too much is refused before it is read, and the whole of it has one deadline.
"""

from __future__ import annotations

import asyncio

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from minxin.core.errors import MinxinError, TooLargeError
from minxin.webui.context import services
from minxin.webui.forms import FORM, FORM_TYPES, limits_of, read_form


class LengthRequiredError(MinxinError):
    """The body does not say how long it is."""

    key = "error.length_required"
    temporary = False
    http_status = 411


class UnsupportedBodyError(MinxinError):
    """The body is compressed, which could hide any size."""

    key = "error.unsupported_body"
    temporary = False
    http_status = 415


class TooSlowError(MinxinError):
    """The body did not come whole within its deadline."""

    key = "error.too_slow"
    http_status = 408


@web.middleware
async def read_body(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what is too large, endless or too slow; otherwise have the body in memory before the handler runs."""
    limits = limits_of(request)
    chunked = hdrs.TRANSFER_ENCODING in request.headers
    if chunked and not limits.raw:
        raise LengthRequiredError
    if not request.content_length and not chunked:
        return await handler(request)
    if hdrs.CONTENT_ENCODING in request.headers:
        raise UnsupportedBodyError
    is_form = request.content_type in FORM_TYPES and not limits.raw
    largest = services(request).settings.largest_body_bytes
    # What comes in chunks is bounded while it is read, by the application's largest body.
    if (request.content_length or 0) > min(limits.body_bytes, largest):
        raise TooLargeError
    try:
        async with asyncio.timeout(services(request).settings.body_deadline.total_seconds()):
            if is_form:
                request[FORM] = await read_form(request, limits)
            else:
                await request.read()
    except TimeoutError as error:
        raise TooSlowError from error
    return await handler(request)
