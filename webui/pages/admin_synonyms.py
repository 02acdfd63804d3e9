"""The table of synonyms (同义词): what people call things, so that they find what offices call otherwise."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from minxin.core.actor import Actor, Role
from minxin.core.errors import InvalidInputError
from minxin.core.paging import PageRequest
from minxin.webui.context import origin, services
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_role
from minxin.webui.rendering import page, see_other

PATH: Final = "/admin/synonyms"
LIST_SIZE: Final = 50


async def show(request: web.Request) -> web.Response:
    """Show the pairs by the word that people say, those that hold a text when one is sought."""
    return await _page(request, require_role(request, Role.ADMINISTRATOR), Form())


async def add(request: web.Request) -> web.Response:
    """Add a pair; what can't be taken is told beside its field."""
    actor = require_role(request, Role.ADMINISTRATOR)
    form = form_of(request)
    try:
        await services(request).synonyms.add(actor, form.text("said"), form.text("meant"), origin=origin(request))
    except InvalidInputError as error:
        return await _page(request, actor, form.with_error(error))
    return see_other(request, PATH, "notice.synonym_added")


async def remove(request: web.Request) -> web.Response:
    """Remove a pair."""
    actor = require_role(request, Role.ADMINISTRATOR)
    await services(request).synonyms.remove(actor, form_of(request).text("pair"), origin=origin(request))
    return see_other(request, PATH, "notice.synonym_removed")


async def _page(request: web.Request, actor: Actor, form: Form) -> web.Response:
    sought = request.query.get("sought", "")
    wanted = PageRequest(request.query.get("after"), LIST_SIZE)
    found = await services(request).synonyms.listed(actor, sought, wanted)
    return page(
        request,
        "admin/synonyms.html",
        status=422 if form.errors else 200,
        form=form,
        filter=Form.of(sought=sought),
        pairs=found.items,
        next_cursor=found.next,
    )


def routes() -> list[web.RouteDef]:
    """Return the routes of the synonyms."""
    return [web.get(PATH, show), web.post(PATH, add), web.post(PATH + "/remove", remove)]
