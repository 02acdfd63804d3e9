"""What everybody may read (公开答复): answered letters without a name, newest first, no log-in."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from minxin.core.errors import NotFoundError
from minxin.core.paging import PageRequest
from minxin.webui.context import services
from minxin.webui.offices import office_names
from minxin.webui.rendering import page

LIST_PATH: Final = "/published"
PAGE_SIZE: Final = 20


async def show_list(request: web.Request) -> web.Response:
    """Show the published letters."""
    office_id = request.query.get("office") or None
    names = await office_names(request)
    if office_id is not None and office_id not in names:
        raise NotFoundError
    wanted = PageRequest(request.query.get("after"), PAGE_SIZE)
    found = await services(request).publications.published(wanted, office_id)
    return page(
        request, "published/list.html", copies=found.items, next_cursor=found.next, names=names, office_id=office_id
    )


async def show_one(request: web.Request) -> web.Response:
    """Show one published letter with its answer."""
    copy = await services(request).publications.published_one(request.match_info["id"])
    return page(request, "published/one.html", copy=copy, names=await office_names(request))


def routes() -> list[web.RouteDef]:
    """Return the routes of what is published."""
    return [web.get(LIST_PATH, show_list), web.get(LIST_PATH + "/{id}", show_one)]
