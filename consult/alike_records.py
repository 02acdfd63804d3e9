"""The records of like letters (相似来信) and hot issues (热点问题)."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from minxin.core.alike import FoundIssue, Surge
from minxin.core.changes import Record


class LetterMarks(Record, frozen=True, kw_only=True):
    """The marks by which like letters are found; the id is the letter's. A sealed letter never gets any."""

    marks: tuple[int, ...]


class Alarm(Struct, frozen=True):
    """An issue grew suddenly (突增预警): when that was seen, by what, and the letters that it had then."""

    at: datetime
    surge: Surge
    letters: int


class HotIssue(Record, frozen=True, kw_only=True):
    """An issue as it was last found. It keeps its id while most of its letters are the same.

    ``current`` is False once it is no longer among the issues of the window. ``alarm`` is the last one, and ``joined``
    counts the letters that came to the issue since then.
    """

    found: FoundIssue
    since: datetime
    updated_at: datetime
    current: bool = True
    alarm: Alarm | None = None
    joined: int = 0

    @property
    def heat(self) -> float:
        """Return the sum of the terms of its heat."""
        return self.found.heat
