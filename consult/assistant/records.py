"""What visitors said of the assistant's answers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from minxin.core.changes import Record


class Mark(StrEnum):
    """What a visitor said of what he was shown (评价)."""

    SOLVED = "solved"  # 已解决
    NOT_SOLVED = "not_solved"  # 未解决
    NONE_OF_THESE = "none_of_these"  # 没有我要的
    UNANSWERED = "unanswered"  # 助手未能回答
    TAKEN = "taken"  # 写信前采用: ended without a letter


class AnswerMark(Record, frozen=True, kw_only=True):
    """One mark on one passage, or on no passage (empty ``passage_id``) when nothing was found.

    ``question`` is what the visitor had asked. One that was taken back counts no more.
    """

    conversation_id: str
    passage_id: str
    mark: Mark
    question: str
    office_id: str | None
    at: datetime
    taken_back_at: datetime | None = None
