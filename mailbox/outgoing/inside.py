"""Recipients who have a box in the house (站内收件人): found before anything is taken, reached in the very commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from minxin.core.changes import Changes
from minxin.mailbox.authenticity.proof import VERIFIED_OFFICE, VERIFIED_PERSON
from minxin.mailbox.mail.addresses import Domains
from minxin.mailbox.mail.arrival_notices import ArrivalNotices
from minxin.mailbox.mail.delivery import MailFields, fields_of, item_id
from minxin.mailbox.mail.destination import destination
from minxin.mailbox.mail.receiving import Arrived, receive_mail
from minxin.mailbox.mail.records import Box, BoxKind
from minxin.mailbox.mail.rules import MailRules
from minxin.mailbox.mail.settings import BoxSettings
from minxin.mailbox.mail.threads import thread_of
from minxin.mailbox.mail.vacation import LOOK_BYTES, hear
from minxin.mailbox.mime.head import look
from minxin.mailbox.outgoing.posting import Posted
from minxin.mailbox.outgoing.reports import Fault
from minxin.mailbox.ports import MailStore
from minxin.mailbox.records import Account

OFFICIAL_KINDS: Final = (BoxKind.STAFF, BoxKind.OFFICE, BoxKind.SYSTEM)


class Addressed(Struct, frozen=True):
    """Who is written to: boxes of the house by address, other addresses, and addresses of the house that are none."""

    inside: dict[str, Box]
    outside: tuple[str, ...]
    refused: tuple[Fault, ...]


class Inside:
    """Finds the boxes of recipients and puts mail into them. ``letters`` is the address that takes letters."""

    def __init__(
        self,
        store: MailStore,
        domains: Domains,
        rules: MailRules,
        arrivals: ArrivalNotices | None = None,
        letters: str = "",
    ) -> None:
        self._store = store
        self._domains = domains
        self._rules = rules
        self._arrivals = arrivals
        self._letters = letters.lower()

    async def find(self, recipients: Sequence[str]) -> Addressed:
        """Sort the recipients, each of whom comes once."""
        inside: dict[str, Box] = {}
        outside, refused = [], []
        for address in {one.lower(): one for one in recipients}.values():
            if address.lower() == self._letters or not self._domains.has(address.lower().rpartition("@")[2]):
                outside.append(address)
                continue
            place = await destination(self._store, address, former_to_office=self._rules.former_to_office)
            if place.box is None:
                refused.append(Fault(address, place.refusal.split(" ", 2)[1], place.refusal))
            else:
                inside[address] = place.box
        return Addressed(inside, tuple(outside), tuple(refused))

    async def receive(self, mail: Posted, boxes: Sequence[Box], name: str, now: datetime) -> Changes:
        """Return what puts the mail into the boxes; ``name`` is who wrote, as a short message may say."""
        parsed = look(mail.head)
        fields, automatic = fields_of(parsed), hear(mail.head[:LOOK_BYTES]).marked
        known = await self._store.get_all(BoxSettings, {box.id for box in boxes})
        owners = await self._store.get_all(Account, {box.owner_id for box in boxes})
        changes = Changes()
        for box in {box.id: box for box in boxes}.values():
            made = item_id(box.id, f"from:{mail.box.id}:{mail.key}")
            arrived = await self._arrived(box, made, mail, fields, automatic=automatic)
            notice = None
            if self._arrivals is not None and not automatic and box.id != mail.box.id:
                sender = arrived.sender
                notice = self._arrivals.of(box, owners.get(box.owner_id), sender, made, now, name)
            changes += receive_mail(box, known.get(box.id), arrived, now, notice)
        return changes

    async def _arrived(self, box: Box, made: str, mail: Posted, fields: MailFields, *, automatic: bool) -> Arrived:
        return Arrived(
            item_id=made,
            packed=mail.packed,
            fields=fields,
            thread_id=await thread_of(self._store, box.id, fields, made),
            most=self._rules.most(box),
            sender=fields.sender.address.lower(),
            proof=VERIFIED_OFFICE if mail.box.kind in OFFICIAL_KINDS else VERIFIED_PERSON,
            automatic=automatic,
        )
