"""The knowledge base (知识库): an entry for everybody; for staff the list, and an entry with history and review."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from minxin.consult.knowledge.access import WRITING_ROLES, may_review
from minxin.consult.knowledge.passages import PATH, shown_on
from minxin.consult.knowledge.ports import EntryFilter
from minxin.consult.knowledge.records import EntryState, KnowledgeEntry
from minxin.consult.publication import CENTRE_ROLES
from minxin.core.actor import Actor
from minxin.core.errors import MinxinError, NotFoundError
from minxin.core.paging import PageRequest
from minxin.webui.context import language, services
from minxin.webui.forms import Form
from minxin.webui.guards import require_role
from minxin.webui.offices import office_names
from minxin.webui.rendering import page
from minxin.webui.views.knowledge import ENDS_SOON, changes_between, edition_changes, editions, newest, row_of, steps

DESK_PATH: Final = "/desk/knowledge"
ENTRY_PATH: Final = DESK_PATH + "/{id}"
PAGE_SIZE: Final = 30
TEXT_MAX: Final = 100


async def show_public(request: web.Request) -> web.Response:
    """Show an entry to everybody."""
    knowledge = services(request).knowledge
    entry = await knowledge.shown(request.match_info["id"])
    shown = shown_on(entry, knowledge.today)
    names = await office_names(request)
    return page(request, "knowledge/one.html", entry=entry, shown=shown, office=names.get(entry.office_id, ""))


async def show_list(request: web.Request) -> web.Response:
    """Show the entries that the actor may work on."""
    actor = require_role(request, *WRITING_ROLES)
    knowledge = services(request).knowledge
    wanted = wanted_of(request)
    found = await knowledge.entries(actor, wanted, PageRequest(request.query.get("after"), PAGE_SIZE))
    today = knowledge.today
    return page(
        request,
        "knowledge/list.html",
        rows=[row_of(entry, today) for entry in found.items],
        next_cursor=found.next,
        form=Form.of(**{name: request.query.get(name, "") for name in ("office", "state", "ending", "q")}),
        states=tuple(EntryState),
        offices=await writable_offices(request, actor) if actor.is_a(*CENTRE_ROLES) else {},
        names=await office_names(request),
        query=request.query_string,
    )


async def show_entry(request: web.Request) -> web.Response:
    """Show one entry with everything that became of it."""
    actor = require_role(request, *WRITING_ROLES)
    return await entry_page(request, actor, Form())


async def entry_page(
    request: web.Request, actor: Actor, form: Form, *, problem: MinxinError | None = None
) -> web.Response:
    """Render the entry that the address names, with a form that was refused and why."""
    door = services(request)
    entry = await door.knowledge.entry(actor, request.match_info["id"])
    words = language(request)
    number = _number(request)
    return page(
        request,
        "knowledge/entry.html",
        status=problem.http_status if problem else 422 if form.errors else 200,
        entry=entry,
        row=row_of(entry, door.knowledge.today),
        version=newest(entry),
        form=form,
        problem=problem,
        office=(await office_names(request)).get(entry.office_id, ""),
        proposed=changes_between(entry.current or (entry.versions or (None,))[-1], entry.proposed, words)
        if entry.proposed
        else (),
        left=await door.knowledge.left_in(entry.proposed) if _in_review(entry) and entry.proposed else {},
        reviewing=_in_review(entry) and may_review(actor, entry.office_id),
        mine=entry.proposed is not None and entry.proposed.written_by == actor.id,
        editions=await editions(request, entry),
        number=number,
        changes=edition_changes(entry, number, words) if number else (),
        steps=await steps(request, actor, entry),
    )


def wanted_of(request: web.Request) -> EntryFilter:
    """Return the filter that the address asks for; raises ``NotFoundError`` for a state that there is not."""
    state = request.query.get("state", "")
    if state and state not in set(EntryState):
        raise NotFoundError
    ends_by = services(request).knowledge.today + ENDS_SOON if request.query.get("ending") else None
    return EntryFilter(
        office_id=request.query.get("office") or None,
        state=EntryState(state) if state else None,
        ends_by=ends_by,
        text=request.query.get("q", "").strip()[:TEXT_MAX],
    )


async def writable_offices(request: web.Request, actor: Actor) -> dict[str, str]:
    """Return by id the names of the offices that the actor may write for."""
    names = await office_names(request)
    routable = [office.id for office in await services(request).offices() if office.routable]
    if not actor.is_a(*CENTRE_ROLES):
        routable = [office_id for office_id in routable if office_id == actor.office_id]
    return {office_id: names[office_id] for office_id in routable}


def _in_review(entry: KnowledgeEntry) -> bool:
    return entry.state is EntryState.IN_REVIEW


def _number(request: web.Request) -> int:
    asked = request.query.get("version", "")
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else 0  # noqa: PLR2004


def routes() -> list[web.RouteDef]:
    """Return the routes that only show."""
    return [
        web.get(PATH + "/{id}", show_public),
        web.get(DESK_PATH, show_list),
        web.get(ENTRY_PATH, show_entry),
    ]
