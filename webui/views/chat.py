"""The live chat as people see it: what is told beside the words, the staff's lists, and the times in minutes."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from aiohttp import web
from msgspec import Struct

from minxin.consult.chat.chat_desk import Shelves
from minxin.consult.chat.decisions import BEST_RATING
from minxin.consult.chat.records import Author, Conversation, HandOver, Message, Presence, Stage
from minxin.consult.chat.room import VisitorIs
from minxin.consult.records import Attachment
from minxin.core.abuse import AbuseSpan
from minxin.core.actor import Role
from minxin.core.errors import MinxinError
from minxin.mailbox.accounts import actor_of
from minxin.mailbox.sessions import Ticket
from minxin.webui.context import origin, services, visitor
from minxin.webui.offices import office_names
from minxin.webui.visitor_key import visitor_key


class StateView(Struct, frozen=True):
    """What a visitor is told of his conversation. The minutes are whole ones, rounded up; None is not known."""

    stage: Stage
    post: str = ""
    position: int = 0
    wait_minutes: int | None = None
    promised_at: datetime | None = None
    staffed_at: datetime | None = None
    letter_id: str = ""
    letter_number: str = ""
    citizen: bool = False
    may_rate: bool = False
    rating: int = 0


class DeskState(Struct, frozen=True):
    """What a staff member is told of the conversation that he has open, and how many others wait for him elsewhere."""

    stage: Stage
    mine: bool
    may_take: bool
    post: str
    office: str
    reason: HandOver | None
    citizen: bool
    waits_minutes: int | None
    rating: int
    elsewhere: int


class ChatRow(Struct, frozen=True):
    """A conversation in a list of the staff."""

    id: str
    about: str
    office: str
    post: str
    reason: HandOver | None
    waited_minutes: int
    late: bool
    unanswered: bool
    citizen: bool
    asked_at: datetime


class ShelvesView(Struct, frozen=True):
    """The staff member's lists."""

    on_duty: bool
    most: int
    here: int
    waiting: tuple[ChatRow, ...]
    mine: tuple[ChatRow, ...]
    others: tuple[ChatRow, ...]


class SaidView(Struct, frozen=True):
    """One message; ``note`` names the house's own sentence, ``mine`` says that the reader said it.

    ``abuse`` is what in a visitor's words may offend somebody; only staff are told.
    """

    seq: int
    author: Author
    at: datetime
    text: str
    post: str
    mine: bool
    note: str
    words: Mapping[str, str]
    files: tuple[Attachment, ...]
    abuse: tuple[AbuseSpan, ...] = ()


RATINGS = range(1, BEST_RATING + 1)
_log = logging.getLogger(__name__)


def visitor_is(request: web.Request) -> VisitorIs:
    """Return who the visitor is, for the chat's door."""
    return VisitorIs(visitor_key(request), visitor(request).actor, origin(request))


async def state_view(request: web.Request, conversation: Conversation) -> StateView:
    """Return what the visitor is told now."""
    standing = await services(request).chat.room.standing(conversation)
    place, letter = standing.place, standing.letter
    return StateView(
        stage=conversation.stage,
        post=conversation.staff_post,
        position=place.position if place else 0,
        wait_minutes=minutes(place.wait) if place and place.wait is not None else None,
        promised_at=conversation.promised_by if conversation.stage is Stage.WAITING else None,
        staffed_at=standing.staffed_at,
        letter_id=letter.id if letter else "",
        letter_number=letter.number if letter else "",
        citizen=visitor(request).actor.is_a(Role.CITIZEN),
        may_rate=conversation.stage is Stage.ENDED and conversation.answered_at is not None,
        rating=conversation.rating or 0,
    )


async def desk_state(request: web.Request, conversation: Conversation) -> DeskState:
    """Return what the staff member is told now."""
    actor, now = visitor(request).actor, services(request).clock.now()
    names = await office_names(request)
    waits = conversation.waits_since
    return DeskState(
        stage=conversation.stage,
        mine=conversation.stage is Stage.SERVED and conversation.staff_id == actor.id,
        may_take=conversation.stage in (Stage.WAITING, Stage.LEFT) and services(request).chat.desk.may_take(actor),
        post=conversation.staff_post,
        office=names.get(conversation.office_id or "", ""),
        reason=conversation.reason,
        citizen=conversation.citizen_id is not None,
        waits_minutes=minutes(now - waits) if waits else None,
        rating=conversation.rating or 0,
        elsewhere=await services(request).chat.desk.unanswered(actor, conversation.id),
    )


async def shelves_view(request: web.Request, shelves: Shelves) -> ShelvesView:
    """Return the lists of a staff member."""
    names, now = await office_names(request), services(request).clock.now()
    presence: Presence | None = shelves.presence

    def rows(found: Sequence[Conversation]) -> tuple[ChatRow, ...]:
        return tuple(chat_row(one, names, now) for one in found)

    return ShelvesView(
        on_duty=presence.on_duty if presence else False,
        most=presence.most if presence else services(request).chat.desk.rules.most,
        here=shelves.here,
        waiting=rows(shelves.waiting),
        mine=rows(shelves.mine),
        others=rows(shelves.others),
    )


def chat_row(conversation: Conversation, names: Mapping[str, str], now: datetime) -> ChatRow:
    """Return the conversation as a row."""
    since = conversation.waits_since or conversation.asked_at or conversation.last_at
    return ChatRow(
        id=conversation.id,
        about=conversation.about,
        office=names.get(conversation.office_id or "", ""),
        post=conversation.staff_post,
        reason=conversation.reason,
        waited_minutes=minutes(now - since),
        late=conversation.answered_at is None and now > (conversation.promised_by or now),
        unanswered=conversation.waits_since is not None,
        citizen=conversation.citizen_id is not None,
        asked_at=conversation.asked_at or conversation.opened_at,
    )


def said_view(message: Message, reader: Author, *, post: str = "", abuse: tuple[AbuseSpan, ...] = ()) -> SaidView:
    """Return a message as its reader sees it; a staff member holds the ``post``, and another's words are not his."""
    return SaidView(
        seq=message.seq,
        author=message.author,
        at=message.at,
        text=message.text,
        post=message.post,
        mine=message.author is reader and message.post == post,
        note=message.card.get("note", "") if message.author is Author.SYSTEM else "",
        words=message.card.get("words", {}) if message.author is Author.SYSTEM else {},
        files=message.attachments,
        abuse=abuse,
    )


def minutes(span: timedelta) -> int:
    """Return the span in whole minutes, rounded up, at least 1."""
    return max(1, -(-int(span.total_seconds()) // 60))


def mark_of(view: Struct) -> str:
    """Return a short mark that changes with what is told: pages send it back to hear only what is new."""
    return hashlib.sha256(msgspec.json.encode(view)).hexdigest()[:16]


async def recognise(request: web.Request, ticket: Ticket) -> None:
    """Make what this browser said the citizen's who just logged in with it.

    A log-in never fails for it: the next look at the conversation tries again.
    """
    key = visitor_key(request)
    found = await services(request).accounts.log_ins.living(ticket.token) if key else None
    if found is None:
        return
    try:
        await services(request).chat.room.recognise(VisitorIs(key, actor_of(found.account), origin(request)))
    except MinxinError:
        _log.exception("a visitor could not be recognised", extra={"event": "chat.recognise"})
