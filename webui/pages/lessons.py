"""What the judge learnt from people (教学记录): choices of offices and new places, and taking wrong ones back."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from minxin.consult.teaching import TEACHERS
from minxin.core.paging import PageRequest
from minxin.webui.context import origin, services
from minxin.webui.guards import require_role
from minxin.webui.offices import office_names
from minxin.webui.rendering import page, see_other

LIST_PATH: Final = "/desk/lessons"
PLACES_PATH: Final = "/desk/taught-places"
PAGE_SIZE: Final = 30


async def show_lessons(request: web.Request) -> web.Response:
    """Show the choices newest first, those that were taken back too."""
    actor = require_role(request, *TEACHERS)
    found = await services(request).teaching.examples(actor, PageRequest(request.query.get("after"), PAGE_SIZE))
    return page(
        request,
        "desk/lessons.html",
        examples=found.items,
        next_cursor=found.next,
        names=await office_names(request),
    )


async def take_back(request: web.Request) -> web.Response:
    """Have the judge forget one choice."""
    actor = require_role(request, *TEACHERS)
    await services(request).teaching.take_back(actor, request.match_info["id"], origin=origin(request))
    return see_other(request, LIST_PATH, "notice.desk.lesson_taken_back")


async def show_places(request: web.Request) -> web.Response:
    """Show the places that clerks taught, newest first."""
    actor = require_role(request, *TEACHERS)
    found = await services(request).places.taught(actor, PageRequest(request.query.get("after"), PAGE_SIZE))
    return page(request, "desk/taught_places.html", places=found.items, next_cursor=found.next)


async def take_place_back(request: web.Request) -> web.Response:
    """Forget where a place was said to lie."""
    actor = require_role(request, *TEACHERS)
    await services(request).places.take_back(actor, request.match_info["id"], origin=origin(request))
    return see_other(request, PLACES_PATH, "notice.desk.place_taken_back")


def routes() -> list[web.RouteDef]:
    """Return the routes of the lessons."""
    return [
        web.get(LIST_PATH, show_lessons),
        web.post(LIST_PATH + "/{id}/take-back", take_back),
        web.get(PLACES_PATH, show_places),
        web.post(PLACES_PATH + "/{id}/take-back", take_place_back),
    ]
