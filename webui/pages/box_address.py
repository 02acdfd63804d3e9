"""The address of a box (邮箱地址): what is offered, what the box has, and which one is written from."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from minxin.core.errors import InvalidInputError, NotFoundError
from minxin.mailbox.boxoffice.choosing import CHANGE_EVERY, MOST_ALIASES
from minxin.webui.context import origin, services
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_login
from minxin.webui.rendering import page, see_other

PATH: Final = "/box/address"
PAGE: Final = "boxoffice/address.html"


async def show(request: web.Request) -> web.Response:
    """Show what may be chosen for one's own box, or for the company's that the address names."""
    box_id = await _wanted(request, request.query.get("box", ""))
    return await _page(request, box_id, Form())


async def choose(request: web.Request) -> web.Response:
    """Take an address."""
    actor, form = require_login(request), form_of(request)
    box_id = await _wanted(request, form.text("box"))
    try:
        await services(request).box_office.addresses.choose(actor, box_id, form.text("address"), origin(request))
    except InvalidInputError as error:
        return await _page(request, box_id, form.with_error(error), error.http_status)
    return see_other(request, f"{PATH}?box={box_id}" if form.text("box") else PATH, "notice.address_chosen")


async def _wanted(request: web.Request, typed: str) -> str:
    """Return the id of the box that is meant, one's own when none is named; raises ``NotFoundError``."""
    if typed:
        return typed
    box = await services(request).boxes.own(require_login(request))
    if box is None:
        raise NotFoundError
    return box.id


async def _page(request: web.Request, box_id: str, form: Form, status: int = 200) -> web.Response:
    actor = require_login(request)
    choice = await services(request).box_office.addresses.choice(actor, box_id)
    return page(
        request,
        PAGE,
        status=status,
        form=form,
        choice=choice,
        of_company=choice.box.id != actor.id,
        most=MOST_ALIASES,
        days=CHANGE_EVERY.days,
    )


def routes() -> list[web.RouteDef]:
    """Return the routes of the address page."""
    return [web.get(PATH, show), web.post(PATH, choose)]
