"""What can happen to a conversation (咨询会话): pure, each step refused where it does not belong.

Each function returns the conversation as it is to be written; what is said in it comes beside as a message. The
assistant has the word only at ``ASSISTANT``: once a person was called it stays silent until a person ended it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from msgspec.structs import replace

from minxin.consult.chat.records import Author, Conversation, HandOver, Message, Stage
from minxin.consult.records import Attachment
from minxin.core.changes import Changes
from minxin.core.errors import IllegalMoveError, InvalidInputError
from minxin.core.ids import new_id

TEXT_MAX: Final = 2_000
LENGTH_MAX: Final = 1_000  # messages; whoever goes on longer begins a new conversation
TOKEN_MAX: Final = 100
BEST_RATING: Final = 5
ABOUT_MIN: Final = 5  # characters
ABOUT_MAX: Final = 40
OWN_WORDS: Final = frozenset({"say", "value"})  # what the assistant notes of a message (``consult/assistant``)


class Step(StrEnum):
    """Everything that can be done with a conversation."""

    CALL = "call"  # 转人工
    TAKE = "take"  # 接待
    GIVE_BACK = "give_back"  # 退回排队
    TRANSFER = "transfer"  # 转接其他单位
    LEAVE = "leave"  # 留言
    BECOME = "become"  # 转为来信
    END = "end"  # 结束
    RATE = "rate"  # 评价


_S = Stage
HANDED_OVER: Final = frozenset({_S.WAITING, _S.SERVED, _S.LEFT})  # somebody still owes an answer
OPEN: Final = HANDED_OVER | {_S.ASSISTANT}

STEPS: Final = {
    Step.CALL: frozenset({_S.ASSISTANT}),
    Step.TAKE: frozenset({_S.WAITING, _S.LEFT}),
    Step.GIVE_BACK: frozenset({_S.SERVED}),
    Step.TRANSFER: frozenset({_S.SERVED}),
    Step.LEAVE: frozenset({_S.WAITING, _S.SERVED}),
    Step.BECOME: HANDED_OVER,
    Step.END: frozenset({_S.ASSISTANT, _S.WAITING, _S.SERVED, _S.LEFT}),
    Step.RATE: frozenset({_S.ENDED}),
}

MAY_SPEAK: Final = {
    Author.VISITOR: OPEN,
    Author.ASSISTANT: frozenset({_S.ASSISTANT}),
    Author.STAFF: frozenset({_S.SERVED}),
    Author.SYSTEM: frozenset(_S),
}


def begin(visitor_key: str, citizen_id: str | None, now: datetime) -> Conversation:
    """Return a new conversation with the assistant, with nothing said in it yet."""
    return Conversation(
        id=new_id(),
        visitor_key=visitor_key,
        citizen_id=citizen_id,
        stage=Stage.ASSISTANT,
        opened_at=now,
        last_at=now,
    )


def say(
    conversation: Conversation,
    author: Author,
    text: str,
    now: datetime,
    *,
    post: str = "",
    attachments: Sequence[Attachment] = (),
    shown: Sequence[str] = (),
    card: dict[str, Any] | None = None,
    token: str = "",
) -> tuple[Conversation, Message]:
    """Return the conversation with one thing said in it, and that message.

    ``token`` is the sender's own for this message: the same token gives the same message id, so that the store refuses
    what is sent again. Raises ``IllegalMoveError`` when the author has not the word, ``InvalidInputError`` for an empty
    or too long text, and when the conversation is full.
    """
    if conversation.stage not in MAY_SPEAK[author]:
        raise IllegalMoveError("chat.not_your_turn")
    text = text.strip()
    if author in (Author.VISITOR, Author.STAFF):
        _check(conversation, text, attachments, token)
    seq = conversation.length + 1
    message = Message(
        id=message_id(conversation.id, author, token) if token else new_id(),
        conversation_id=conversation.id,
        seq=seq,
        at=now,
        author=author,
        text=text,
        post=post,
        attachments=tuple(attachments),
        shown=tuple(shown),
        card=card or {},
    )
    about = _about(conversation, message)
    turn = _turn(conversation, author, now)
    return replace(conversation, length=seq, last_at=now, about=about, **turn), message


def is_spoken(message: Message) -> bool:
    """Say whether these are a visitor's own words, and not the text of a button that he pressed."""
    return message.author is Author.VISITOR and message.text != "" and message.card.get("act", "say") in OWN_WORDS


def message_id(conversation_id: str, author: Author, token: str) -> str:
    """Return the id of the message that its sender named ``token``."""
    return hashlib.sha256(f"{conversation_id}\0{author}\0{token}".encode()).hexdigest()[:32]


def call_person(
    conversation: Conversation,
    reason: HandOver,
    now: datetime,
    promised_by: datetime,
    office_id: str | None = None,
) -> Conversation:
    """Return the conversation in the queue (排队), for the office that the question belongs to when it is known."""
    _need(conversation, Step.CALL)
    return replace(
        conversation,
        stage=Stage.WAITING,
        reason=reason,
        office_id=office_id,
        asked_at=now,
        promised_by=promised_by,
        waits_since=now,
    )


def take(
    conversation: Conversation, staff_id: str, post: str, now: datetime, promised_by: datetime | None = None
) -> Conversation:
    """Give the conversation to a staff member (接待), out of the queue or from what was left.

    What was left has a broken promise: ``promised_by`` is the one of who takes it up.
    """
    _need(conversation, Step.TAKE)
    return replace(
        conversation,
        stage=Stage.SERVED,
        staff_id=staff_id,
        staff_post=post,
        given_at=now,
        answered_at=None,
        promised_by=promised_by or conversation.promised_by,
    )


def give_back(conversation: Conversation, now: datetime, promised_by: datetime) -> Conversation:
    """Put it back into the queue, where it stands in front: it keeps the instant at which a person was called.

    Who had not been answered yet keeps what he was promised; who had been is promised anew.
    """
    _need(conversation, Step.GIVE_BACK)
    promised = promised_by if conversation.answered_at else conversation.promised_by
    return replace(
        conversation,
        stage=Stage.WAITING,
        staff_id=None,
        staff_post="",
        given_at=None,
        answered_at=None,
        promised_by=promised,
        waits_since=conversation.waits_since or now,
    )


def transfer(conversation: Conversation, office_id: str, now: datetime, promised_by: datetime) -> Conversation:
    """Pass it on to another office (转接), whose queue it enters with a promise of its own."""
    _need(conversation, Step.TRANSFER)
    return replace(give_back(conversation, now, promised_by), office_id=office_id, promised_by=promised_by)


def leave(conversation: Conversation) -> Conversation:
    """Keep it on the staff's list (留言) until a person answers, or the visitor logs in."""
    _need(conversation, Step.LEAVE)
    return replace(conversation, stage=Stage.LEFT, staff_id=None, staff_post="", given_at=None, answered_at=None)


def become_letter(conversation: Conversation, letter_id: str, now: datetime) -> Conversation:
    """Note which letter it became (转为来信); from then on the letter's limits run."""
    _need(conversation, Step.BECOME)
    return replace(conversation, stage=Stage.LETTER, letter_id=letter_id, ended_at=now, waits_since=None)


def end(conversation: Conversation, now: datetime) -> Conversation:
    """End it."""
    _need(conversation, Step.END)
    return replace(conversation, stage=Stage.ENDED, ended_at=now, waits_since=None)


def rate(conversation: Conversation, rating: int) -> Conversation:
    """Note what the visitor thinks of the person who served him, 1 to 5; the last word counts.

    Raises ``InvalidInputError``, and ``IllegalMoveError`` when no person had answered.
    """
    _need(conversation, Step.RATE)
    if conversation.answered_at is None:
        raise IllegalMoveError("chat.nothing_to_rate")
    if not 1 <= rating <= BEST_RATING:
        raise InvalidInputError("chat.rating", field="rating", most=BEST_RATING)
    return replace(conversation, rating=rating)


def of_citizen(conversation: Conversation, citizen_id: str) -> Conversation:
    """Return it as that of the citizen who logged in with its cookie; one that has an owner keeps him."""
    return conversation if conversation.citizen_id else replace(conversation, citizen_id=citizen_id)


def written(conversation: Conversation, messages: Sequence[Message]) -> Changes:
    """Return what writes the conversation and what was newly said in it."""
    new = not conversation.version
    return Changes(inserts=[*([conversation] if new else []), *messages], puts=[] if new else [conversation])


def _need(conversation: Conversation, step: Step) -> None:
    if conversation.stage not in STEPS[step]:
        raise IllegalMoveError("chat.illegal_step", step=step.value)


def _check(conversation: Conversation, text: str, attachments: Sequence[Attachment], token: str) -> None:
    if not text and not attachments:
        raise InvalidInputError("chat.text.missing", field="text")
    if len(text) > TEXT_MAX:
        raise InvalidInputError("chat.text.too_long", field="text", most=TEXT_MAX)
    if len(token) > TOKEN_MAX:
        raise InvalidInputError("form.unreadable")
    if conversation.length >= LENGTH_MAX:
        raise InvalidInputError("chat.full", field="text")


def _turn(conversation: Conversation, author: Author, now: datetime) -> dict[str, datetime | None]:
    """Return who waits for whom after this: a person answers all that was asked before."""
    if author is Author.STAFF:
        return {"answered_at": conversation.answered_at or now, "waits_since": None}
    if author is Author.VISITOR and conversation.stage in HANDED_OVER:
        return {"waits_since": conversation.waits_since or now}
    return {}


def _about(conversation: Conversation, message: Message) -> str:
    """Return what the conversation is about: a greeting, or 人工 alone, is soon put right by what follows it."""
    if len(conversation.about) >= ABOUT_MIN or not is_spoken(message):
        return conversation.about
    line = " ".join(message.text.split())
    return line if len(line) <= ABOUT_MAX else line[: ABOUT_MAX - 1] + "…"
