"""In whose name official mail goes out: the office's, from its own shared box."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from minxin.mailbox.mail.boxkeeping import BoxKeeping
from minxin.mailbox.mail.records import Person
from minxin.mailbox.meetings.ports import OfficeName
from minxin.mailbox.official.letter import LANGUAGE, Sender

SenderOf = Callable[[str], Awaitable[Sender]]


def senders(keeping: BoxKeeping, name: OfficeName, house_address: str) -> SenderOf:
    """Return what gives an office as a sender; at ``house_address`` nobody reads what comes."""

    async def sender_of(office_id: str) -> Sender:
        box = await keeping.box_of_office(office_id)
        return Sender(Person(await name(office_id, LANGUAGE), box.address), Person("", house_address))

    return sender_of
