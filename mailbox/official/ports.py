"""What official mail needs from others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

from minxin.core.paging import Page, PageRequest
from minxin.core.places import Area
from minxin.mailbox.files import CleanFile, Upload
from minxin.mailbox.mail.tally import Tally
from minxin.mailbox.official.records import OfficialNotice
from minxin.mailbox.ports import MailStore
from minxin.mailbox.records import Account

# Makes files fit to keep, in a process that can be killed; raises ``InvalidInputError`` for what is not taken.
Clean = Callable[[Sequence[Upload]], Awaitable[Sequence[CleanFile]]]
# Returns when people are not waiting for the service any more, or after a moment.
GiveWay = Callable[[], Awaitable[None]]


class OfficialReads(Protocol):
    """Finds notices, whom they reach, and what became of them."""

    async def official_notices(self, office_id: str | None, page: PageRequest) -> Page[OfficialNotice]:
        """Return notices, newest first, of one office when given."""
        ...

    async def citizens_in(self, area: Area, before: datetime, after: str, limit: int) -> list[Account]:
        """Return up to ``limit`` citizens with a box whose ids come after ``after``, by id.

        Of the district, or the district and street, when ``area`` is not empty; none that was opened after ``before``.
        """
        ...

    async def count_citizens_in(self, area: Area, before: datetime) -> int:
        """Return how many :meth:`citizens_in` has in all."""
        ...

    async def tallies(self, notice_id: str) -> list[Tally]:
        """Return what was counted of the notice's items, by day and area."""
        ...


class OfficialStore(MailStore, OfficialReads, Protocol):
    """The store as official mail sees it."""
