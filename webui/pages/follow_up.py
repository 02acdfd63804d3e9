"""The follow-up (回访): was the writer contacted, is it solved, how satisfied; who is not gets it done again (重办)."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from minxin.consult.moves import Move, target_of
from minxin.consult.records import OrderState, Satisfaction
from minxin.core.errors import InvalidInputError
from minxin.webui.context import language, origin, services
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_login
from minxin.webui.rendering import page, see_other
from minxin.webui.views.case import own_order
from minxin.webui.views.progress import office_names

RATING_PAGE = "letters/follow_up.html"
LEVELS: Final = tuple(level.value for level in Satisfaction)
_YES_NO: Final = {"yes": True, "no": False}


async def show_form(request: web.Request) -> web.Response:
    """Show the three questions."""
    return await _page(request, Form())


async def rate(request: web.Request) -> web.Response:
    """Take the rating; a bad one needs its reason, and has the letter done again the first time."""
    actor = require_login(request)
    form = form_of(request)
    case, order = await own_order(request, actor)
    if form.text("level") not in LEVELS:
        return await _page(request, form.with_error(InvalidInputError("followup.level.missing", field="level")))
    try:
        await services(request).desk.rate(
            actor,
            order.id,
            Satisfaction(form.text("level")),
            contacted=_YES_NO.get(form.text("contacted")),
            solved=_YES_NO.get(form.text("solved")),
            reason=form.text("reason"),
            origin=origin(request),
        )
    except InvalidInputError as error:
        return await _page(request, form.with_error(error))
    after = (await own_order(request, actor))[1]
    notice = "notice.rated" if after.state is OrderState.CLOSED else "notice.redone"
    return see_other(request, f"/letters/{case.letter.id}", notice)


async def _page(request: web.Request, form: Form) -> web.Response:
    actor = require_login(request)
    case, order = await own_order(request, actor)
    target_of(order, Move.RATE, actor, case.letter.writer_id)
    names = office_names(await services(request).lists.offices(), language(request))
    context = {"letter": case.letter, "order": order, "office": names.get(order.office_id or "", ""), "levels": LEVELS}
    return page(request, RATING_PAGE, status=422 if form.errors else 200, form=form, **context)


def routes() -> list[web.RouteDef]:
    """Return the routes of the follow-up."""
    path = "/letters/{id}/orders/{order}/follow-up"
    return [web.get(path, show_form), web.post(path, rate)]
