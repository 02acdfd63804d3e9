"""Writing the knowledge base (知识维护): the form of an entry, and every step from the draft to being taken off."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from aiohttp import web

from minxin.consult.assistant.gaps import Gap
from minxin.consult.knowledge.access import WRITING_ROLES
from minxin.consult.knowledge.from_letter import Taken
from minxin.consult.knowledge.records import KnowledgeEntry
from minxin.consult.knowledge.typed import NO_CONDITIONS, Reading, typed_conditions, typed_day, typed_ways
from minxin.consult.knowledge.words import EntryWords
from minxin.consult.publication import CENTRE_ROLES
from minxin.core.actor import Actor
from minxin.core.errors import (
    ConflictError,
    IllegalMoveError,
    InvalidFormError,
    InvalidInputError,
    MinxinError,
    NotFoundError,
)
from minxin.webui.context import origin, services
from minxin.webui.forms import KIB, Form, FormLimits, form_limits, form_of
from minxin.webui.guards import require_role
from minxin.webui.pages.knowledge import DESK_PATH, ENTRY_PATH, entry_page, writable_offices
from minxin.webui.pages.work_order import ORDER_PATH, order_page
from minxin.webui.rendering import page, see_other
from minxin.webui.views.difference import Piece, difference
from minxin.webui.views.knowledge import filled, newest

EDIT_PAGE: Final = "knowledge/edit.html"
WORDINGS: Final = 6
EDIT_LIMITS: Final = FormLimits(body_bytes=256 * KIB)


async def show_new(request: web.Request) -> web.Response:
    """Show the form of a new entry; the address may name the gap that it is written for, and the office."""
    actor = require_role(request, *WRITING_ROLES)
    knowledge, mark_id = services(request).knowledge, request.query.get("gap", "")
    asked: tuple[str, ...] = ()
    if mark_id:
        asked = await knowledge.as_asked(await services(request).gap_list.gap(actor, mark_id))
    form = Form.of(
        question="".join(asked[:1]),
        other_ways="\n".join(asked[1:WORDINGS]),
        office_id=request.query.get("office_id", ""),
        checked_on=knowledge.today.isoformat(),
        gap=mark_id,
    )
    return await _form_page(request, actor, form)


@form_limits(EDIT_LIMITS)
async def create(request: web.Request) -> web.Response:
    """Keep a new entry as a draft, and have it reviewed when that was asked for."""
    actor = require_role(request, *WRITING_ROLES)
    form = form_of(request)
    office_id = form.text("office_id") if actor.is_a(*CENTRE_ROLES) else actor.office_id or ""
    try:
        words = words_of(form)
        gap = await _gap(request, actor, form)
        entry_id = await services(request).knowledge.draft(actor, office_id, words, origin=origin(request), gap=gap)
    except InvalidInputError as error:
        return await _form_page(request, actor, form.with_error(error))
    return await _kept(request, actor, form, entry_id)


async def show_edit(request: web.Request) -> web.Response:
    """Show the draft, or the version that is shown, to be changed; for a gap with its questions as ways to ask."""
    actor = require_role(request, *WRITING_ROLES)
    knowledge, mark_id = services(request).knowledge, request.query.get("gap", "")
    entry = await knowledge.entry(actor, request.match_info["id"])
    fields = filled(newest(entry), request)
    if mark_id:
        asked = await knowledge.as_asked(await services(request).gap_list.gap(actor, mark_id))
        ways = (*newest(entry).other_ways, *asked[:WORDINGS])
        fields["other_ways"] = "\n".join(dict.fromkeys(way for way in ways if way != fields["question"]))
    return await _form_page(request, actor, Form.of(**fields, seen=str(entry.version), gap=mark_id), entry)


@form_limits(EDIT_LIMITS)
async def edit(request: web.Request) -> web.Response:
    """Keep the draft; what was typed stays on the page when it can't be kept."""
    actor = require_role(request, *WRITING_ROLES)
    form = form_of(request)
    knowledge = services(request).knowledge
    entry = await knowledge.entry(actor, request.match_info["id"])
    try:
        gap = await _gap(request, actor, form)
        await knowledge.change(actor, entry.id, words_of(form), seen_of(form), origin=origin(request), gap=gap)
    except InvalidInputError as error:
        return await _form_page(request, actor, form.with_error(error), entry)
    except (IllegalMoveError, ConflictError) as error:
        return await _form_page(request, actor, form, entry, problem=error)
    return await _kept(request, actor, form, entry.id)


async def step(request: web.Request) -> web.Response:
    """Take the entry one step further."""
    actor = require_role(request, *WRITING_ROLES)
    name, entry_id = request.match_info["step"], request.match_info["id"]
    knowledge = services(request).knowledge
    entry = await knowledge.entry(actor, entry_id)
    form = form_of(request)
    try:
        await STEPS[name](request, actor, entry.id, form)
    except InvalidFormError as error:
        if name == "submit":
            return await _not_fit(request, actor, entry_id, error)
        return await entry_page(request, actor, form, problem=error.errors[0])
    except InvalidInputError as error:
        return await entry_page(request, actor, form.with_error(error))
    except (IllegalMoveError, ConflictError) as error:
        return await entry_page(request, actor, form, problem=error)
    gone = name == "drop" and entry.current is None and not entry.versions
    edits = name == "take-over"
    path = DESK_PATH if gone else f"{DESK_PATH}/{entry_id}" + ("/edit" if edits else "")
    return see_other(request, path, NOTICES[name])


async def from_letter(request: web.Request) -> web.Response:
    """Draft an entry from a solved letter, and open it with what was taken out marked."""
    actor = require_role(request, *WRITING_ROLES)
    try:
        entry_id = await services(request).letter_entries.draft(actor, request.match_info["id"], origin=origin(request))
    except (IllegalMoveError, InvalidInputError) as error:
        return await order_page(request, actor, Form(), problem=error)
    return see_other(request, f"{DESK_PATH}/{entry_id}/edit", "notice.knowledge.from_letter")


def words_of(form: Form) -> EntryWords:
    """Return what was typed; raises ``InvalidFormError`` beside each field that can't be read."""
    reading = Reading()
    checked_on = reading.take(lambda: _checked_on(form), date.min)
    valid_until = reading.take(lambda: typed_day(form.text("valid_until"), "valid_until"), None)
    conditions = reading.take(lambda: typed_conditions(form.text("conditions")), NO_CONDITIONS)
    if reading.errors:
        raise InvalidFormError(reading.errors)
    return EntryWords(
        question=form.text("question"),
        other_ways=typed_ways(form.text("other_ways")),
        answer=form.text("answer"),
        basis=form.text("basis"),
        document_number=form.text("document_number"),
        checked_on=checked_on,
        valid_until=valid_until,
        conditions=conditions,
    )


def _checked_on(form: Form) -> date:
    day = typed_day(form.text("checked_on"), "checked_on")
    if day is None:
        raise InvalidInputError("knowledge.checked_on.missing", field="checked_on")
    return day


def seen_of(form: Form) -> int:
    """Return the version of the record that the form was filled in from; one that there never was without it."""
    seen = form.text("seen")
    return int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else -1  # noqa: PLR2004


async def _gap(request: web.Request, actor: Actor, form: Form) -> Gap | None:
    """Return the gap that the form was opened for; what was typed is kept when the gap was closed meanwhile."""
    try:
        return await services(request).gap_list.gap(actor, form.text("gap")) if form.text("gap") else None
    except NotFoundError:
        return None


async def _kept(request: web.Request, actor: Actor, form: Form, entry_id: str) -> web.Response:
    """Go on after the draft was kept: to its page, or to the review when that was asked for and is possible."""
    path = f"{DESK_PATH}/{entry_id}"
    if form.text("action") != "submit":
        return see_other(request, path, "notice.knowledge.drafted")
    try:
        await _submit(request, actor, entry_id, form)
    except InvalidInputError as error:
        return await _not_fit(request, actor, entry_id, error)
    return see_other(request, path, "notice.knowledge.submitted")


async def _not_fit(request: web.Request, actor: Actor, entry_id: str, error: InvalidInputError) -> web.Response:
    """Render the form of a draft that was kept and can't be reviewed as it is."""
    entry = await services(request).knowledge.entry(actor, entry_id)
    form = Form.of(**filled(newest(entry), request), seen=str(entry.version))
    return await _form_page(request, actor, form.with_error(error), entry)


async def _form_page(
    request: web.Request,
    actor: Actor,
    form: Form,
    entry: KnowledgeEntry | None = None,
    *,
    problem: MinxinError | None = None,
) -> web.Response:
    taken = await services(request).letter_entries.taken(actor, entry.id) if entry and entry.letter_id else None
    return page(
        request,
        EDIT_PAGE,
        status=problem.http_status if problem else 422 if form.errors else 200,
        form=form,
        entry=entry,
        problem=problem,
        taken=taken,
        changes=_changes(taken, form) if taken else {},
        offices=await writable_offices(request, actor) if entry is None else {},
    )


def _changes(taken: Taken, form: Form) -> Mapping[str, tuple[Piece, ...]]:
    return {name: difference(getattr(taken, name), form.text(name)) for name in ("question", "answer", "basis")}


async def _submit(request: web.Request, actor: Actor, entry_id: str, form: Form) -> None:
    await services(request).knowledge.submit(actor, entry_id, origin=origin(request))


async def _approve(request: web.Request, actor: Actor, entry_id: str, form: Form) -> None:
    await services(request).knowledge.approve(actor, entry_id, seen_of(form), origin=origin(request))


async def _send_back(request: web.Request, actor: Actor, entry_id: str, form: Form) -> None:
    await services(request).knowledge.send_back(actor, entry_id, form.text("comment"), origin=origin(request))


async def _withdraw(request: web.Request, actor: Actor, entry_id: str, form: Form) -> None:
    await services(request).knowledge.withdraw(actor, entry_id, form.text("reason"), origin=origin(request))


async def _drop(request: web.Request, actor: Actor, entry_id: str, form: Form) -> None:
    await services(request).knowledge.drop(actor, entry_id, origin=origin(request))


async def _take_over(request: web.Request, actor: Actor, entry_id: str, form: Form) -> None:
    number = form.text("number")
    if not (number.isascii() and number.isdecimal() and len(number) < 6):  # noqa: PLR2004
        raise NotFoundError
    await services(request).knowledge.take_over(actor, entry_id, int(number), origin=origin(request))


Step = Callable[[web.Request, Actor, str, Form], Awaitable[None]]
STEPS: Final[Mapping[str, Step]] = MappingProxyType(
    {
        "submit": _submit,
        "approve": _approve,
        "send-back": _send_back,
        "withdraw": _withdraw,
        "drop": _drop,
        "take-over": _take_over,
    }
)
NOTICES: Final = {
    "submit": "notice.knowledge.submitted",
    "approve": "notice.knowledge.published",
    "send-back": "notice.knowledge.sent_back",
    "withdraw": "notice.knowledge.withdrawn",
    "drop": "notice.knowledge.dropped",
    "take-over": "notice.knowledge.taken_over",
}


def routes() -> list[web.RouteDef]:
    """Return the routes of writing."""
    return [
        web.get(DESK_PATH + "/new", show_new),
        web.post(DESK_PATH + "/new", create),
        web.get(ENTRY_PATH + "/edit", show_edit),
        web.post(ENTRY_PATH + "/edit", edit),
        web.post(ENTRY_PATH + "/{step:" + "|".join(STEPS) + "}", step),
        web.post(ORDER_PATH + "/knowledge", from_letter),
    ]
