"""Hot issues (热点问题) for the centre: what many write about, how hot it is and why, and the letters behind it."""

from __future__ import annotations

from typing import Final

from aiohttp import web
from msgspec import Struct

from minxin.consult.alike_records import HotIssue
from minxin.core.paging import PageRequest
from minxin.webui.context import services
from minxin.webui.guards import require_role
from minxin.webui.offices import office_names
from minxin.webui.pages.manager import CENTRE
from minxin.webui.rendering import fresh_part, page

LIST_PATH: Final = "/manage/hot"
MOST_SHOWN: Final = 50
PAGE_SIZE: Final = 25


class Week(Struct, frozen=True):
    """A bar of the weekly picture: ``count`` letters, ``height`` in per cent of the largest."""

    count: int
    height: int


def weeks_of(issue: HotIssue) -> tuple[Week, ...]:
    """Return the bars of an issue, the oldest week first."""
    most = max(1, *issue.found.weekly)
    return tuple(Week(count, round(100 * count / most)) for count in issue.found.weekly)


async def show_list(request: web.Request) -> web.Response:
    """Show the issues, the hottest first, and the alarms before them."""
    actor = require_role(request, *CENTRE)
    issues = await services(request).hot_issues.current(actor)
    alarms = await services(request).hot_issues.alarms(actor)
    as_of = max((issue.updated_at for issue in issues), default=None)

    async def context() -> dict[str, object]:
        shown = issues[:MOST_SHOWN]
        return {"issues": [(issue, weeks_of(issue)) for issue in shown], "total": len(issues), "as_of": as_of}

    key = (as_of, len(issues), tuple(issue.id for issue in issues[:MOST_SHOWN]))
    found = await fresh_part(request, "manager/hot_part.html", key, context)
    return page(request, "manager/hot.html", alarms=alarms, found=found)


async def show_one(request: web.Request) -> web.Response:
    """Show an issue with the letters behind it, newest first."""
    actor = require_role(request, *CENTRE)
    door = services(request).hot_issues
    issue = await door.one(actor, request.match_info["id"])
    letters = await door.letters(actor, issue, PageRequest(request.query.get("after"), PAGE_SIZE))
    return page(
        request,
        "manager/hot_one.html",
        issue=issue,
        weeks=weeks_of(issue),
        letters=letters.items,
        next_cursor=letters.next,
        names=await office_names(request),
    )


def routes() -> list[web.RouteDef]:
    """Return the routes of hot issues."""
    return [web.get(LIST_PATH, show_list), web.get(LIST_PATH + "/{id}", show_one)]
