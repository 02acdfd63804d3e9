"""Who asks: the session behind the cookie."""

from __future__ import annotations

from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from minxin.mailbox.accounts import actor_of
from minxin.webui.assets import STATIC_PREFIX
from minxin.webui.context import VISITOR, Visitor, services
from minxin.webui.cookies import session_token

# A page that is open asks by itself; that its reader does nothing must end his log-in all the same (ASVS 7.3.1).
ASKED_BY_PAGES: Final = frozenset({"/ask/live", "/ask/poll", "/desk/chats/live", "/desk/chats/poll"})


@web.middleware
async def load_session(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Put the visitor into the request. A program that names itself by header is never also the browser's user."""
    token = session_token(request)
    if token and hdrs.AUTHORIZATION not in request.headers and not request.path.startswith(STATIC_PREFIX):
        log_ins = services(request).accounts.log_ins
        asks_itself = request.path in ASKED_BY_PAGES
        found = await (log_ins.living(token) if asks_itself else log_ins.session(token))
        # Who wrote in one process and is sent on to another one finds there what he wrote.
        await services(request).catch_up()
        if found is not None:
            request[VISITOR] = Visitor(actor_of(found.account), found.account, found.session)
    return await handler(request)
