"""Who calls: a browser with its session, or a program with its key, never both."""

from __future__ import annotations

from typing import Final

from aiohttp import hdrs, web

from minxin.core.actor import Actor
from minxin.core.errors import NotAllowedError, NotFoundError, NotLoggedInError
from minxin.mailbox.accounts import actor_of
from minxin.webui.api.operations import AnyOperation
from minxin.webui.context import VISITOR, Visitor, services, visitor
from minxin.webui.guards import require_login

SCHEME: Final = "bearer"


async def caller(request: web.Request, operation: AnyOperation) -> Actor:
    """Return who calls the operation.

    Raises ``NotLoggedInError`` without a log-in or living key, ``NotAllowedError`` for a key that only reads, and
    ``NotFoundError`` for another role than the operation is for.
    """
    actor = await _identify(request, operation)
    if operation.roles and not actor.is_a(*operation.roles):
        raise NotFoundError
    return actor


async def _identify(request: web.Request, operation: AnyOperation) -> Actor:
    header = request.headers.get(hdrs.AUTHORIZATION)
    if header is None:
        return visitor(request).actor if operation.is_open else require_login(request)
    scheme, _, key = header.partition(" ")
    if scheme.lower() != SCHEME:
        raise NotLoggedInError("api_key.unknown")
    known = await services(request).accounts.keys.authenticate(key.strip())
    actor = actor_of(known.account)
    request[VISITOR] = Visitor(actor, known.account)
    if operation.writes and not known.record.writes:
        raise NotAllowedError("api_key.reads_only")
    return actor
