"""Conversations (咨询会话): a visitor with the assistant and then, when it can't help, with a person."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import field

from minxin.consult.records import Attachment
from minxin.core.changes import Record, Told


class Stage(StrEnum):
    """Who has the word, or what became of it."""

    ASSISTANT = "assistant"  # 智能问答
    WAITING = "waiting"  # 排队: asked for a person; the assistant is silent
    SERVED = "served"  # 人工接待
    LEFT = "left"  # 留言: nobody came, and the visitor is unknown; waits for him to log in, or for a person
    LETTER = "letter"  # 已转来信
    ENDED = "ended"  # 已结束


class HandOver(StrEnum):
    """Why a person was called (转人工原因)."""

    ASKED = "asked"  # 市民要求
    MISSED = "missed"  # 两次未答上
    URGENT = "urgent"  # 紧急
    UPSET = "upset"  # 情绪激动
    FAILED = "failed"  # 助手故障


class Author(StrEnum):
    """Who said a message."""

    VISITOR = "visitor"  # 市民
    ASSISTANT = "assistant"  # 智能助手
    STAFF = "staff"  # 人工客服
    SYSTEM = "system"  # 系统提示


class Conversation(Told, frozen=True, kw_only=True):
    """One visitor's conversation.

    ``visitor_key`` is the digest of the secret in the visitor's cookie, ``citizen_id`` the account once he logged in.
    ``length`` counts the messages. ``dialogue`` is what the assistant remembers, opaque to the chat
    (``consult/assistant``). ``asked_at`` is when a person was called, ``promised_by`` until when one must have
    answered. ``given_at`` and ``answered_at`` are those of the staff member who has it now or had it last;
    ``waits_since`` is since when words of the visitor wait for a person's answer. ``drafting`` says that an unknown
    visitor chose to make it a letter of his own words. ``about`` is the first thing that he said at some length, cut
    short for lists. ``rating`` is 1 to 5, given at the end.
    """

    visitor_key: str
    stage: Stage
    opened_at: datetime
    last_at: datetime
    length: int = 0
    about: str = ""
    citizen_id: str | None = None
    dialogue: dict[str, Any] = field(default_factory=dict)
    reason: HandOver | None = None
    office_id: str | None = None
    asked_at: datetime | None = None
    promised_by: datetime | None = None
    staff_id: str | None = None
    staff_post: str = ""
    given_at: datetime | None = None
    answered_at: datetime | None = None
    waits_since: datetime | None = None
    drafting: bool = False
    letter_id: str | None = None
    ended_at: datetime | None = None
    rating: int | None = None


class Message(Record, frozen=True, kw_only=True):
    """One thing said; ``seq`` counts from 1 in its conversation.

    ``shown`` names the passages that an answer of the assistant showed, ``card`` what it offered to choose from.
    """

    conversation_id: str
    seq: int
    at: datetime
    author: Author
    text: str
    post: str = ""
    attachments: tuple[Attachment, ...] = ()
    shown: tuple[str, ...] = ()
    card: dict[str, Any] = field(default_factory=dict)


class Presence(Told, frozen=True, kw_only=True):
    """Whether a staff member takes conversations (在岗状态); its id is the account's.

    ``most`` is how many he takes at once. ``seen_at`` is when his page was last heard of, ``given_at`` when he was last
    given a conversation.
    """

    office_id: str
    on_duty: bool
    most: int
    seen_at: datetime
    post: str = ""
    given_at: datetime | None = None
