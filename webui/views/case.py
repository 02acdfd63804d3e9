"""A letter as its writer sees it: read through the access door, with everything that the pages show of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from aiohttp import web
from msgspec import Struct
from msgspec.structs import replace

from minxin.consult.access import Case
from minxin.consult.moves import Move, open_moves
from minxin.consult.records import Letter, OrderState, Share, WorkOrder
from minxin.consult.status import Stage, order_stage, stage_of, timeline
from minxin.core.actor import Actor
from minxin.core.errors import NotFoundError
from minxin.core.judgement import Kind
from minxin.webui.context import language, services
from minxin.webui.views.limits import LimitView, brief, running
from minxin.webui.views.progress import Step, office_names, steps, tone_of


class MatterView(Struct, frozen=True):
    """One of the parts that a letter was split into (拆分), with where it is."""

    number: str
    title: str
    office: str
    stage: Stage
    tone: str


class LetterView(Struct, frozen=True):
    """What a page shows of a letter; ``matters`` are its parts by work order, none of a letter with a single one."""

    letter: Letter
    orders: tuple[WorkOrder, ...]
    stage: Stage
    tone: str
    steps: list[Step]
    limits: list[LimitView]
    offices: dict[str, str]
    matters: dict[str, MatterView]
    paused_since: dict[str, datetime]


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
    company: str = ""


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
        limits=_once(running(case, now)),
        company=letter.behalf.name if letter.behalf is not None else "",
    )


def _once(limits: Iterable[LimitView]) -> tuple[LimitView, ...]:
    """Return the limits that run without their explanation; parts of a letter that have the same share a line."""
    shown = (replace(one, due=brief(one.due), order_id="", number="") for one in limits if one.light)
    return tuple(dict.fromkeys(shown))


async def own_case(request: web.Request, actor: Actor) -> Case:
    """Return the letter that the address names when the actor wrote it; raises ``NotFoundError``."""
    case = await services(request).letterbox.case(actor, request.match_info["id"])
    if case.letter.writer_id != actor.id:
        raise NotFoundError
    return case


async def shared_case(request: web.Request, actor: Actor) -> Case:
    """Return the letter that the address names when the actor or a company of his wrote it; ``NotFoundError``."""
    case = await services(request).letterbox.shared_case(actor, request.match_info["id"])
    if case.letter.writer_id != actor.id and not case.letter.behalf:
        raise NotFoundError
    return case


async def own_order(request: web.Request, actor: Actor) -> tuple[Case, WorkOrder]:
    """Return the work order that the address names, of a letter that the actor wrote; raises ``NotFoundError``."""
    case = await own_case(request, actor)
    return case, case.order(request.match_info["order"])


async def letter_view(request: web.Request, case: Case, *, titles: bool = True) -> LetterView:
    """Return the letter with its timeline and limits, in the visitor's language.

    Without ``titles`` the timeline holds no word of the letter.
    """
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
        steps=steps(entries, case.letter, case.orders, names, language(request), titles=titles),
        limits=running(case, door.clock.now()),
        offices=names,
        matters={order.id: _matter(order, names) for order in case.orders if order.share is not Share.WHOLE},
        paused_since={order.id: order.pauses[-1].since for order in waiting if order.pauses},
    )


def _matter(order: WorkOrder, names: Mapping[str, str]) -> MatterView:
    stage = order_stage(order)
    return MatterView(order.number, order.point, names.get(order.office_id or "", ""), stage, tone_of(stage))


def writer_moves(case: Case, actor: Actor) -> dict[str, tuple[Move, ...]]:
    """Return what the writer can do now with each work order, by its id."""
    return {order.id: open_moves(order, actor, case.letter.writer_id) for order in case.orders}
