"""A work order on the desk (工单): the letter, its limits and its way, and every move that is open to the actor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from minxin.consult.records import Satisfaction
from minxin.consult.shelves import Shelf
from minxin.core.actor import Actor
from minxin.core.errors import MinxinError
from minxin.core.judgement import Ground
from minxin.mailbox.reveals import Datum
from minxin.webui.context import language, services
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_role
from minxin.webui.letter_form import LETTER_LIMITS
from minxin.webui.pages.attachments import disposition
from minxin.webui.pages.board import BOARD_PATH, DESK_ROLES
from minxin.webui.rendering import page
from minxin.webui.views.desk import order_view
from minxin.webui.views.desk_limits import NAMES, explain_for_staff

ORDER_PAGE: Final = "desk/order.html"
WHY_PAGE: Final = "desk/why.html"
ORDER_PATH: Final = "/desk/orders/{id}"
LEVELS: Final = tuple(level.value for level in Satisfaction)


async def show_order(request: web.Request) -> web.Response:
    """Show one work order."""
    return await order_page(request, require_role(request, *DESK_ROLES), Form())


async def show_why(request: web.Request) -> web.Response:
    """Show every day that a limit counts or skips (为什么是这一天)."""
    actor = require_role(request, *DESK_ROLES)
    door = services(request)
    case, order = await door.desk.case(actor, request.match_info["id"])
    turn = next((one for one in await door.lists.turns(order) if one.id == order.assignment_id), None)
    why = explain_for_staff(case, order, turn, request.match_info["name"], door.desk.limits, language(request))
    return page(request, WHY_PAGE, why=why, letter=case.letter, order=order)


async def download_mail(request: web.Request) -> web.Response:
    """Send the mail as it came, as a file that no browser shows."""
    actor = require_role(request, *DESK_ROLES)
    door = services(request)
    case, _ = await door.desk.case(actor, request.match_info["id"])
    data = await door.letterbox.raw_mail(actor, case.letter.id)
    headers = {"Content-Type": "message/rfc822", "Content-Disposition": disposition(f"{case.letter.number}.eml")}
    return web.Response(body=data, headers=headers)


async def order_page(
    request: web.Request,
    actor: Actor,
    form: Form,
    *,
    problem: MinxinError | None = None,
    revealed: Mapping[str, str] | None = None,
) -> web.Response:
    """Render the work order that the address names, with a form that was refused and why, or what was revealed."""
    case, order = await services(request).desk.case(actor, request.match_info["id"])
    status = problem.http_status if problem else 422 if form.errors else 200
    return page(
        request,
        ORDER_PAGE,
        status=status,
        form=form,
        view=await order_view(request, actor, case, order),
        problem=problem,
        revealed=revealed,
        shelf=shelf_of(request),
        grounds=tuple(Ground),
        levels=LEVELS,
        data=tuple(Datum),
        file_limits=LETTER_LIMITS,
    )


def shelf_of(request: web.Request) -> str:
    """Return the list that the actor came from, to lead him back to it; empty when none of ours."""
    named = request.query.get("list") or form_of(request).text("list")
    return named if named in set(Shelf) else ""


def board_address(request: web.Request) -> str:
    """Return the address of the list that the actor came from."""
    shelf = shelf_of(request)
    return f"{BOARD_PATH}?list={shelf}" if shelf else BOARD_PATH


def routes() -> list[web.RouteDef]:
    """Return the routes of a work order that only show."""
    return [
        web.get(ORDER_PATH, show_order),
        web.get(ORDER_PATH + "/mail", download_mail),
        web.get(ORDER_PATH + "/why/{name:" + "|".join(NAMES) + "}", show_why),
    ]
