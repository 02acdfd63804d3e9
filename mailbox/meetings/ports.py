"""What office notices need from others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from minxin.core.paging import Page, PageRequest
from minxin.core.store import Store
from minxin.mailbox.meetings.records import StaffGroup, StaffNotice
from minxin.mailbox.ports import AccountReads

# The office's name in a language, as people know it.
OfficeName = Callable[[str, str], Awaitable[str]]


class MeetingReads(Protocol):
    """Finds an office's groups and notices."""

    async def staff_groups(self, office_id: str) -> list[StaffGroup]:
        """Return the office's groups by name."""
        ...

    async def staff_notices(self, office_id: str, page: PageRequest) -> Page[StaffNotice]:
        """Return the office's notices, newest first."""
        ...


class MeetingStore(Store, AccountReads, MeetingReads, Protocol):
    """The store as office notices see it."""
