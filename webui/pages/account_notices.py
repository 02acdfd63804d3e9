"""How the account holder is told that somebody wrote to him (提醒方式)."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from minxin.core.errors import InvalidInputError
from minxin.webui.context import origin, services
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_account
from minxin.webui.rendering import page, refused_page, see_other

PATH: Final = "/account/notices"
PAGE: Final = "account/notices.html"


async def show(request: web.Request) -> web.Response:
    """Show the way that holds, and the others."""
    account, _ = require_account(request)
    return page(request, PAGE, form=Form.of(way=account.notices), address=account.address)


async def choose(request: web.Request) -> web.Response:
    """Keep the way that was chosen."""
    account, _ = require_account(request)
    form = form_of(request)
    try:
        await services(request).accounts.own.set_notices(account.id, form.text("way"), origin(request))
    except InvalidInputError as error:
        return refused_page(request, PAGE, form, error, address=account.address)
    return see_other(request, PATH, "notice.notices_set")


def routes() -> list[web.RouteDef]:
    """Return the routes of the choice."""
    return [web.get(PATH, show), web.post(PATH, choose)]
