"""What sending needs from the store, and from whatever carries mail to other servers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from minxin.core.paging import Page, PageRequest
from minxin.mailbox.outgoing.records import OutgoingMail, OutgoingState


class QueueFigures(Struct, frozen=True):
    """How many mails are in each state, and since when the oldest waits."""

    counts: dict[OutgoingState, int]
    oldest: datetime | None


class OutgoingReads(Protocol):
    """Finds mail on its way."""

    async def outgoing_of(self, box_id: str, message_id: str) -> list[OutgoingMail]:
        """Return what became of the mail with this Message-ID that the box sent, by recipient."""
        ...

    async def outgoing_mail(self, state: OutgoingState, page: PageRequest) -> Page[OutgoingMail]:
        """Return mail in the state, newest first."""
        ...

    async def outgoing_figures(self) -> QueueFigures:
        """Return the queue in figures."""
        ...

    async def old_outgoing(self, before: datetime, limit: int) -> Sequence[OutgoingMail]:
        """Return what was over before, oldest first."""
        ...


class Handed(Struct, frozen=True):
    """What became of a try to hand a mail over: taken over, refused for good, or neither, and then it is tried again.

    ``status`` is an enhanced code (RFC 3463), ``reply`` what the other server said as one clean line.
    """

    taken: bool
    final: bool
    status: str = ""
    reply: str = ""


class Envelope(Struct, frozen=True):
    """A mail with CRLF line ends for recipients of one domain, each of whom stands there once.

    ``sender`` is empty for the null sender; ``key`` is our own id for it, letters and digits.
    """

    sender: str
    recipients: tuple[str, ...]
    message: bytes
    key: str

    @property
    def domain(self) -> str:
        """The domain of the recipients."""
        return domain_of(self.recipients[0])


def domain_of(address: str) -> str:
    """Return the domain of an address in lower case."""
    return address.rpartition("@")[2].lower()


class Carrier(Protocol):
    """Hands mail to whoever takes it from here (投递方)."""

    async def carry(self, mail: Envelope) -> dict[str, Handed]:
        """Hand the mail over and return what became of it, for each recipient.

        The same key and recipient come again when it was not known whether an earlier try arrived. Raises
        ``NotYetError`` when nothing was tried.
        """
        ...
