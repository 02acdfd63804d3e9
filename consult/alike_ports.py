"""What like letters and hot issues need from others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from minxin.consult.alike_records import HotIssue
from minxin.consult.records import Letter, PublicCopy
from minxin.core.alike import Alike, AlikeText, FoundIssue
from minxin.core.paging import Page, PageRequest


class AlikeReads(Protocol):
    """Finds letters by their marks, and issues. Sealed letters come in none of it.

    Nor do letters that were not judged yet, which may be about to be sealed: a letter has a work order once it is.
    """

    async def letters_to_mark(self, limit: int) -> list[Letter]:
        """Return letters with a work order that have no marks yet, newest first."""
        ...

    async def letters_marked(self, marks: Sequence[int], limit: int) -> list[str]:
        """Return the ids of the letters that share the most marks with these, rare marks counting more.

        Of a mark that hundreds of letters have, the newest are looked at. A letter that was sealed after it was marked
        may be among them: the caller asks the access door.
        """
        ...

    async def letters_within(self, start: datetime, end: datetime, page: PageRequest) -> Page[Letter]:
        """Return the letters with a work order received in ``[start, end)``, newest first."""
        ...

    async def published_among(self, letter_ids: Sequence[str]) -> list[PublicCopy]:
        """Return the published copies of these letters, at most some hundred, in any order."""
        ...

    async def hot_issues(self) -> list[HotIssue]:
        """Return the current issues, the hottest first."""
        ...


class LetterMatcher(Protocol):
    """Says which letters are like one."""

    def places(self, subject: str, body: str, place: str) -> tuple[str, ...]:
        """Return the names of the places in a letter; ``place`` is what its writer says of where it is."""
        ...

    def marks(self, subject: str, body: str, places: Sequence[str]) -> tuple[int, ...]:
        """Return the numbers by which an index finds the letter; takes a millisecond or two."""
        ...

    def alike(self, asked: AlikeText, others: Sequence[AlikeText]) -> list[Alike]:
        """Return those of the others that are like the letter, most alike first; takes a millisecond each."""
        ...

    def learn(self, letters: Sequence[tuple[str, str]]) -> None:
        """Learn from (subject, body) of recent letters what the letters of this city have in common."""
        ...


class IssueFinder(Protocol):
    """Finds hot issues among the letters that are kept."""

    async def issues(self, now: datetime) -> list[FoundIssue]:
        """Return the issues of ``consult.issue_letters.WINDOW`` before ``now``, the hottest first.

        Takes seconds. Raises ``UnavailableError``.
        """
        ...
