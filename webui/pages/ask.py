"""The ask box (问一问): which office a matter belongs to and why, before anybody logs in or writes."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from minxin.core.errors import InvalidInputError
from minxin.webui.forms import Form, form_of
from minxin.webui.rendering import page
from minxin.webui.views.advice import advise

ASK_PAGE = "home/ask.html"
QUESTION_MAX: Final = 500


async def show_ask(request: web.Request) -> web.Response:
    """Show the box, or the answer to the ``q`` of a link from elsewhere."""
    question = request.query.get("q", "")
    return await _answer(request, Form.of(q=question)) if question else _ask(request, Form())


async def ask(request: web.Request) -> web.Response:
    """Answer what was typed; our own box posts it, so that no address ever holds somebody's words."""
    return await _answer(request, form_of(request))


async def _answer(request: web.Request, form: Form) -> web.Response:
    question = form.text("q").strip()
    if not question:
        return _ask(request, form.with_error(InvalidInputError("ask.missing", field="q")))
    if len(question) > QUESTION_MAX:
        return _ask(request, form.with_error(InvalidInputError("ask.too_long", field="q", most=QUESTION_MAX)))
    advice = await advise(request, "", question)
    return page(request, ASK_PAGE, form=form, advice=advice, question=question, question_max=QUESTION_MAX)


def _ask(request: web.Request, form: Form) -> web.Response:
    status = 422 if form.errors else 200
    return page(request, ASK_PAGE, status=status, form=form, advice=None, question="", question_max=QUESTION_MAX)


def routes() -> list[web.RouteDef]:
    """Return the routes of the ask box."""
    return [web.get("/ask", show_ask), web.post("/ask", ask)]
