"""Where a citizen says that he lives (居住区域), so that notices to his district reach him."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from minxin.core.actor import Role
from minxin.core.errors import InvalidInputError, NotFoundError
from minxin.mailbox.records import Account
from minxin.webui.context import origin, services
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_account
from minxin.webui.rendering import page, refused_page, see_other

PATH: Final = "/account/area"
PAGE: Final = "account/area.html"
PARTS: Final = "/"


async def show(request: web.Request) -> web.Response:
    """Show what was chosen."""
    account = _citizen(request)
    areas = services(request).accounts.own.areas
    return page(request, PAGE, form=Form.of(area=PARTS.join(account.area or ())), areas=areas)


async def choose(request: web.Request) -> web.Response:
    """Keep what was chosen, or nothing."""
    account, form = _citizen(request), form_of(request)
    own, chosen = services(request).accounts.own, form.text("area")
    try:
        await own.set_area(account.id, tuple(chosen.split(PARTS)) if chosen else (), origin(request))
    except InvalidInputError as error:
        return refused_page(request, PAGE, form, error, areas=own.areas)
    return see_other(request, PATH, "notice.area_set")


def _citizen(request: web.Request) -> Account:
    account, _ = require_account(request)
    if Role.CITIZEN not in account.roles:
        raise NotFoundError
    return account


def routes() -> list[web.RouteDef]:
    """Return the routes of the choice."""
    return [web.get(PATH, show), web.post(PATH, choose)]
