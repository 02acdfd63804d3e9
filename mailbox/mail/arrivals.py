"""What a delivery asks of the store before a mail comes (收件查询)."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from minxin.mailbox.mail.records import Box
from minxin.mailbox.mail.settings import BoxSettings
from minxin.mailbox.records import Account


class AddressedBox(Struct, frozen=True):
    """The box that an address is of, how many bytes of mail it holds, what is set for it, and who owns it.

    ``owner`` is None for a box of an office or company, ``settings`` when nothing was ever set.
    """

    box: Box
    used: int
    settings: BoxSettings | None = None
    owner: Account | None = None


class ArrivalReads(Protocol):
    """Finds what a delivery must know."""

    async def box_at(self, address: str) -> AddressedBox | None:
        """Return the box that the address (lower-case) is of, in whatever state it is, all as of one moment."""
        ...
