"""The desk (办理台): every role's work, the nearest limit first; for clerks the "not sure" tray (待派)."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from minxin.consult.access import OFFICE_ROLES
from minxin.consult.shelves import Shelf, first_shelf
from minxin.core.actor import Role
from minxin.core.errors import NotFoundError
from minxin.core.paging import PageRequest
from minxin.webui.context import services
from minxin.webui.guards import require_role
from minxin.webui.rendering import page, see_other
from minxin.webui.views.desk import rows_of, tray_cards

DESK_ROLES: Final = (*OFFICE_ROLES, Role.CLERK, Role.MANAGER, Role.CALLER, Role.DISCIPLINE)
BOARD_PATH: Final = "/desk"
BOARD_PAGE: Final = "desk/board.html"
TRAY_PAGE: Final = "desk/tray.html"
PAGE_SIZE: Final = 30
TRAY_SIZE: Final = 10


async def show_board(request: web.Request) -> web.Response:
    """Show the actor's shelves with their counts, and one of them opened."""
    actor = require_role(request, *DESK_ROLES)
    lists = services(request).lists
    wanted = request.query.get("list", first_shelf(actor))
    if wanted not in set(Shelf):
        raise NotFoundError
    shelf = Shelf(wanted)
    tray = shelf is Shelf.TO_DISPATCH
    found = await lists.shelf(actor, shelf, PageRequest(request.query.get("after"), TRAY_SIZE if tray else PAGE_SIZE))
    return page(
        request,
        TRAY_PAGE if tray else BOARD_PAGE,
        shelf=shelf,
        counts=await lists.shelf_counts(actor),
        next_cursor=found.next,
        cards=await tray_cards(request, found.items) if tray else [],
        rows=[] if tray else await rows_of(request, found.items),
    )


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
