"""What every limit is counted by, for the administrator to read: the rule pack and the yearly calendars."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from minxin.consult.deadlines import local_day
from minxin.core.actor import Role
from minxin.webui.context import language, services
from minxin.webui.guards import require_role
from minxin.webui.rendering import page
from minxin.webui.views.calendar import year_rows
from minxin.webui.views.limits import in_words

RULES_PATH: Final = "/admin/rules"
CALENDAR_PATH: Final = "/admin/calendar"


async def show_rules(request: web.Request) -> web.Response:
    """Show each rule with its sentence, its basis, and whether that was checked at its source."""
    require_role(request, Role.ADMINISTRATOR)
    pack = services(request).limits.pack
    rows = [(rule, in_words(rule.amount, rule.unit, language(request))) for rule in pack.rules]
    return page(request, "admin/rules.html", pack=pack, rows=rows, today=local_day(services(request).clock.now()))


async def show_calendar(request: web.Request) -> web.Response:
    """Show the years that have a table, and which of this year and the next has none yet."""
    require_role(request, Role.ADMINISTRATOR)
    today = local_day(services(request).clock.now())
    rows = year_rows(services(request).limits.calendar, today, language(request))
    return page(request, "admin/calendar.html", rows=rows, today=today)


def routes() -> list[web.RouteDef]:
    """Return the routes of the rules and the calendar."""
    return [web.get(RULES_PATH, show_rules), web.get(CALENDAR_PATH, show_calendar)]
