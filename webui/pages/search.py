"""Searching (检索): letters on the desk, one's own, published answers, with facets; and how the index is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final

from aiohttp import web
from msgspec import Struct

from minxin.consult.search.records import FACETS, Narrowed
from minxin.consult.search.service import OWN_FACETS, Found
from minxin.consult.status import stage_of
from minxin.core.actor import Role
from minxin.core.errors import InvalidInputError
from minxin.core.paging import PageRequest
from minxin.webui.context import services
from minxin.webui.guards import require_login, require_role
from minxin.webui.offices import office_names
from minxin.webui.pages.board import DESK_ROLES
from minxin.webui.rendering import page

PATH: Final = "/desk/search"
OWN_PATH: Final = "/letters/search"
PUBLIC_PATH: Final = "/published/search"
ADMIN_PATH: Final = "/admin/search"
PAGE_SIZE: Final = 20
MOST_VALUES: Final = 12  # of a facet


class FacetView(Struct, frozen=True):
    """A facet of the results: its values with how many letters have each, and which one is chosen."""

    name: str
    values: tuple[tuple[str, int], ...]
    chosen: str | None


async def search_desk(request: web.Request) -> web.Response:
    """Show the letters that the reader may see and the words find."""
    actor = require_role(request, *DESK_ROLES)
    search = services(request).search
    return await _found(request, "search/desk.html", partial(search.letters, actor))


async def search_own(request: web.Request) -> web.Response:
    """Show the letters of the reader and of his companies that the words find."""
    actor = require_login(request)
    search = services(request).search
    return await _found(request, "search/own.html", partial(search.own, actor), OWN_FACETS)


async def search_published(request: web.Request) -> web.Response:
    """Show the published answers that the words find."""
    return await _found(request, "search/published.html", services(request).search.published)


async def _found(
    request: web.Request,
    template: str,
    find: Callable[[str, PageRequest, Narrowed], Awaitable[Found]],
    facets: Sequence[str] = FACETS,
) -> web.Response:
    asked = request.query.get("q", "")
    narrowed = Narrowed(**{name: request.query.get(name) or None for name in facets})
    error, found = None, None
    try:
        found = await find(asked, PageRequest(request.query.get("after"), PAGE_SIZE), narrowed)
    except InvalidInputError as refused:
        error = refused
    return page(
        request,
        template,
        status=error.http_status if error else 200,
        asked=asked,
        found=found,
        error=error,
        facets=_facets(found.facets if found else {}, narrowed),
        names=await office_names(request),
        stage_of=stage_of,
    )


async def show_health(request: web.Request) -> web.Response:
    """Show whether the engine answers, how large its index is, and how far that is behind."""
    actor = require_role(request, Role.ADMINISTRATOR)
    return page(request, "search/health.html", health=await services(request).search.health(actor))


def _facets(counts: dict[str, tuple[tuple[str, int], ...]], narrowed: Narrowed) -> list[FacetView]:
    chosen = dict(narrowed.chosen())
    return [
        FacetView(name, values[:MOST_VALUES], chosen.get(name))
        for name in FACETS
        if (values := counts.get(name, ())) or name in chosen
    ]


def routes() -> list[web.RouteDef]:
    """Return the routes of searching."""
    return [
        web.get(PATH, search_desk),
        web.get(OWN_PATH, search_own),
        web.get(PUBLIC_PATH, search_published),
        web.get(ADMIN_PATH, show_health),
    ]
