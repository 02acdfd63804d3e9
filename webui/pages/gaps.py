"""The gap list (缺口清单): what visitors asked and nobody answered, and how often the assistant was enough."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web
from msgspec import Struct

from minxin.consult.access import OFFICE_ROLES
from minxin.consult.assistant.gap_list import CENTRE
from minxin.consult.assistant.gaps import Gap
from minxin.consult.deadlines import Light, light_at
from minxin.core.actor import Actor
from minxin.webui.charts import CONTENT_SECURITY_POLICY
from minxin.webui.context import language, services
from minxin.webui.forms import form_of
from minxin.webui.guards import require_role
from minxin.webui.i18n import translations
from minxin.webui.offices import office_names
from minxin.webui.rate_chart import draw_rates
from minxin.webui.rendering import page, see_other

DESK_PATH: Final = "/desk/gaps"
CITY_PATH: Final = "/manage/gaps"
SHOWN: Final = 50
WORDINGS: Final = 5
WORDS_IN_ADDRESS: Final = 200
DONE: Final = "notice.gap.settled"


class GapRow(Struct, frozen=True):
    """A gap as a row; ``write`` is the form of a new entry, with the questions in it."""

    gap: Gap
    office: str
    light: Light
    last_day: datetime | None
    write: str

    @property
    def others(self) -> tuple[str, ...]:
        """Return further wordings."""
        return self.gap.questions[1:WORDINGS]


async def show_office(request: web.Request) -> web.Response:
    """Show the office's own gaps, those with a limit first."""
    actor = require_role(request, *OFFICE_ROLES)
    gaps = await services(request).gap_list.of_office(actor)
    return await _page(request, actor, "gaps/office.html", gaps)


async def show_city(request: web.Request) -> web.Response:
    """Show the rates, the entries that fail, and the gaps of all offices."""
    actor = require_role(request, *CENTRE)
    door = services(request).gap_list
    weeks = (await door.rates(actor))[::-1]
    return await _page(request, actor, "gaps/city.html", await door.of_city(actor), weeks=weeks)


async def settle(request: web.Request) -> web.Response:
    """Close a gap: its entry is written, or it needs none."""
    actor = require_role(request, *OFFICE_ROLES, *CENTRE)
    await services(request).gap_list.settle(actor, form_of(request).text("gap"))
    return see_other(request, CITY_PATH if actor.is_a(*CENTRE) else DESK_PATH, DONE)


async def show_rates(request: web.Request) -> web.Response:
    """Show deflection and solved rate by week as a picture."""
    actor = require_role(request, *CENTRE)
    weeks = await services(request).gap_list.rates(actor)
    _ = translations(language(request)).gettext
    names = (_("Needed nobody"), _("Said to be solved"))
    title = _("How often the assistant was enough")
    picture = await asyncio.to_thread(draw_rates, weeks, title, ", ".join(names), names)
    headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY}
    return web.Response(body=picture, content_type="image/svg+xml", headers=headers)


async def _page(request: web.Request, actor: Actor, template: str, gaps: Sequence[Gap], **more: Any) -> web.Response:
    door = services(request).gap_list
    names = await office_names(request)
    now = services(request).clock.now()
    return page(
        request,
        template,
        rows=[_row(gap, names.get(gap.office_id or "", ""), now) for gap in gaps[:SHOWN]],
        total=len(gaps),
        wrong=await door.wrong_entries(actor),
        names=names,
        rules=door.rules,
        **more,
    )


def _row(gap: Gap, office: str, now: datetime) -> GapRow:
    due = gap.due.instant if gap.due else None
    light = light_at(due, gap.due.amber_from if gap.due else None, now)
    words = {"question": gap.questions[0][:WORDS_IN_ADDRESS], "office_id": gap.office_id or ""}
    if gap.questions[1:]:
        words["other_ways"] = "\n".join(gap.questions[1:WORDINGS])[:WORDS_IN_ADDRESS]
    last_day = due - timedelta(seconds=1) if due else None
    return GapRow(gap, office, light, last_day, f"/desk/knowledge/new?{urlencode(words)}")


def routes() -> list[web.RouteDef]:
    """Return the routes of the gap list."""
    return [
        web.get(DESK_PATH, show_office),
        web.post(DESK_PATH, settle),
        web.get(CITY_PATH, show_city),
        web.get(CITY_PATH + "/rates.svg", show_rates),
    ]
