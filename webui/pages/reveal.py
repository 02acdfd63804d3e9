"""The reveal (显示身份): one datum, for a reason, for a letter in one's hands; the writer sees who looked and why."""

from __future__ import annotations

from aiohttp import web

from minxin.consult.access import in_hands
from minxin.core.errors import InvalidInputError, NotAllowedError, NotFoundError, TooManyTriesError
from minxin.mailbox.reveals import Datum
from minxin.webui.context import origin, services
from minxin.webui.forms import form_of
from minxin.webui.guards import require_role
from minxin.webui.pages.board import DESK_ROLES
from minxin.webui.pages.work_order import ORDER_PATH, order_page
from minxin.webui.rendering import page


async def reveal(request: web.Request) -> web.Response:
    """Show the datum on this answer and nowhere else: no address leads to it, and nothing keeps the page."""
    actor = require_role(request, *DESK_ROLES)
    form = form_of(request)
    door = services(request)
    case, order = await door.desk.case(actor, request.match_info["id"])
    letter = case.letter
    what = form.text("reveal_what")
    if what not in set(Datum):
        missing = InvalidInputError("reveal.what.missing", field="reveal_what")
        return await order_page(request, actor, form.with_error(missing))
    try:
        value = await door.accounts.people.reveal(
            actor,
            letter.writer_id,
            Datum(what),
            form.text("reveal_reason"),
            letter.id,
            origin(request),
            in_hands=in_hands(actor, letter, order),
        )
    except InvalidInputError as error:
        beside = InvalidInputError(error.reason, field=f"reveal_{error.field}", **error.params)
        return await order_page(request, actor, form.with_error(beside))
    except (NotFoundError, NotAllowedError, TooManyTriesError) as error:
        return await order_page(request, actor, form, problem=error)
    return page(request, "desk/revealed.html", what=Datum(what), value=value, letter=letter, order=order)


def routes() -> list[web.RouteDef]:
    """Return the route of the reveal."""
    return [web.post(ORDER_PATH + "/reveal", reveal)]
