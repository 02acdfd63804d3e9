"""Safety of one's account (账户安全): where one is logged in, the last log-ins, and the ways to what opens it."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from minxin.mailbox.apppasswords import is_alive
from minxin.webui.context import origin, services
from minxin.webui.guards import require_account
from minxin.webui.rendering import page, see_other

PATH: Final = "/account/security"
PAGE: Final = "security/security.html"


async def show(request: web.Request) -> web.Response:
    """Show sessions, log-ins and what else opens the account."""
    account, session = require_account(request)
    accounts = services(request).accounts
    passwords = await accounts.app_passwords.passwords_of(account.id)
    return page(
        request,
        PAGE,
        account=account,
        sessions=await accounts.own.sessions(account.id),
        present=session.id,
        log_ins=await accounts.own.log_ins(account.id),
        programs=[one for one in passwords if is_alive(one)],
    )


async def end_session(request: web.Request) -> web.Response:
    """End one log-in; who ends the one that he is using is logged out."""
    account, _ = require_account(request)
    await services(request).accounts.own.end_session(account.id, request.match_info["id"], origin(request))
    return see_other(request, PATH, "notice.session_ended")


async def end_other_sessions(request: web.Request) -> web.Response:
    """End every log-in but this one."""
    account, session = require_account(request)
    await services(request).accounts.own.end_other_sessions(account.id, session.id, origin(request))
    return see_other(request, PATH, "notice.sessions_ended")


def routes() -> list[web.RouteDef]:
    """Return the routes of the page."""
    return [
        web.get(PATH, show),
        web.post(f"{PATH}/sessions/end", end_other_sessions),
        web.post(f"{PATH}/sessions/{{id}}/end", end_session),
    ]
