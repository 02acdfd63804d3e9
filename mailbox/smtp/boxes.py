"""Mail from outside goes into boxes (投递入箱): all of its boxes in one commit, a full one beside the others.

SMTP has one reply for all recipients of a mail. A box that turns out to be full only now must neither block the others
nor lose anything: they get the mail, the reply is a temporary one, and at the next try the full box is refused by name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from msgspec import Struct

from minxin.core.changes import Changes
from minxin.core.clock import Clock
from minxin.core.errors import ConflictError, QuotaError
from minxin.mailbox.mail.arrival_notices import ArrivalNotices
from minxin.mailbox.mail.arrivals import AddressedBox
from minxin.mailbox.mail.delivery import MailFields, Packed, item_id, pack
from minxin.mailbox.mail.destination import NOBODY, destination
from minxin.mailbox.mail.keys import mail_usage
from minxin.mailbox.mail.receiving import Arrived, receive_mail
from minxin.mailbox.mail.records import BoxState, MailItem
from minxin.mailbox.mail.rules import MailRules
from minxin.mailbox.mail.threads import thread_of
from minxin.mailbox.ports import MailStore
from minxin.mailbox.spam.rules import Score

FULL_REPLY: Final = "552 5.2.2 Mailbox full"
TRIES: Final = 8
REMEMBERED: Final = 10_000
# Packing a large mail takes long enough for other sessions to notice, and several times its size in memory.
LARGE_BYTES: Final = 512 * 1024


class Mail(Struct, frozen=True, kw_only=True):
    """A mail from outside, ready to be kept. ``raw`` has our own lines on top, ``key`` is the same for a resend.

    ``sender`` is the address in From in lower case, ``name`` who wrote when that is proven. ``report`` says that it is
    what another server tells of a mail.
    """

    raw: bytes
    key: str
    fields: MailFields
    sender: str
    proof: str
    score: Score = Score()
    automatic: bool = False
    report: bool = False
    name: str = ""

    def __repr__(self) -> str:
        return f"Mail({self.proof}, {len(self.raw)} bytes)"


class BoxDelivery:
    """Puts mail into boxes, and knows before a mail comes whether there is room for it."""

    def __init__(self, store: MailStore, clock: Clock, rules: MailRules, notices: ArrivalNotices) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules
        self._notices = notices
        self._large = asyncio.Lock()
        # Mail that did not fit, by sender and box: a client that tells no size is refused at its next try.
        self._too_large: dict[tuple[str, str], int] = {}

    async def find(self, address: str, sender: str, size: int) -> AddressedBox | str:
        """Return the box that takes mail for an address of ours, or the reply that says why none does.

        A box without room for a mail of so many bytes (0 when the client did not say) is full.
        """
        found = await self._store.box_at(address)
        if found is not None and found.box.state is not BoxState.OPEN:
            place = await destination(self._store, address, former_to_office=self._rules.former_to_office)
            if place.box is None:
                return place.refusal
            found = await self._store.box_at(place.box.address)
        if found is None:
            return NOBODY
        comes = size or self._too_large.get((sender, found.box.id), 1)
        return found if found.used + comes <= self._rules.most(found.box) else FULL_REPLY

    async def deliver(self, mail: Mail, boxes: Sequence[AddressedBox], sender: str) -> frozenset[str]:
        """Put the mail into each of the boxes, durably, and return the ids of those that are full.

        A box that has the mail already gets it no second time. ``sender`` is the envelope's.
        """
        packed = await self._packed(mail.raw)
        items = {one.box.id: item_id(one.box.id, mail.key) for one in boxes}
        full: set[str] = set()
        known: Collection[str] = ()
        for _ in range(TRIES + len(items)):
            wanted = [one for one in boxes if one.box.id not in full and items[one.box.id] not in known]
            if not wanted:
                break
            try:
                await asyncio.shield(self._store.commit(await self._changes(mail, packed, wanted, items)))
            except QuotaError as error:
                full |= {one.box.id for one in wanted if mail_usage(one.box.id) == error.params.get("key")}
            except ConflictError:
                known = await self._store.get_all(MailItem, list(items.values()))
            else:
                break
        else:
            raise ConflictError
        for box_id in full:
            self._remember(sender, box_id, packed.content.size_bytes)
        return frozenset(full)

    async def _changes(
        self, mail: Mail, packed: Packed, boxes: Sequence[AddressedBox], items: Mapping[str, str]
    ) -> Changes:
        now = self._clock.now()
        changes = Changes()
        for one in boxes:
            box, made = one.box, items[one.box.id]
            arrived = Arrived(
                item_id=made,
                packed=packed,
                fields=mail.fields,
                thread_id=await thread_of(self._store, box.id, mail.fields, made),
                most=self._rules.most(box),
                sender=mail.sender,
                proof=mail.proof,
                spam=mail.score.likelihood,
                why=mail.score.reasons,
                junk=mail.score.junk,
                automatic=mail.automatic,
                report=mail.report,
            )
            notice = None if mail.automatic else self._notices.of(box, one.owner, mail.sender, made, now, mail.name)
            changes += receive_mail(box, one.settings, arrived, now, notice)
        return changes

    async def _packed(self, raw: bytes) -> Packed:
        if len(raw) < LARGE_BYTES:
            return pack(raw)
        async with self._large:
            return await asyncio.to_thread(pack, raw)

    def _remember(self, sender: str, box_id: str, size: int) -> None:
        if len(self._too_large) >= REMEMBERED:
            del self._too_large[next(iter(self._too_large))]
        self._too_large[sender, box_id] = size
