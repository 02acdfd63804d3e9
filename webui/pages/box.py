"""The mailbox (邮箱): folders at the side, a list of mail, one mail, its files, and what it looks like as HTML."""

from __future__ import annotations

from html import escape
from typing import Final

from aiohttp import web

from minxin.core.actor import Actor
from minxin.core.errors import NotFoundError
from minxin.core.paging import Page, PageRequest
from minxin.mailbox.mail.records import Box, FolderRole, MailItem
from minxin.mailbox.mail.service import FolderShown
from minxin.webui.context import services
from minxin.webui.guards import require_login
from minxin.webui.pages.attachments import file_response
from minxin.webui.rendering import page, see_other

LIST_PAGE: Final = "box/list.html"
MESSAGE_PAGE: Final = "box/message.html"
PAGE_SIZE: Final = 20
# A mail's HTML is a document of its own: no script, no form, no frame of ours around it, pictures from the mail alone.
HTML_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "img-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox",
    )
)


async def show_list(request: web.Request) -> web.Response:
    """Show a folder of one's own box, newest first, or what a search found in the whole box."""
    actor = require_login(request)
    box = await services(request).boxes.own(actor)
    if box is None:
        return page(request, LIST_PAGE, box=None, folders=(), folder=None, items=[], words="", next_cursor=None)
    folders = await services(request).mailroom.mailboxes.folders(actor, box.id)
    folder = _chosen(folders, request.query.get("folder", FolderRole.INBOX.value))
    words = request.query.get("q", "").strip()
    found = await _found(request, actor, box, folder, words)
    return page(
        request,
        LIST_PAGE,
        box=box,
        folders=folders,
        folder=None if words else folder,
        items=found.items,
        words=words,
        next_cursor=found.next,
    )


async def open_message(request: web.Request) -> web.Response:
    """Mark the message as read and go on to it: reading a page writes nothing, pressing its button does."""
    actor = require_login(request)
    message_id = request.match_info["id"]
    await services(request).boxes.open(actor, message_id)
    return see_other(request, f"/box/{message_id}")


async def show_message(request: web.Request) -> web.Response:
    """Show one mail with the others of its conversation."""
    actor, message_id = require_login(request), request.match_info["id"]
    mailboxes = services(request).mailroom.mailboxes
    opened = await mailboxes.open(actor, message_id)
    thread = [one for one in await mailboxes.thread(actor, message_id) if one.id != message_id]
    return page(request, MESSAGE_PAGE, item=opened.item, mail=opened.text, thread=thread)


async def show_html(request: web.Request) -> web.Response:
    """Show the mail's HTML form, cleaned, as a sandboxed document of its own."""
    actor, message_id = require_login(request), request.match_info["id"]
    mailboxes = services(request).mailroom.mailboxes
    opened = await mailboxes.open(actor, message_id)
    if not opened.text.html:
        raise NotFoundError
    cleaned = await mailboxes.html(actor, message_id, f"/box/{message_id}/files/")
    title = escape(opened.item.subject)
    document = f'<!doctype html><meta charset="utf-8"><title>{title}</title>{cleaned.html}'
    headers = {"Content-Security-Policy": HTML_POLICY}
    return web.Response(text=document, content_type="text/html", headers=headers)


async def download_file(request: web.Request) -> web.Response:
    """Send a file of a message."""
    actor = require_login(request)
    message_id, number = request.match_info["id"], int(request.match_info["number"])
    file, data = await services(request).boxes.file(actor, message_id, number)
    return file_response(file.name, file.content_type, data)


def _chosen(folders: list[FolderShown], wanted: str) -> FolderShown:
    """Return the folder with the role or id; raises ``NotFoundError``."""
    for shown in folders:
        if wanted == shown.folder.id or (shown.folder.role is not None and wanted == shown.folder.role.value):
            return shown
    raise NotFoundError


async def _found(request: web.Request, actor: Actor, box: Box, folder: FolderShown, words: str) -> Page[MailItem]:
    mailboxes = services(request).mailroom.mailboxes
    wanted = PageRequest(request.query.get("after"), PAGE_SIZE)
    if words:
        return await mailboxes.search(actor, box.id, words, wanted)
    return await mailboxes.items(actor, folder.folder.id, wanted)


def routes() -> list[web.RouteDef]:
    """Return the routes of the mailbox page."""
    return [
        web.get("/box", show_list),
        web.get("/box/{id}", show_message),
        web.get("/box/{id}/html", show_html),
        web.get("/box/{id}/files/{number:[0-9][0-9]?}", download_file),
        web.post("/box/{id}/open", open_message),
    ]
