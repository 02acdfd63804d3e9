"""Files between mail and one's own disk: attached and kept without a second copy (存一份, 处处可用)."""

from __future__ import annotations

import mimetypes
from typing import Any, Final

from aiohttp import web

from minxin.core.actor import Actor
from minxin.core.errors import MinxinError, NotFoundError
from minxin.mailbox.disk.records import TOP
from minxin.mailbox.mail.drafting import Draft, written_file
from minxin.webui.context import services
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_login
from minxin.webui.pages.box_compose import address_of
from minxin.webui.rendering import page, refused_page, see_other
from minxin.webui.views.disk import folder_view

CHOOSE_PAGE: Final = "box/choose.html"
PATH: Final = "/box/compose/disk"


async def show_choice(request: web.Request) -> web.Response:
    """Show the files of a folder of one's own disk, each with a button that attaches it."""
    actor = require_login(request)
    draft = await _draft(request, actor, request.query.get("box", ""), request.query.get("key", ""))
    context = await _context(request, actor, draft, request.query.get("folder", TOP))
    return page(request, CHOOSE_PAGE, form=Form.of(), **context)


async def attach(request: web.Request) -> web.Response:
    """Attach a file of the disk to the draft: the same bytes, kept once."""
    actor, form = require_login(request), form_of(request)
    draft = await _draft(request, actor, form.text("box"), form.text("key"))
    door = services(request)
    try:
        item, data = await door.disk.files.read(actor, form.text("item"))
        kind = mimetypes.guess_type(item.name)[0] or ""
        await door.mailroom.webmail.drafting.save(
            actor, draft.box.id, draft.key, draft.typed, add=[written_file(item.name, kind, data)]
        )
    except MinxinError as error:
        context = await _context(request, actor, draft, form.text("folder"))
        return refused_page(request, CHOOSE_PAGE, form, error, **context)
    return see_other(request, address_of(draft), "notice.mail.attached")


async def _draft(request: web.Request, actor: Actor, box_id: str, key: str) -> Draft:
    drafting = services(request).mailroom.webmail.drafting
    item = await drafting.find(actor, box_id, key)
    if item is None:
        raise NotFoundError
    return await drafting.open(actor, item.id)


async def _context(request: web.Request, actor: Actor, draft: Draft, folder_id: str) -> dict[str, Any]:
    shelf = await services(request).disk.files.shelf(actor)
    return {
        "view": folder_view(shelf, folder_id, request.query.get("after", "")),
        "draft": draft,
        "back": address_of(draft),
        "here": address_of(draft, PATH),
    }


def routes() -> list[web.RouteDef]:
    """Return the routes of files from the disk."""
    return [web.get(PATH, show_choice), web.post(PATH, attach)]
