"""The routes of the interface for programs: each row of the table becomes one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
from aiohttp import hdrs, web

from minxin.webui.api.caller import caller
from minxin.webui.api.operations import AnyOperation, Call, Download, Method, Nothing, Outcome
from minxin.webui.api.reading import read_body, read_query
from minxin.webui.api.reference import routes as reference_routes
from minxin.webui.api.table import OPERATIONS
from minxin.webui.forms import form_limits
from minxin.webui.pages.attachments import file_response

NO_CONTENT: Final = 204
_encode: Final = msgspec.json.Encoder().encode


def routes() -> list[web.RouteDef]:
    """Return the route of every operation, and those of their description."""
    return [*reference_routes(), *(_route(operation) for operation in OPERATIONS)]


def _route(operation: AnyOperation) -> web.RouteDef:
    return web.route(operation.method.value, operation.address, _handler(operation))


def _handler(operation: AnyOperation) -> Callable[[web.Request], Awaitable[web.Response]]:
    decoder = msgspec.json.Decoder(operation.body)

    @form_limits(operation.limits)
    async def handle(request: web.Request) -> web.Response:
        actor = await caller(request, operation)
        query = read_query(operation.query, request.query)
        body = read_body(decoder, b"" if operation.method is Method.GET else await request.read())
        found = await operation.handler(Call(request, actor, body, query))
        outcome = found if isinstance(found, Outcome) else Outcome(found, operation.statuses[0])
        return _answer(outcome)

    return handle


def _answer(outcome: Outcome[object]) -> web.Response:
    if isinstance(outcome.value, Download):
        return file_response(outcome.value.name, outcome.value.content_type, outcome.value.data)
    if outcome.value is None or isinstance(outcome.value, Nothing):
        return web.Response(status=NO_CONTENT)
    response = web.Response(body=_encode(outcome.value), status=outcome.status, content_type="application/json")
    if outcome.location:
        response.headers[hdrs.LOCATION] = outcome.location
    return response
