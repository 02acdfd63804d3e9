"""The gap list (缺口清单): what visitors asked and nobody answered, and how often the assistant was enough."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web
from msgspec import Struct

from minxin.consult.access import OFFICE_ROLES
from minxin.consult.assistant.gap_list import CENTRE
from minxin.consult.assistant.gaps import Gap
from minxin.consult.deadlines import Light, light_at
from minxin.consult.knowledge.access import may_write
from minxin.consult.knowledge.closing import drafts_of
from minxin.consult.knowledge.records import EntryState, KnowledgeEntry
from minxin.core.actor import Actor
from minxin.core.passages import Source, passage_id
from minxin.webui.charts import CONTENT_SECURITY_POLICY
from minxin.webui.context import language, services
from minxin.webui.forms import form_of
from minxin.webui.guards import require_role
from minxin.webui.i18n import translations
from minxin.webui.offices import office_names
from minxin.webui.pages.knowledge import DESK_PATH as KNOWLEDGE_PATH
from minxin.webui.rate_chart import draw_rates
from minxin.webui.rendering import page, see_other

DESK_PATH: Final = "/desk/gaps"
CITY_PATH: Final = "/manage/gaps"
SHOWN: Final = 50
WORDINGS: Final = 5
MENDED: Final = 2
DONE: Final = "notice.gap.settled"


class Being(Struct, frozen=True):
    """An entry that is being written for a gap; ``path`` is empty for who may not see it."""

    path: str
    in_review: bool


class GapRow(Struct, frozen=True):
    """A gap as a row.

    ``being`` is the entry that is written for it, else ``write`` is the form of a new one, and ``mend`` are the forms
    of the shown entries that did not help, with their questions.
    """

    gap: Gap
    office: str
    light: Light
    last_day: datetime | None
    being: Being | None
    write: str
    mend: tuple[tuple[str, str], ...]

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
    """Close a gap that needs no entry."""
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
    return page(
        request,
        template,
        rows=await _rows(request, actor, gaps[:SHOWN], names),
        total=len(gaps),
        wrong=await door.wrong_entries(actor),
        names=names,
        rules=door.rules,
        **more,
    )


async def _rows(request: web.Request, actor: Actor, gaps: Sequence[Gap], names: Mapping[str, str]) -> list[GapRow]:
    knowledge, now = services(request).knowledge, services(request).clock.now()
    drafts = await knowledge.for_gaps(actor)
    failed = await knowledge.writable(actor, {one for gap in gaps for one in _failed(gap)})
    return [_row(gap, names.get(gap.office_id or "", ""), now, _being(actor, gap, drafts), failed) for gap in gaps]


def _row(gap: Gap, office: str, now: datetime, being: Being | None, failed: Mapping[str, KnowledgeEntry]) -> GapRow:
    due = gap.due.instant if gap.due else None
    known = {"gap": gap.id, "office_id": gap.office_id or ""}
    mend = [(one, failed[one].current) for one in _failed(gap)[:MENDED] if one in failed]
    return GapRow(
        gap=gap,
        office=office,
        light=light_at(due, gap.due.amber_from if gap.due else None, now),
        last_day=due - timedelta(seconds=1) if due else None,
        being=being,
        write=f"{KNOWLEDGE_PATH}/new?{urlencode(known)}",
        mend=tuple((f"{KNOWLEDGE_PATH}/{one}/edit?gap={gap.id}", shown.question) for one, shown in mend if shown),
    )


def _being(actor: Actor, gap: Gap, drafts: Sequence[KnowledgeEntry]) -> Being | None:
    """Return the entry that is written for the gap; of several one that is in review."""
    found = sorted(drafts_of(gap, drafts), key=lambda one: (one.state is not EntryState.IN_REVIEW, one.id))
    if not found:
        return None
    path = f"{KNOWLEDGE_PATH}/{found[0].id}" if may_write(actor, found[0].office_id) else ""
    return Being(path, found[0].state is EntryState.IN_REVIEW)


def _failed(gap: Gap) -> list[str]:
    """Return the ids of the entries of the knowledge base that did not help, the most often marked first."""
    prefix = passage_id(Source.KNOWLEDGE, "")
    return [one.removeprefix(prefix) for one in gap.passage_ids if one.startswith(prefix)]


def routes() -> list[web.RouteDef]:
    """Return the routes of the gap list."""
    return [
        web.get(DESK_PATH, show_office),
        web.post(DESK_PATH, settle),
        web.get(CITY_PATH, show_city),
        web.get(CITY_PATH + "/rates.svg", show_rates),
    ]
