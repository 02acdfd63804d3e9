"""A staff member's box for the administrator (移交邮箱): handed over to a colleague, and given back."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from minxin.core.actor import Role
from minxin.core.errors import IllegalMoveError, InvalidInputError
from minxin.webui.context import origin, services
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_role
from minxin.webui.rendering import page, see_other

PATH: Final = "/admin/staff/{id}/box"
PAGE: Final = "boxoffice/staff_box.html"


async def show(request: web.Request) -> web.Response:
    """Show whose hands the box is in, and to whom it may go."""
    return await _page(request, Form())


async def hand_over(request: web.Request) -> web.Response:
    """Hand the box over."""
    actor, form, account_id = require_role(request, Role.ADMINISTRATOR), form_of(request), request.match_info["id"]
    try:
        await services(request).box_office.handing_over.hand_over(
            actor, account_id, form.text("heir"), form.text("reason"), origin(request)
        )
    except (InvalidInputError, IllegalMoveError) as error:
        return await _page(request, form.with_error(error), error.http_status)
    return see_other(request, f"/admin/staff/{account_id}/box", "notice.box_handed_over")


async def hand_back(request: web.Request) -> web.Response:
    """Give the box back to its owner."""
    actor, form, account_id = require_role(request, Role.ADMINISTRATOR), form_of(request), request.match_info["id"]
    try:
        await services(request).box_office.handing_over.hand_back(
            actor, account_id, form.text("reason"), origin(request)
        )
    except (InvalidInputError, IllegalMoveError) as error:
        return await _page(request, form.with_error(error), error.http_status)
    return see_other(request, f"/admin/staff/{account_id}/box", "notice.box_handed_back")


async def _page(request: web.Request, form: Form, status: int = 200) -> web.Response:
    actor = require_role(request, Role.ADMINISTRATOR)
    found = await services(request).box_office.handing_over.staff_box(actor, request.match_info["id"])
    to_office = services(request).box_office.closing.rules.former_to_office
    return page(request, PAGE, status=status, form=form, found=found, to_office=to_office)


def routes() -> list[web.RouteDef]:
    """Return the routes of handing over."""
    return [web.get(PATH, show), web.post(f"{PATH}/hand-over", hand_over), web.post(f"{PATH}/hand-back", hand_back)]
