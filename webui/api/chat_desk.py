"""The live chat from the staff's side (在线咨询台), for the hotline's desk: duty, the queue, and serving a visitor.

Who lists the conversations, or reads one, is there; a staff member who is not heard of for some minutes is given none.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from msgspec import Meta, Struct

from minxin.consult.chat.access import CHAT_ROLES, READ_ROLES
from minxin.consult.chat.chat_desk import MOST, QUESTION_MAX
from minxin.consult.chat.decisions import TEXT_MAX
from minxin.consult.chat.records import HandOver
from minxin.core.paging import PageRequest
from minxin.webui.api.conversation_examples import PASSAGE_EXAMPLE
from minxin.webui.api.conversation_views import (
    PassageShown,
    TalkShown,
    TalkSince,
    Token,
    passage_shown,
)
from minxin.webui.api.conversations import talk_shown
from minxin.webui.api.operations import (
    N_,
    AnyOperation,
    Call,
    Method,
    Nothing,
    Operation,
    Outcome,
    Sent,
    Shown,
    reads,
)
from minxin.webui.offices import office_names
from minxin.webui.views.chat import ChatRow, chat_row, shelves_view
from minxin.webui.views.conversation import passage_view

TAG: Final = "chat desk"
CHATS: Final = "/desk/conversations"
ONE: Final = CHATS + "/{id}"
LEFT_SHOWN: Final = 30


class DutySent(Sent, frozen=True):
    """Whether one takes conversations now, and how many at once."""

    on_duty: bool
    most: Annotated[int, Meta(ge=1, le=MOST)] = 3


class ReplySent(Sent, frozen=True):
    """What is said to the visitor."""

    text: Annotated[str, Meta(min_length=1, max_length=TEXT_MAX)]
    token: Token = ""


class TransferSent(Sent, frozen=True):
    """The office that is to go on; somebody must be on duty there."""

    office_id: str


class AnswersWanted(Sent, frozen=True):
    """What the knowledge base is asked."""

    q: Annotated[str, Meta(min_length=1, max_length=QUESTION_MAX)]


class ConversationRow(Shown, frozen=True):
    """A conversation in a list. `waited_minutes` counts from the visitor's first word that nobody answered yet."""

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


class ChatDeskShown(Shown, frozen=True):
    """Whether the caller is on duty, how many are (`here`), who waits, whom he serves, and whom others do.

    `left` are the last conversations of unknown visitors whom nobody answered: they can be taken still.
    """

    on_duty: bool
    most: int
    here: int
    waiting: list[ConversationRow]
    mine: list[ConversationRow]
    others: list[ConversationRow]
    left: list[ConversationRow]


class AnswersShown(Shown, frozen=True):
    """Entries that may answer, the nearest first, to be quoted."""

    items: list[PassageShown]


async def show(call: Call[Nothing, Nothing]) -> ChatDeskShown:
    """Return the caller's lists."""
    return await _desk(call)


async def be_on_duty(call: Call[DutySent, Nothing]) -> ChatDeskShown:
    """Go on or off duty."""
    desk = call.services.chat.desk
    if call.body.on_duty:
        await desk.go_on_duty(call.actor, call.body.most, origin=call.origin)
    else:
        await desk.go_off_duty(call.actor, origin=call.origin)
    return await _desk(call)


async def read(call: Call[Nothing, TalkSince]) -> TalkShown:
    """Return what was said in a conversation."""
    desk = call.services.chat.desk
    await desk.beat(call.actor)
    return await talk_shown(call, *await desk.read(call.actor, call.part("id"), call.query.after))


async def say(call: Call[ReplySent, Nothing]) -> TalkShown:
    """Answer the visitor."""
    desk, chat_id = call.services.chat.desk, call.part("id")
    await desk.beat(call.actor)
    said = await desk.say(call.actor, chat_id, call.body.text, token=call.body.token)
    return await talk_shown(call, *await desk.read(call.actor, chat_id, said.seq - 1))


async def take(call: Call[Nothing, Nothing]) -> TalkShown:
    """Take a conversation, with all that was said in it."""
    desk, chat_id = call.services.chat.desk, call.part("id")
    await desk.take(call.actor, chat_id, origin=call.origin)
    return await talk_shown(call, *await desk.read(call.actor, chat_id))


async def give_back(call: Call[Nothing, Nothing]) -> Outcome[Nothing]:
    """Put it back into the queue."""
    await call.services.chat.desk.give_back(call.actor, call.part("id"), origin=call.origin)
    return Outcome(None, 204)


async def transfer(call: Call[TransferSent, Nothing]) -> Outcome[Nothing]:
    """Pass it on to another office."""
    desk = call.services.chat.desk
    await desk.transfer(call.actor, call.part("id"), call.body.office_id, origin=call.origin)
    return Outcome(None, 204)


async def end(call: Call[Nothing, Nothing]) -> Outcome[Nothing]:
    """End it."""
    await call.services.chat.desk.end(call.actor, call.part("id"), origin=call.origin)
    return Outcome(None, 204)


async def answers(call: Call[Nothing, AnswersWanted]) -> AnswersShown:
    """Return what the knowledge base says."""
    found = await call.services.chat.desk.answers(call.query.q)
    names = await office_names(call.request)
    return AnswersShown(items=[passage_shown(passage_view(one, names)) for one in found])


async def _desk(call: Call[Any, Any]) -> ChatDeskShown:
    desk = call.services.chat.desk
    await desk.beat(call.actor)
    await call.services.chat.tending.tend()
    view = await shelves_view(call.request, await desk.shelves(call.actor))
    left = await desk.left(call.actor, PageRequest(None, LEFT_SHOWN))
    names = await office_names(call.request)
    return ChatDeskShown(
        on_duty=view.on_duty,
        most=view.most,
        here=view.here,
        waiting=[_row(one) for one in view.waiting],
        mine=[_row(one) for one in view.mine],
        others=[_row(one) for one in view.others],
        left=[_row(chat_row(one, names, call.now)) for one in left.items],
    )


def _row(row: ChatRow) -> ConversationRow:
    return ConversationRow(
        id=row.id,
        about=row.about,
        office=row.office,
        post=row.post,
        reason=row.reason,
        waited_minutes=row.waited_minutes,
        late=row.late,
        unanswered=row.unanswered,
        citizen=row.citizen,
        asked_at=row.asked_at,
    )


OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    reads(
        "listConversations",
        CHATS,
        TAG,
        N_("List who waits for a person, and whom one serves"),
        show,
        Nothing,
        ChatDeskShown,
        description="Ask for it every half minute or so while on duty: who is not heard of is given no conversation.",
        roles=READ_ROLES,
    ),
    Operation(
        name="setDuty",
        method=Method.PUT,
        path="/desk/duty",
        tag=TAG,
        summary=N_("Go on or off duty in the live chat"),
        handler=be_on_duty,
        body=DutySent,
        query=Nothing,
        answer=ChatDeskShown,
        statuses=(200,),
        roles=CHAT_ROLES,
    ),
    reads(
        "readServedConversation",
        ONE + "/messages",
        TAG,
        N_("Read what was said in a conversation, as staff"),
        read,
        TalkSince,
        TalkShown,
        description="With `after` only what was said after the message with this number.",
        roles=READ_ROLES,
    ),
    Operation(
        name="answerConversation",
        method=Method.POST,
        path=ONE + "/messages",
        tag=TAG,
        summary=N_("Answer the visitor whom one serves"),
        handler=say,
        body=ReplySent,
        query=Nothing,
        answer=TalkShown,
        statuses=(200,),
        roles=CHAT_ROLES,
    ),
    Operation(
        name="takeConversation",
        method=Method.POST,
        path=ONE + "/take",
        tag=TAG,
        summary=N_("Take a conversation oneself"),
        handler=take,
        body=Nothing,
        query=Nothing,
        answer=TalkShown,
        statuses=(200,),
        roles=CHAT_ROLES,
    ),
    Operation(
        name="returnConversation",
        method=Method.POST,
        path=ONE + "/return",
        tag=TAG,
        summary=N_("Put a conversation back into the queue"),
        handler=give_back,
        body=Nothing,
        query=Nothing,
        answer=Nothing,
        statuses=(204,),
        roles=CHAT_ROLES,
    ),
    Operation(
        name="transferConversation",
        method=Method.POST,
        path=ONE + "/transfer",
        tag=TAG,
        summary=N_("Pass a conversation on to another office"),
        handler=transfer,
        body=TransferSent,
        query=Nothing,
        answer=Nothing,
        statuses=(204,),
        roles=CHAT_ROLES,
    ),
    Operation(
        name="closeConversation",
        method=Method.POST,
        path=ONE + "/end",
        tag=TAG,
        summary=N_("End a conversation that one serves"),
        handler=end,
        body=Nothing,
        query=Nothing,
        answer=Nothing,
        statuses=(204,),
        roles=CHAT_ROLES,
    ),
    reads(
        "findAnswers",
        "/desk/answers",
        TAG,
        N_("Find entries to answer a visitor with"),
        answers,
        AnswersWanted,
        AnswersShown,
        roles=CHAT_ROLES,
    ),
)

_WAITING: Final = ConversationRow(
    id="pL8mN7oK6jI5hG4fE3dC2b",
    about="楼下烧烤店油烟很大",
    office="市城市管理局",
    post="",
    reason=HandOver.ASKED,
    waited_minutes=2,
    late=False,
    unanswered=True,
    citizen=True,
    asked_at=datetime(2026, 3, 2, 4, 0, tzinfo=UTC),
)
CHAT_DESK_EXAMPLES: Final[tuple[Struct, ...]] = (
    DutySent(on_duty=True, most=3),
    ReplySent(text="您好，请讲。", token="9f1c2e7c"),  # noqa: S106 - the form's one-time token
    TransferSent(office_id="chengguan"),
    AnswersShown(items=[PASSAGE_EXAMPLE]),
    ChatDeskShown(on_duty=True, most=3, here=4, waiting=[_WAITING], mine=[], others=[], left=[]),
)
