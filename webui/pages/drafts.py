"""Drafts (草稿): what somebody types is kept as he types, by script or by button."""

from __future__ import annotations

import msgspec
from aiohttp import hdrs, web
from babel.dates import format_time

from minxin.core.actor import Actor
from minxin.core.clock import SHANGHAI
from minxin.webui.context import language, services
from minxin.webui.forms import form_limits, form_of
from minxin.webui.i18n import sentences
from minxin.webui.letter_form import LETTER_LIMITS, for_writers, form_of_draft, keep
from minxin.webui.pages.write import write_page
from minxin.webui.rendering import page, see_other

FILES = "write/files.html"
_JSON = "application/json"


@form_limits(LETTER_LIMITS)
@for_writers
async def save(request: web.Request, actor: Actor) -> web.Response:
    """Keep what is typed and sent. A script gets the words for its status line, the list of files, and the address
    under which the page can be loaded again with what is typed.
    """
    form, draft = await keep(request, actor, form_of(request))
    if request.headers.get(hdrs.ACCEPT) == _JSON:
        shown = page(request, FILES, draft=draft, fresh_errors=form.errors).text
        address = f"/drafts/{draft.id}" if draft else ""
        told = {"message": "" if form.errors else _saved(request), "files": shown, "address": address}
        return web.Response(body=msgspec.json.encode(told), content_type=_JSON)
    if form.errors or draft is None:
        return await write_page(request, actor, form, draft, status=422)
    return see_other(request, f"/drafts/{draft.id}", "notice.draft_saved")


@for_writers
async def show(request: web.Request, actor: Actor) -> web.Response:
    """Show the form with what the draft holds."""
    draft = await services(request).letterbox.draft(actor, request.match_info["id"])
    return await write_page(request, actor, form_of_draft(draft), draft)


@for_writers
async def drop(request: web.Request, actor: Actor) -> web.Response:
    """Throw the draft away."""
    await services(request).letterbox.drop_draft(actor, request.match_info["id"])
    return see_other(request, "/letters", "notice.draft_dropped")


def _saved(request: web.Request) -> str:
    now = services(request).clock.now().astimezone(SHANGHAI)
    return sentences().sentence("draft.saved", language(request), time=format_time(now, "HH:mm"))


def routes() -> list[web.RouteDef]:
    """Return the routes of drafts."""
    return [
        web.post("/drafts", save),
        web.get("/drafts/{id}", show),
        web.post("/drafts/{id}/drop", drop),
    ]
