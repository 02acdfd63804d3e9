"""Where mail for one of our addresses goes (收件去向), as a mail server must know before it takes a word of it."""

from __future__ import annotations

from msgspec import Struct

from minxin.mailbox.mail.records import Box, BoxAddress, BoxState
from minxin.mailbox.ports import MailStore
from minxin.mailbox.records import Account

NOBODY = "550 5.1.1 No such mailbox here"
CLOSED = "550 5.2.1 This mailbox is closed"
LEFT = "550 5.1.6 This person left the office"


class Destination(Struct, frozen=True):
    """The box that takes the mail, or the SMTP reply (RFC 3463) that says why none does; ``box`` decides.

    ``instead_of`` is the box of somebody who left, when his office's shared box takes his mail.
    """

    box: Box | None
    refusal: str = ""
    instead_of: Box | None = None


async def destination(store: MailStore, address: str, *, former_to_office: bool = False) -> Destination:
    """Return where mail for the address (any case) goes.

    Mail for somebody who left his office goes to its shared box when ``former_to_office`` is set; else it is refused
    with the office's address, so that the sender decides who reads it.
    """
    found = await store.get(BoxAddress, address.strip().lower())
    box = await store.get(Box, found.box_id) if found is not None else None
    if box is None:
        return Destination(None, NOBODY)
    if box.state is BoxState.OPEN:
        return Destination(box)
    if box.state is BoxState.CLOSED:
        return Destination(None, CLOSED)
    office = await _office_of(store, box)
    if office is None:
        return Destination(None, LEFT)
    if former_to_office:
        return Destination(office, instead_of=box)
    return Destination(None, f"{LEFT}; please write to {office.address}")


async def _office_of(store: MailStore, box: Box) -> Box | None:
    """Return the open shared box of the office in which the box's owner worked."""
    owner = await store.get(Account, box.owner_id)
    office = await store.get(Box, owner.office_id) if owner is not None and owner.office_id else None
    return office if office is not None and office.state is BoxState.OPEN else None
