"""The figures of the live chat for managers (咨询统计)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from aiohttp import web

from minxin.consult.chat.figures import by_day, figures_of
from minxin.core.actor import Role
from minxin.webui.context import services
from minxin.webui.guards import require_role
from minxin.webui.rendering import page

OVER: Final = timedelta(days=30)
FIGURES_PAGE: Final = "chat/figures.html"


async def show_figures(request: web.Request) -> web.Response:
    """Show how many visitors called a person in the last days, how soon they were answered, and what became of them."""
    actor = require_role(request, Role.MANAGER, Role.CLERK)
    now = services(request).clock.now()
    desk = services(request).chat.desk
    found = await desk.called_between(actor, now - OVER, now)
    shelves = await desk.shelves(actor)
    return page(
        request,
        FIGURES_PAGE,
        total=figures_of(found),
        days=by_day(found),
        waiting=len(shelves.waiting),
        served=len(shelves.mine) + len(shelves.others),
        here=shelves.here,
        over=OVER.days,
    )


def routes() -> list[web.RouteDef]:
    """Return the route of the figures."""
    return [web.get("/manage/chats", show_figures)]
