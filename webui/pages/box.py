"""The mailbox (邮箱): folders, a list of mail, one mail beside it, its files, and what it looks like as HTML."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, Final

from aiohttp import web

from minxin.core.errors import NotFoundError
from minxin.webui.context import services
from minxin.webui.forms import Form, form_of
from minxin.webui.guards import require_login
from minxin.webui.pages.attachments import SANDBOX, disposition, file_response
from minxin.webui.rendering import kept_page, page, see_other
from minxin.webui.views.mail_list import asked_of, boxes_of, mailbox_view, state_of
from minxin.webui.views.mail_message import message_view

LIST_PAGE: Final = "box/list.html"
MESSAGE_PAGE: Final = "box/message.html"
EXPORTS: Final = {"mbox": "application/mbox", "zip": "application/zip"}
_PICTURE_POLICY: Final = "default-src 'none'; sandbox"


def html_policy(pictures: str) -> str:
    """Return the policy of a mail's HTML: a document of its own, without script, form or frame of ours around it.

    ``pictures`` says where pictures may come from: from the mail itself, or from anywhere for who asked for that.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"img-src {pictures}",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox",
        )
    )


async def show_list(request: web.Request) -> web.Response:
    """Show a folder of a box, newest first, or what a search found in the whole box."""
    actor, asked = require_login(request), asked_of(request.query)

    async def shown() -> Mapping[str, Any]:
        return {"view": await mailbox_view(request, actor, asked)}

    state = await state_of(request, actor, asked)
    if state is None:
        return page(request, LIST_PAGE, view=None)
    return await kept_page(request, LIST_PAGE, state, shown)


async def open_message(request: web.Request) -> web.Response:
    """Mark the message as read and go on to it: reading a page writes nothing, pressing its button does."""
    actor = require_login(request)
    message_id = request.match_info["id"]
    await services(request).boxes.open(actor, message_id)
    return see_other(request, asked_of(request.query).address(f"/box/{message_id}"))


async def show_message(request: web.Request) -> web.Response:
    """Show one mail with its conversation, beside the list that it was opened from."""
    return page(request, MESSAGE_PAGE, **await message_context(request))


async def message_context(request: web.Request) -> dict[str, Any]:
    """Return what the page of a mail shows; raises ``NotFoundError``."""
    actor = require_login(request)
    message = await message_view(request, actor, request.match_info["id"])
    view = await mailbox_view(request, actor, asked_of(request.query), message.item)
    return {"view": view, "message": message, "form": Form.of()}


async def show_html(request: web.Request) -> web.Response:
    """Show the mail's HTML form, cleaned, as a sandboxed document of its own."""
    return await _document(request, remote_images=False)


async def show_pictures(request: web.Request) -> web.Response:
    """Show it with the pictures that lie elsewhere, for a reader who was told that the sender learns of it."""
    return await _document(request, remote_images=True)


async def _document(request: web.Request, *, remote_images: bool) -> web.Response:
    actor, message_id = require_login(request), request.match_info["id"]
    mailboxes = services(request).mailroom.mailboxes
    opened = await mailboxes.open(actor, message_id)
    if not opened.text.html:
        raise NotFoundError
    cleaned = await mailboxes.html(actor, message_id, f"/box/{message_id}/files/", remote_images=remote_images)
    title = escape(opened.item.subject)
    document = f'<!doctype html><meta charset="utf-8"><title>{title}</title>{cleaned.html}'
    headers = {
        "Content-Security-Policy": html_policy("'self' https:" if remote_images else "'self'"),
        # Whoever keeps a picture learns that it was asked for, and nothing of where it was shown.
        "Referrer-Policy": "no-referrer",
    }
    return web.Response(text=document, content_type="text/html", headers=headers)


async def download_file(request: web.Request) -> web.Response:
    """Send a file of a message."""
    actor = require_login(request)
    message_id, number = request.match_info["id"], int(request.match_info["number"])
    file, data = await services(request).boxes.file(actor, message_id, number)
    return file_response(file.name, file.content_type, data)


async def show_picture(request: web.Request) -> web.Response:
    """Send the preview of a picture in a message: decoded here and written anew."""
    actor = require_login(request)
    message_id, number = request.match_info["id"], int(request.match_info["number"])
    file, data = await services(request).boxes.file(actor, message_id, number)
    picture = await services(request).disk.previews.picture(actor, file.name, data)
    headers = {"Content-Type": picture.content_type, "Content-Security-Policy": _PICTURE_POLICY}
    return web.Response(body=picture.data, headers=headers)


async def download_raw(request: web.Request) -> web.Response:
    """Send the whole mail as it came."""
    actor, message_id = require_login(request), request.match_info["id"]
    mailboxes = services(request).mailroom.mailboxes
    item, raw = await mailboxes.item(actor, message_id), await mailboxes.raw(actor, message_id)
    return file_response(f"{item.subject[:60] or 'mail'}.eml", "message/rfc822", raw)


async def take(request: web.Request) -> web.Response:
    """Take a mail of a shared box upon oneself, or give it back."""
    actor, message_id = require_login(request), request.match_info["id"]
    room = services(request).mailroom
    if form_of(request).flag("release"):
        await room.webmail.release(actor, message_id)
    else:
        await room.webmail.take(actor, message_id)
    return see_other(request, asked_of(request.query).address(f"/box/{message_id}"))


async def export(request: web.Request) -> web.StreamResponse:
    """Send the whole box as one file, mail by mail."""
    actor, kind = require_login(request), request.match_info["kind"]
    webmail = services(request).mailroom.webmail
    boxes = await boxes_of(request, actor)
    box = await webmail.box(actor, request.query.get("box") or (boxes[0].id if boxes else ""))
    headers = {
        "Content-Type": EXPORTS[kind],
        "Content-Disposition": disposition(f"{box.address}.{kind}"),
        "Content-Security-Policy": SANDBOX,
    }
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    whole = False
    try:
        async for piece in webmail.exported(actor, box.id, kind):
            if piece:
                await response.write(piece)
        whole = True
    finally:
        # A file that breaks off must not look whole.
        if not whole and request.transport is not None:
            request.transport.abort()
    await response.write_eof()
    return response


def routes() -> list[web.RouteDef]:
    """Return the routes of the mailbox page."""
    number = "{number:[0-9][0-9]?}"
    return [
        web.get("/box", show_list),
        web.get("/box/export.{kind:mbox|zip}", export),
        web.get("/box/{id}", show_message),
        web.get("/box/{id}/html", show_html),
        web.get("/box/{id}/pictures", show_pictures),
        web.get("/box/{id}/raw", download_raw),
        web.get(f"/box/{{id}}/files/{number}", download_file),
        web.get(f"/box/{{id}}/files/{number}/picture", show_picture),
        web.post("/box/{id}/open", open_message),
        web.post("/box/{id}/take", take),
    ]
