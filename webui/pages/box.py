"""The citizen's own mailbox page (站内信)."""

from __future__ import annotations

from aiohttp import web

from minxin.core.paging import PageRequest
from minxin.webui.context import services
from minxin.webui.guards import require_login
from minxin.webui.pages.attachments import file_response
from minxin.webui.rendering import page, see_other

LIST_PAGE = "box/list.html"
MESSAGE_PAGE = "box/message.html"
PAGE_SIZE = 20


async def show_list(request: web.Request) -> web.Response:
    """Show the messages, newest first, the unread ones marked."""
    actor = require_login(request)
    boxes = services(request).boxes
    found = await boxes.list(actor, PageRequest(request.query.get("after"), PAGE_SIZE))
    unread = await boxes.unread(actor)
    return page(request, LIST_PAGE, messages=found.items, unread=unread, next_cursor=found.next)


async def open_message(request: web.Request) -> web.Response:
    """Mark the message as read and go on to it: reading a page writes nothing, pressing its button does."""
    actor = require_login(request)
    message_id = request.match_info["id"]
    await services(request).boxes.open(actor, message_id)
    return see_other(request, f"/box/{message_id}")


async def show_message(request: web.Request) -> web.Response:
    """Show one message."""
    actor = require_login(request)
    message = await services(request).boxes.message(actor, request.match_info["id"])
    return page(request, MESSAGE_PAGE, message=message)


async def download_file(request: web.Request) -> web.Response:
    """Send a file of a message."""
    actor = require_login(request)
    message_id, number = request.match_info["id"], int(request.match_info["number"])
    file, data = await services(request).boxes.file(actor, message_id, number)
    return file_response(file.name, file.content_type, data)


def routes() -> list[web.RouteDef]:
    """Return the routes of the mailbox page."""
    return [
        web.get("/box", show_list),
        web.get("/box/{id}", show_message),
        web.get("/box/{id}/files/{number:[0-9]}", download_file),
        web.post("/box/{id}/open", open_message),
    ]
