"""Ending without a letter (不用写信了): an entry beside the form was enough; a second tap drops the draft."""

from __future__ import annotations

from aiohttp import web

from minxin.core.actor import Actor
from minxin.core.errors import NotFoundError
from minxin.webui.context import services
from minxin.webui.forms import Form, form_limits, form_of
from minxin.webui.letter_form import LETTER_LIMITS, draft_of, for_writers, keep
from minxin.webui.offices import office_names
from minxin.webui.rendering import page, see_other
from minxin.webui.views.conversation import PassageView, passage_view

DONE = "notice.letter.not_needed"


async def entries_beside(request: web.Request, form: Form) -> tuple[PassageView, ...]:
    """Return the entries that stand beside what is typed so far."""
    found = await services(request).beside.best(form.text("subject"), form.text("text"))
    names = await office_names(request) if found else {}
    return tuple(passage_view(one, names) for one in found)


@form_limits(LETTER_LIMITS)
@for_writers
async def ask_first(request: web.Request, actor: Actor) -> web.Response:
    """Keep what was typed, show the entry once more and ask whether the draft may go."""
    form = form_of(request)
    entry = await services(request).beside.entry(form.text("taken"))
    form, draft = await keep(request, actor, form)
    if draft is None:
        draft = await draft_of(services(request).letterbox, actor, form)
    if draft is None:
        raise NotFoundError
    names = await office_names(request)
    return page(request, "write/solved.html", form=form, draft=draft, entry=passage_view(entry, names))


@for_writers
async def end(request: web.Request, actor: Actor) -> web.Response:
    """Drop the draft and count that the entry was enough."""
    form = form_of(request)
    await services(request).beside.take(actor, form.token, form.text("taken"))
    return see_other(request, "/", DONE)


def routes() -> list[web.RouteDef]:
    """Return the routes of ending without a letter."""
    return [web.post("/write/solved", ask_first), web.post("/write/solved/end", end)]
