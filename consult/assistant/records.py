"""What visitors said of the assistant's answers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from minxin.core.changes import Record


class Mark(StrEnum):
    """What a visitor said of what he was shown (评价)."""

    SOLVED = "solved"  # 已解决
    NOT_SOLVED = "not_solved"  # 未解决
    NONE_OF_THESE = "none_of_these"  # 没有我要的
    UNANSWERED = "unanswered"  # 助手未能回答
    TAKEN = "taken"  # 写信前采用: ended without a letter


GAPS: Final = (Mark.UNANSWERED, Mark.NOT_SOLVED, Mark.NONE_OF_THESE)


class AnswerMark(Record, frozen=True, kw_only=True):
    """One mark on one passage, or on no passage (empty ``passage_id``) when nothing was found.

    ``question`` is what the visitor had asked, without personal data. One that was taken back counts no more.
    ``settled_at`` is when somebody (``settled_by``) closed the gap that it belongs to, by publishing ``entry_id``
    unless that is empty.
    """

    conversation_id: str
    passage_id: str
    mark: Mark
    question: str
    office_id: str | None
    at: datetime
    taken_back_at: datetime | None = None
    settled_at: datetime | None = None
    settled_by: str = ""
    entry_id: str = ""

    @property
    def is_gap(self) -> bool:
        """Say whether the mark still asks for an entry to be written or put right."""
        return self.mark in GAPS and self.taken_back_at is None and self.settled_at is None
