"""The status page (查询来信): number and query code open it without log-in. It shows no word of the letter."""

from __future__ import annotations

from aiohttp import web

from minxin.consult.access import Case
from minxin.core.errors import InvalidInputError, NotFoundError
from minxin.webui.context import language, origin, services
from minxin.webui.forms import Form, form_of
from minxin.webui.rendering import page
from minxin.webui.views.case import letter_view
from minxin.webui.views.limits import explain

QUERY_PAGE = "letters/query.html"
STATUS_PAGE = "letters/status.html"


async def show_form(request: web.Request) -> web.Response:
    """Ask for number and code."""
    return page(request, QUERY_PAGE, form=Form())


async def query(request: web.Request) -> web.Response:
    """Show where the letter is; the code comes and goes in the body, never in an address."""
    form = form_of(request)
    number, code = form.text("number").strip(), form.text("code").strip()
    for name, value in (("number", number), ("code", code)):
        if not value:
            form = form.with_error(InvalidInputError(f"query.{name}.missing", field=name))
    if form.errors:
        return page(request, QUERY_PAGE, status=422, form=form)
    door = services(request)
    try:
        case = await door.guesses.guess("query", origin(request), lambda: door.letterbox.query(number, code))
    except NotFoundError:
        wrong = form.with_error(InvalidInputError("query.wrong", field="code"))
        return page(request, QUERY_PAGE, status=422, form=wrong)
    return await _status(request, case)


async def _status(request: web.Request, case: Case) -> web.Response:
    view = await letter_view(request, case, titles=False)
    limits = services(request).letterbox.limits
    reasons = [explain(case, one.name, one.order_id, limits, language(request)) for one in view.limits]
    return page(request, STATUS_PAGE, view=view, reasons=reasons)


def routes() -> list[web.RouteDef]:
    """Return the routes of the status page."""
    return [web.get("/query", show_form), web.post("/query", query)]
