"""A letter as its writer sees it: read through the access door, with everything that the pages show of it."""

from __future__ import annotations

from datetime import datetime

from aiohttp import web
from msgspec import Struct
from msgspec.structs import replace

from minxin.consult.access import Case
from minxin.consult.moves import Move, open_moves
from minxin.consult.records import Letter, OrderState, WorkOrder
from minxin.consult.status import Stage, stage_of, timeline
from minxin.core.actor import Actor
from minxin.core.errors import NotFoundError
from minxin.core.judgement import Kind
from minxin.webui.context import language, services
from minxin.webui.views.limits import LimitView, brief, running
from minxin.webui.views.progress import Step, office_names, steps, tone_of


class LetterView(Struct, frozen=True):
    """What a page shows of a letter."""

    letter: Letter
    orders: tuple[WorkOrder, ...]
    stage: Stage
    tone: str
    steps: list[Step]
    limits: list[LimitView]
    offices: dict[str, str]
    paused_since: datetime | None


class LetterRow(Struct, frozen=True):
    """A letter in its writer's list, with the limits that run; just what is shown (``fragment``)."""

    id: str
    subject: str
    number: str
    kind: Kind
    received_at: datetime
    stage: Stage
    tone: str
    limits: tuple[LimitView, ...]


def letter_row(case: Case, now: datetime) -> LetterRow:
    """Return the letter as its writer's list shows it."""
    letter, stage = case.letter, stage_of(case.letter, case.orders)
    return LetterRow(
        id=letter.id,
        subject=letter.subject,
        number=letter.number,
        kind=letter.kind,
        received_at=letter.received_at,
        stage=stage,
        tone=tone_of(stage),
        limits=tuple(replace(one, due=brief(one.due)) for one in running(case, now) if one.light),
    )


async def own_case(request: web.Request, actor: Actor) -> Case:
    """Return the letter that the address names when the actor wrote it; raises ``NotFoundError``."""
    case = await services(request).letterbox.case(actor, request.match_info["id"])
    if case.letter.writer_id != actor.id:
        raise NotFoundError
    return case


async def own_order(request: web.Request, actor: Actor) -> tuple[Case, WorkOrder]:
    """Return the work order that the address names, of a letter that the actor wrote; raises ``NotFoundError``."""
    case = await own_case(request, actor)
    return case, case.order(request.match_info["order"])


async def letter_view(request: web.Request, case: Case) -> LetterView:
    """Return the letter with its timeline and limits, in the visitor's language."""
    door = services(request)
    names = office_names(await door.lists.offices(), language(request))
    entries = timeline(await door.letterbox.events(case.letter.id))
    stage = stage_of(case.letter, case.orders)
    waiting = [order for order in case.orders if order.state is OrderState.WAITING and order.answer_due]
    return LetterView(
        letter=case.letter,
        orders=case.orders,
        stage=stage,
        tone=tone_of(stage),
        steps=steps(entries, case.letter, case.orders, names, language(request)),
        limits=running(case, door.clock.now()),
        offices=names,
        paused_since=next((order.pauses[-1].since for order in waiting if order.pauses), None),
    )


def writer_moves(case: Case, actor: Actor) -> dict[str, tuple[Move, ...]]:
    """Return what the writer can do now with each work order, by its id."""
    return {order.id: open_moves(order, actor, case.letter.writer_id) for order in case.orders}
