"""Closing one's mailbox (关闭邮箱): what it means, the way to a copy first, and opening it again."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from minxin.core.errors import IllegalMoveError, InvalidInputError, TooManyTriesError
from minxin.webui.context import origin, services
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_account, require_login
from minxin.webui.rendering import page, refused_page, see_other

PATH: Final = "/box/closing"
PAGE: Final = "boxoffice/closing.html"


async def show(request: web.Request) -> web.Response:
    """Say what closing means, or until when the closed box can be opened again with its mail."""
    account, _ = require_account(request)
    await services(request).boxes.own(require_login(request))  # opened now when it never was
    closing = services(request).box_office.closing
    box = await closing.own(account.id)
    return page(request, PAGE, form=Form(), box=box, days=closing.rules.closed_life.days)


async def close(request: web.Request) -> web.Response:
    """Close the box."""
    account, _ = require_account(request)
    closing, form = services(request).box_office.closing, form_of(request)
    box = await closing.own(account.id)
    try:
        await closing.close(account.id, form.text("password"), origin(request))
    except (InvalidInputError, TooManyTriesError, IllegalMoveError) as error:
        return refused_page(request, PAGE, form, error, box=box, days=closing.rules.closed_life.days)
    return see_other(request, PATH, "notice.box_closed")


async def reopen(request: web.Request) -> web.Response:
    """Open the box again."""
    account, _ = require_account(request)
    await services(request).box_office.closing.reopen(account.id, origin(request))
    return see_other(request, "/box", "notice.box_reopened")


def routes() -> list[web.RouteDef]:
    """Return the routes of the closing page."""
    return [web.get(PATH, show), web.post(PATH, close), web.post(f"{PATH}/reopen", reopen)]
