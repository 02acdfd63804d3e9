"""Papers (补充材料): the office asked for something, and the clock stands still until it comes."""

from __future__ import annotations

from aiohttp import web

from minxin.consult.moves import Move, target_of
from minxin.core.errors import IllegalMoveError, InvalidInputError
from minxin.webui.context import language, origin, services
from minxin.webui.forms import Form, form_limits, form_of
from minxin.webui.guards import require_login
from minxin.webui.letter_form import LETTER_LIMITS, uploads_of
from minxin.webui.rendering import page, see_other
from minxin.webui.views.case import own_order
from minxin.webui.views.progress import office_names

PAPERS_PAGE = "letters/papers.html"


async def show_form(request: web.Request) -> web.Response:
    """Show what was asked for, with room for words and files."""
    return await _page(request, Form())


@form_limits(LETTER_LIMITS)
async def supply(request: web.Request) -> web.Response:
    """Send the papers to the office."""
    actor = require_login(request)
    form = form_of(request)
    case, order = await own_order(request, actor)
    if form.errors:
        return await _page(request, form)
    try:
        await services(request).desk.supply_papers(
            actor, order.id, form.text("text"), uploads_of(form), origin=origin(request)
        )
    except InvalidInputError as error:
        return await _page(request, form.with_error(error))
    return see_other(request, f"/letters/{case.letter.id}", "notice.papers_supplied")


async def _page(request: web.Request, form: Form) -> web.Response:
    actor = require_login(request)
    case, order = await own_order(request, actor)
    target_of(order, Move.SUPPLY_PAPERS, actor, case.letter.writer_id)
    if not order.papers:
        raise IllegalMoveError("moves.state", move=Move.SUPPLY_PAPERS, state=order.state)
    names = office_names(await services(request).lists.offices(), language(request))
    context = {"letter": case.letter, "order": order, "office": names.get(order.office_id or "", "")}
    return page(request, PAPERS_PAGE, status=422 if form.errors else 200, form=form, limits=LETTER_LIMITS, **context)


def routes() -> list[web.RouteDef]:
    """Return the routes of papers."""
    path = "/letters/{id}/orders/{order}/papers"
    return [web.get(path, show_form), web.post(path, supply)]
