"""Conversations with the assistant (智能问答), for a mini-program or the hotline's desk.

Whoever opens one gets its key and sends it in a header with every further call: no address ever holds it. When a person
was called, what is said is read by staff, and their answers come as further messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from minxin.consult.assistant.hearing import Act, Heard
from minxin.consult.assistant.service import Visit, named_in
from minxin.consult.chat.records import Conversation, Message
from minxin.core.ids import new_id
from minxin.webui.api.conversation_views import (
    AN_ANSWER,
    ActSent,
    MarkSent,
    Opened,
    TalkShown,
    TalkSince,
    said_shown,
)
from minxin.webui.api.operations import (
    N_,
    PREFIX,
    AnyOperation,
    Call,
    Method,
    Nothing,
    Operation,
    Outcome,
    reads,
)
from minxin.webui.context import language
from minxin.webui.offices import office_names
from minxin.webui.views.conversation import said
from minxin.webui.visitor_key import key_of, new_secret

TAG: Final = "conversations"
KEY_HEADER: Final = "X-Conversation-Key"
ONE: Final = "/conversations/{id}"


async def begin(call: Call[Nothing, Nothing]) -> Outcome[Opened]:
    """Open a conversation and return the key to it, once."""
    secret = new_secret()
    conversation = await call.services.assistant.begin(Visit(key_of(secret) or "", call.actor))
    shown = Opened(id=conversation.id, key=secret, stage=conversation.stage, opened_at=conversation.opened_at)
    return Outcome(shown, 201, f"{PREFIX}/conversations/{conversation.id}/messages")


async def say(call: Call[ActSent, Nothing]) -> TalkShown:
    """Say something, or take one of what was offered; the answer comes back."""
    return await _hear(call, Heard(call.body.act, call.body.what), call.body.token)


async def mark(call: Call[MarkSent, Nothing]) -> TalkShown:
    """Say of a passage that it solved the matter, or did not, or take that back."""
    return await _hear(call, Heard(Act(call.body.mark), call.body.passage_id), call.body.token)


async def messages(call: Call[Nothing, TalkSince]) -> TalkShown:
    """Return what was said."""
    conversation = await call.services.assistant.own(_visit(call), call.part("id"))
    call.services.chat.room.seen(conversation)
    return await _list(call, conversation, call.query.after)


async def _hear(call: Call[Any, Any], heard: Heard, token: str) -> TalkShown:
    before = await call.services.assistant.own(_visit(call), call.part("id"))
    after = await call.services.assistant.hear(_visit(call), heard, token or new_id(), before.id)
    # A call that was answered before and is sent again is shown its answer again.
    since = before.length if after.length > before.length else max(0, after.length - AN_ANSWER)
    return await _list(call, after, since)


async def talk_shown(call: Call[Any, Any], conversation: Conversation, found: Sequence[Message]) -> TalkShown:
    """Return these messages of a conversation that the caller may read."""
    assistant = call.services.assistant
    passages = await assistant.passages({one for message in found for one in named_in(message)})
    names, spoken = await office_names(call.request), language(call.request)
    marks = await assistant.marks(conversation)
    return TalkShown(
        stage=conversation.stage,
        reason=conversation.reason,
        letter_id=conversation.letter_id,
        promised_by=conversation.promised_by,
        items=[said_shown(one, spoken) for one in said(found, passages, marks, names)],
    )


async def _list(call: Call[Any, Any], conversation: Conversation, after: int) -> TalkShown:
    return await talk_shown(call, conversation, await call.services.assistant.messages(conversation, after))


def _visit(call: Call[Any, Any]) -> Visit:
    return Visit(key_of(call.request.headers.get(KEY_HEADER, "")) or "", call.actor)


OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    Operation(
        name="beginConversation",
        method=Method.POST,
        path="/conversations",
        tag=TAG,
        summary=N_("Begin a conversation with the assistant"),
        description=(
            "Needs no log-in. Keep `key` secret and send it in the header `X-Conversation-Key` with every further "
            "call. With a citizen's log-in or key the conversation is his, and becomes a letter when nobody answers "
            "in time."
        ),
        handler=begin,
        body=Nothing,
        query=Nothing,
        answer=Opened,
        statuses=(201,),
        is_open=True,
    ),
    Operation(
        name="sendMessage",
        method=Method.POST,
        path=f"{ONE}/messages",
        tag=TAG,
        summary=N_("Ask the assistant, or choose what it offers"),
        description=(
            "`act` is `say` with the words in `what`, `reading` with the id of a passage that was offered, `value` "
            "with one of the `options`, `none`, or `person`. The answer holds what was said since, the visitor's own "
            "words included. Every sentence of an answer is an entry's own; its office, basis and address come with "
            "it. When `stage` is no longer `assistant`, a person has the word: ask for new messages now and then."
        ),
        handler=say,
        body=ActSent,
        query=Nothing,
        answer=TalkShown,
        statuses=(200,),
        is_open=True,
        throttled=True,
    ),
    reads(
        "readConversation",
        f"{ONE}/messages",
        TAG,
        N_("Read what was said in a conversation"),
        messages,
        TalkSince,
        TalkShown,
        description="With `after` only what was said after the message with this number.",
        is_open=True,
    ),
    Operation(
        name="markAnswer",
        method=Method.PUT,
        path=f"{ONE}/marks",
        tag=TAG,
        summary=N_("Say whether an answer solved the matter"),
        description="`not_solved` goes on with the next best; `take_back` undoes the last mark on the passage.",
        handler=mark,
        body=MarkSent,
        query=Nothing,
        answer=TalkShown,
        statuses=(200,),
        is_open=True,
        throttled=True,
    ),
)
