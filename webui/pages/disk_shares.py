"""Shares (外链分享): the owner's list, and the page that the link leads to."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from minxin.core.errors import InvalidInputError, MinxinError, TooManyTriesError
from minxin.mailbox.disk.records import Audience
from minxin.mailbox.disk.sharing import ShareForm
from minxin.webui.context import origin, services, site_of, visitor
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_login
from minxin.webui.pages.attachments import file_response
from minxin.webui.pages.disk_file import FILE_PAGE, OCTETS, file_context
from minxin.webui.rendering import page, refused_page, see_other
from minxin.webui.views.disk import share_rows

SHARES_PAGE: Final = "disk/shares.html"
LINK_PAGE: Final = "disk/link.html"
SHARED_PAGE: Final = "disk/shared.html"


async def create(request: web.Request) -> web.Response:
    """Share a file, and show its link, in this answer and never again."""
    actor, form = require_login(request), form_of(request)
    wanted = _wanted(form, services(request).disk.rules.share_days)
    item_id = request.match_info["id"]
    try:
        new = await services(request).disk.shares.create(actor, item_id, wanted, origin=origin(request))
    except InvalidInputError as error:
        return refused_page(request, FILE_PAGE, form, error, **await file_context(request))
    link = f"{site_of(request)}/shared/{new.token}"
    item = (await services(request).disk.files.shelf(actor)).tree.file(item_id)
    return page(request, LINK_PAGE, link=link, share=new.record, item=item)


async def show_shares(request: web.Request) -> web.Response:
    """Show one's own shares, newest first, with how often each was fetched."""
    actor, door = require_login(request), services(request)
    shelf = await door.disk.files.shelf(actor)
    rows = share_rows(await door.disk.shares.shares_of(actor), shelf.tree, door.clock.now())
    return page(request, SHARES_PAGE, rows=rows)


async def end(request: web.Request) -> web.Response:
    """End a share."""
    actor = require_login(request)
    await services(request).disk.shares.revoke(actor, request.match_info["id"], origin=origin(request))
    return see_other(request, "/disk/shares", "notice.disk_share_ended")


async def show_shared(request: web.Request) -> web.Response:
    """Ask who has the link for the password; nothing of the file is told before."""
    face = await services(request).disk.shares.look(request.match_info["token"], visitor(request).account)
    return page(request, SHARED_PAGE, form=Form.of(), face=face)


async def fetch(request: web.Request) -> web.Response:
    """Send the shared file for the right password."""
    shares, form = services(request).disk.shares, form_of(request)
    token, account = request.match_info["token"], visitor(request).account
    try:
        item, data = await shares.fetch(token, account, form.text("password"), origin=origin(request))
    except (InvalidInputError, TooManyTriesError) as error:
        face = await shares.look(token, account)
        return refused_page(request, SHARED_PAGE, form, _beside(error), face=face)
    return file_response(item.name, OCTETS, data)


def _wanted(form: Form, lives: tuple[int, ...]) -> ShareForm:
    audience, days = form.text("audience"), form.text("days")
    to = {Audience.PERSON.value: "phone", Audience.OFFICE.value: "office"}.get(audience, "")
    return ShareForm(
        form.text("shown_name"),
        form.text("password"),
        int(days) if days in {str(life) for life in lives} else 0,
        audience,
        form.text(to) if to else "",
    )


def _beside(error: MinxinError) -> MinxinError:
    """Return the error as one that stands beside the password."""
    error.field = "password"
    return error


def routes() -> list[web.RouteDef]:
    """Return the routes of shares."""
    return [
        web.post("/disk/items/{id}/share", create),
        web.get("/disk/shares", show_shares),
        web.post("/disk/shares/{id}/end", end),
        web.get("/shared/{token}", show_shared),
        web.post("/shared/{token}", fetch),
    ]
