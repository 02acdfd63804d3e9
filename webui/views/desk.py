"""A work order as staff see it: the letter masked, the advice, the limits, the drafts, and what may be done now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from aiohttp import web
from msgspec import Struct

from minxin.consult.access import Case, in_hands
from minxin.consult.complexity import may_be
from minxin.consult.knowledge.from_letter import may_become
from minxin.consult.knowledge.records import KnowledgeEntry
from minxin.consult.moves import Move, open_moves
from minxin.consult.ports import QueueItem
from minxin.consult.publication import may_be_proposed, may_propose, to_publish
from minxin.consult.records import Assignment, Letter, Office, OrderState, PublicCopy, Share, WorkOrder
from minxin.consult.splitting import may_split
from minxin.core.actor import SYSTEM, Actor
from minxin.core.audit import SealedEvent
from minxin.core.errors import NotFoundError
from minxin.core.judgement import Kind
from minxin.mailbox.reveals import ROLES as REVEALING_ROLES
from minxin.mailbox.reveals import MaskedPerson
from minxin.webui.context import language, services
from minxin.webui.views.advice import Piece
from minxin.webui.views.alike import LikeRow, like_rows
from minxin.webui.views.desk_advice import Choice, MarkedLetter, choices, excerpt, marked
from minxin.webui.views.desk_grounds import GroundView, grounds_view
from minxin.webui.views.desk_limits import NextLimit, limits_of, next_limit
from minxin.webui.views.desk_places import PlaceQuestion, PlacesView, place_questions, places_view
from minxin.webui.views.desk_points import (
    OtherOrder,
    PointView,
    Stretch,
    Suggestion,
    firsts,
    others_view,
    points_view,
    stretches,
    suggestion_of,
)
from minxin.webui.views.desk_steps import staff_steps
from minxin.webui.views.limits import LimitView
from minxin.webui.views.progress import Step, office_names
from minxin.webui.views.reply_check import CheckView, check_view

NOBODY = MaskedPerson("", "", "")


class Row(Struct, frozen=True):
    """A work order in a list: just what is shown, since a row is rendered once for each value (``fragment``).

    ``matter`` says which part of its letter it is, empty when it is all of it.
    """

    order_id: str
    number: str
    subject: str
    matter: str
    kind: Kind
    place: str
    urgent: bool
    readable: bool
    received_at: datetime
    writer: str
    office: str
    state: OrderState
    redo: bool
    extension_waits: bool
    answered_at: datetime | None
    limit: NextLimit


class TrayCard(Struct, frozen=True):
    """A letter that waits for a clerk: its beginning with the words that decided, and the judge's first offices."""

    row: Row
    text: tuple[Piece, ...]
    choices: tuple[Choice, ...]
    split: Suggestion | None
    found: PlacesView
    grounds: tuple[GroundView, ...]


class OrderView(Struct, frozen=True):
    """Everything that the page of a work order shows."""

    letter: Letter
    order: WorkOrder
    writer: MaskedPerson
    office: str
    names: dict[str, str]
    offices: list[Office]
    turn: Assignment | None
    next: NextLimit
    limits: list[LimitView]
    steps: list[Step]
    text: MarkedLetter
    choices: tuple[Choice, ...]
    found: PlacesView
    grounds: tuple[GroundView, ...]
    asked: tuple[PlaceQuestion, ...]
    moves: tuple[Move, ...]
    may_reveal: bool
    may_propose: bool
    may_be_entry: bool
    entries: tuple[KnowledgeEntry, ...]
    copy: PublicCopy | None
    stretches: tuple[Stretch, ...]
    points: tuple[PointView, ...]
    others: tuple[OtherOrder, ...]
    split: Suggestion | None
    split_offices: tuple[str, ...]
    check: CheckView | None
    alike: tuple[LikeRow, ...]
    longest_extension: int


async def rows_of(request: web.Request, items: Sequence[QueueItem]) -> list[Row]:
    """Return the items as rows, with their writers masked."""
    door = services(request)
    now = door.clock.now()
    reader = language(request)
    names = office_names(await door.lists.offices(), reader)
    writers = await door.accounts.people.masked_names({item.letter.writer_id for item in items})
    return [
        _row(
            item,
            # Imported letters have a writer without an account.
            writers.get(item.letter.writer_id, ""),
            names.get(item.order.office_id or "", ""),
            next_limit(item.order, now, reader),
        )
        for item in items
    ]


def _row(item: QueueItem, writer: str, office: str, limit: NextLimit) -> Row:
    order, letter = item.order, item.letter
    return Row(
        order_id=order.id,
        number=order.number,
        subject=letter.subject,
        matter="" if order.share is Share.WHOLE else order.point,
        kind=letter.kind,
        place=letter.place,
        urgent=letter.urgent,
        readable=letter.readable,
        received_at=letter.received_at,
        writer=writer,
        office=office,
        state=order.state,
        redo=order.redo is not None,
        extension_waits=order.extension is not None and order.extension.approved is None,
        answered_at=order.answered_at,
        limit=limit,
    )


async def tray_cards(request: web.Request, items: Sequence[QueueItem]) -> list[TrayCard]:
    """Return the items as cards of the tray."""
    offices = await services(request).lists.offices()
    rows = await rows_of(request, items)
    return [
        TrayCard(
            row,
            excerpt(marked(item.letter).text),
            choices(item.letter, offices),
            suggestion_of(item.letter, offices),
            places_view(item.letter, language(request)),
            grounds_view(item.letter),
        )
        for row, item in zip(rows, items, strict=True)
    ]


async def _masked_writer(request: web.Request, letter: Letter) -> MaskedPerson:
    try:
        return await services(request).accounts.people.masked(letter.writer_id)
    except NotFoundError:
        return NOBODY


async def order_view(request: web.Request, actor: Actor, case: Case, order: WorkOrder) -> OrderView:
    """Return the work order that the actor got through the access door."""
    door = services(request)
    letter, now = case.letter, door.clock.now()
    offices = await door.lists.offices()
    names = office_names(offices, language(request))
    turns = await door.lists.turns(order)
    turn = next((one for one in turns if one.id == order.assignment_id), None)
    events = await door.letterbox.events(letter.id)
    longest = door.desk.limits.longest_extension(order.answer_due) if order.answer_due else None
    copy = await door.publications.copy_of(actor, letter.id)
    return OrderView(
        letter=letter,
        order=order,
        writer=await _masked_writer(request, letter),
        office=names.get(order.office_id or "", ""),
        names=names,
        offices=[office for office in offices.values() if office.routable],
        turn=turn,
        next=next_limit(order, now, language(request)),
        limits=limits_of(case, order, turn, now),
        steps=staff_steps(events, names, await _posts(request, letter, events), case, language(request)),
        text=marked(letter),
        choices=choices(letter, offices),
        found=places_view(letter, language(request)),
        grounds=grounds_view(letter),
        asked=place_questions(door.places.taught_by(actor, letter, order), door.places.streets(), language(request)),
        moves=_useful(letter, order, open_moves(order, actor, letter.writer_id)),
        may_reveal=actor.is_a(*REVEALING_ROLES) and in_hands(actor, letter, order),
        may_propose=_may_publish(actor, case, order, copy),
        may_be_entry=may_become(actor, letter, order),
        entries=tuple(await door.letter_entries.of_order(actor, order)),
        copy=copy,
        stretches=stretches(letter, order),
        points=points_view(case, order, offices, names),
        others=others_view(case, order, names),
        split=suggestion_of(letter, offices),
        split_offices=firsts(letter),
        check=await _check(request, actor, letter, order),
        alike=like_rows(await door.like_letters.of_letter(actor, letter), names),
        longest_extension=longest.amount if longest else 0,
    )


async def _check(request: web.Request, actor: Actor, letter: Letter, order: WorkOrder) -> CheckView | None:
    """Return what the reply gate says of the last draft, while it is on its way."""
    if not order.drafts or order.reply is not None or actor.id == letter.writer_id:
        return None
    last = order.drafts[-1]
    check = await services(request).desk.check_reply(actor, order.id, last.parts, last.promises)
    return check_view(check, language(request))


def _useful(letter: Letter, order: WorkOrder, moves: tuple[Move, ...]) -> tuple[Move, ...]:
    """Leave out what the table of moves allows and the work order's own past does not."""
    asked = order.extension
    idle: set[Move] = set()
    if asked is None or asked.approved is not None:
        idle.add(Move.DECIDE_EXTENSION)
    if asked is not None:
        idle.add(Move.ASK_EXTENSION)
    if not may_be(letter, order):
        idle.add(Move.MARK_COMPLEX)
    if not may_split(letter):
        idle.add(Move.SPLIT)
    if order.binding:
        idle.add(Move.RETURN)
    if order.office_id is None:
        idle.add(Move.REMIND)
    return tuple(move for move in moves if move not in idle)


def _may_publish(actor: Actor, case: Case, order: WorkOrder, copy: PublicCopy | None) -> bool:
    answers = to_publish(case)
    answered = all(one.reply is not None and one.state in (OrderState.ANSWERED, OrderState.CLOSED) for one in answers)
    public = case.letter.public and not case.letter.sealed and (copy is None or may_be_proposed(copy, answers))
    return public and order in answers and answered and may_propose(actor, order)


async def _posts(request: web.Request, letter: Letter, events: Iterable[SealedEvent]) -> dict[str, str]:
    """Return the post of everybody on the staff who acted; the writer is told as the writer."""
    people = services(request).accounts.people
    posts = {letter.writer_id: ""}
    for actor_id in {sealed.event.actor for sealed in events} - {letter.writer_id, SYSTEM.id}:
        try:
            posts[actor_id] = (await people.actor_of(actor_id)).post
        except NotFoundError:
            posts[actor_id] = ""
    return posts
