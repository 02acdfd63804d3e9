"""The home page: what this is, the ask box, and the ways on."""

from __future__ import annotations

from aiohttp import web

from minxin.webui.context import services, visitor
from minxin.webui.forms import Form
from minxin.webui.pages.ask import QUESTION_MAX
from minxin.webui.rendering import page

HOME_PAGE = "home/home.html"


async def show_home(request: web.Request) -> web.Response:
    """Show the home page; who is logged in sees how many messages wait."""
    who = visitor(request)
    unread = await services(request).boxes.unread(who.actor) if who.logged_in else 0
    return page(request, HOME_PAGE, form=Form(), unread=unread, question_max=QUESTION_MAX)


def routes() -> list[web.RouteDef]:
    """Return the route of the home page."""
    return [web.get("/", show_home)]
