"""The desk (办理台): every role's work, the nearest limit first; for clerks the "not sure" tray (待派)."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from minxin.consult.access import OFFICE_ROLES
from minxin.consult.shelves import Shelf, first_shelf
from minxin.core.actor import Actor, Role
from minxin.core.errors import NotFoundError
from minxin.core.paging import PageRequest
from minxin.webui.context import services
from minxin.webui.guards import require_role
from minxin.webui.rendering import fresh_part, page, see_other
from minxin.webui.views.desk import rows_of, tray_cards

DESK_ROLES: Final = (*OFFICE_ROLES, Role.CLERK, Role.MANAGER, Role.CALLER, Role.DISCIPLINE)
BOARD_PATH: Final = "/desk"
BOARD_PAGE: Final = "desk/board.html"
QUEUE_PART: Final = "desk/queue.html"
TRAY_PART: Final = "desk/tray.html"
PAGE_SIZE: Final = 30
TRAY_SIZE: Final = 10


async def show_board(request: web.Request) -> web.Response:
    """Show the actor's shelves with their counts, and one of them opened."""
    actor = require_role(request, *DESK_ROLES)
    wanted = request.query.get("list", first_shelf(actor))
    if wanted not in set(Shelf):
        raise NotFoundError
    shelf = Shelf(wanted)
    template, shown = (TRAY_PART, _tray) if shelf is Shelf.TO_DISPATCH else (QUEUE_PART, _queue)
    key = (actor, request.rel_url, services(request).lists.desk_generation(actor))
    opened = await fresh_part(request, template, key, lambda: shown(request, actor, shelf))
    return page(request, BOARD_PAGE, shelf=shelf, opened=opened)


async def _queue(request: web.Request, actor: Actor, shelf: Shelf) -> dict[str, Any]:
    place = PageRequest(request.query.get("after"), PAGE_SIZE)
    found = await services(request).lists.shelf(actor, shelf, place)
    return {
        **await _shelves(request, actor, shelf),
        "rows": await rows_of(request, found.items),
        "next_cursor": found.next,
    }


async def _tray(request: web.Request, actor: Actor, shelf: Shelf) -> dict[str, Any]:
    place = PageRequest(request.query.get("after"), TRAY_SIZE)
    found = await services(request).lists.shelf(actor, shelf, place)
    return {
        **await _shelves(request, actor, shelf),
        "cards": await tray_cards(request, found.items),
        "next_cursor": found.next,
    }


async def _shelves(request: web.Request, actor: Actor, shelf: Shelf) -> dict[str, Any]:
    counts = await services(request).lists.shelf_counts(actor)
    return {
        "post": actor.post,
        "shelf": shelf,
        "shelves": tuple(counts.items()),
        "count": counts[shelf],
        "publishing": actor.is_a(Role.CLERK, Role.MANAGER, Role.REVIEWER, Role.SIGNER),
        "url": request.rel_url,
    }


async def open_letter(request: web.Request) -> web.Response:
    """Lead from a letter to the work order of it that the actor may see."""
    actor = require_role(request, *DESK_ROLES)
    case = await services(request).letterbox.case(actor, request.match_info["id"])
    if not case.orders:
        return page(request, "desk/letter.html", letter=case.letter)
    return see_other(request, f"/desk/orders/{case.orders[0].id}")


def routes() -> list[web.RouteDef]:
    """Return the routes of the desk's lists."""
    return [web.get(BOARD_PATH, show_board), web.get("/desk/letters/{id}", open_letter)]
