"""What looking after boxes needs from the store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from minxin.core.paging import Page, PageRequest
from minxin.mailbox.mail.records import Box, BoxKind, BoxState


class BoxWish(Struct, frozen=True, kw_only=True):
    """Which boxes are looked for; None and nothing mean all.

    ``words`` is a piece of an address, an alias among them; ``percent`` is how full the box is at least.
    """

    words: str = ""
    kind: BoxKind | None = None
    state: BoxState | None = None
    percent: int = 0


class BoxUse(Struct, frozen=True):
    """A box with what it and its owner's disk hold, in bytes."""

    box: Box
    mail_bytes: int
    disk_bytes: int


class BoxOfficeReads(Protocol):
    """Finds boxes for those who look after them, and never what is in them."""

    async def find_boxes(self, wish: BoxWish, quotas: Mapping[BoxKind, int], page: PageRequest) -> Page[BoxUse]:
        """Return boxes by address; ``quotas`` are the bytes of mail of each kind where a box has none of its own."""
        ...

    async def ending_boxes(self, now: datetime, limit: int) -> list[Box]:
        """Return closed boxes whose mail is to be deleted by now, the longest due first."""
        ...
