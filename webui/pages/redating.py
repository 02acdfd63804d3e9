"""The limits that a new year's calendar moves (时限重算): what moves is shown, a manager confirms, the log shows it."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from minxin.consult.deadlines import local_day
from minxin.core.actor import Role
from minxin.webui.context import language, origin, services
from minxin.webui.guards import require_role
from minxin.webui.offices import office_names
from minxin.webui.rendering import page, see_other
from minxin.webui.views.calendar import year_rows

PATH: Final = "/manage/calendar"


async def show_preview(request: web.Request) -> web.Response:
    """Show the calendar's latest years, and which open letters would move."""
    actor = require_role(request, Role.MANAGER)
    today = local_day(services(request).clock.now())
    return page(
        request,
        "manager/calendar.html",
        preview=await services(request).redating.preview(actor),
        years=year_rows(services(request).limits.calendar, today, language(request))[:2],
        names=await office_names(request),
    )


async def confirm(request: web.Request) -> web.Response:
    """Count the limits again."""
    actor = require_role(request, Role.MANAGER)
    await services(request).redating.confirm(actor, origin=origin(request))
    return see_other(request, PATH, "notice.redated")


def routes() -> list[web.RouteDef]:
    """Return the routes of the calendar's new dates."""
    return [web.get(PATH, show_preview), web.post(PATH, confirm)]
