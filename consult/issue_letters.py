"""The letters that hot issues are looked for in: those of the last 90 days, as texts with their places."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

from minxin.consult.records import Letter, LetterState
from minxin.core.alike import IssueText
from minxin.core.paging import Page, PageRequest

WINDOW: Final = timedelta(days=90)
MOST_LETTERS: Final = 8_000  # the newest of a window; more take minutes and memory, and tell no more
_PAGE: Final = 100


class WindowReads(Protocol):
    """The one query of ``alike_ports.AlikeReads`` that a look asks."""

    async def letters_within(self, start: datetime, end: datetime, page: PageRequest) -> Page[Letter]: ...


async def issue_texts(
    letters: WindowReads, places: Callable[[str, str, str], tuple[str, ...]], now: datetime
) -> list[IssueText]:
    """Return the letters of :data:`WINDOW` before ``now``, newest first; one that was withdrawn is no issue.

    ``places`` finds names in a subject, a body and what its writer says of where it is.
    """
    texts: list[IssueText] = []
    page = PageRequest(None, _PAGE)
    while len(texts) < MOST_LETTERS:
        found = await letters.letters_within(now - WINDOW, now, page)
        for letter in found.items:
            if letter.state is not LetterState.WITHDRAWN:
                # Where it is stands in the subject or the place field; the body names places that are passed by.
                where = places(letter.subject, "", letter.place)
                texts.append(
                    IssueText(letter.id, letter.writer_id, letter.received_at, letter.subject, letter.text, where)
                )
        if found.next is None:
            break
        page = PageRequest(found.next, _PAGE)
    return texts
