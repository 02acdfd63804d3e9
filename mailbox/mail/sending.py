"""Sending (发信): what somebody writes leaves his box, in one commit with everything that follows from it.

    written = Written(box_id=box.id, to=(Person("李四", "li@home.example"),), subject="…", text="…")
    item = await sending.send(actor, written, key)
    states = await sending.deliveries(actor, item.id)

The copy in the folder of what was sent, the mails in the boxes of the house and what waits for other servers are
written together or not at all; the same key again sends nothing twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from minxin.core.actor import SYSTEM, Actor
from minxin.core.changes import AuditEntry, Changes
from minxin.core.clock import Clock
from minxin.core.errors import (
    ConflictError,
    DuplicateError,
    InvalidInputError,
    NotFoundError,
    QuotaError,
    TooLargeError,
)
from minxin.mailbox.mail import moves
from minxin.mailbox.mail.access import access_box, access_item, may_send
from minxin.mailbox.mail.delivery import Incoming, Packed, deliver_mail, fields_of, item_id, pack
from minxin.mailbox.mail.keys import mail_usage, role_folder
from minxin.mailbox.mail.records import (
    ANSWERED,
    FORWARDED,
    SEEN,
    Box,
    BoxAddress,
    BoxKind,
    FolderRole,
    MailItem,
    Taken,
)
from minxin.mailbox.mail.rules import MailRules
from minxin.mailbox.mail.threads import thread_of
from minxin.mailbox.mime.head import HEAD_BYTES, look
from minxin.mailbox.outgoing.counting import SendCount, counted
from minxin.mailbox.outgoing.inside import Addressed, Inside
from minxin.mailbox.outgoing.posting import FULL, Posted, delivered, not_delivered, queued, reported
from minxin.mailbox.outgoing.recipients import recipient_address
from minxin.mailbox.outgoing.records import OutgoingMail, outgoing_id
from minxin.mailbox.outgoing.reports import Fault
from minxin.mailbox.outgoing.rules import SendingRules
from minxin.mailbox.outgoing.written import Written as Written
from minxin.mailbox.outgoing.written import check_written, recipients_of, write_mail
from minxin.mailbox.ports import MailStore
from minxin.mailbox.records import Account
from minxin.mailbox.submission.preparing import prepare

TRIES: Final = 8
SHARED: Final = (BoxKind.OFFICE, BoxKind.COMPANY)
# What an address of ours is refused with (``destination.py``), as the writer reads it.
_REFUSALS: Final = {"5.1.1": "mail.send.nobody", "5.2.1": "mail.send.closed", "5.1.6": "mail.send.left"}

OfficeName = Callable[[str, str], Awaitable[str]]
Beside = Callable[[datetime], Awaitable[Changes]]


class Sending:
    """Sends what people write, and says what became of it.

    ``office_name`` gives an office's name in a language, empty when there is none with this id.
    """

    def __init__(
        self,
        store: MailStore,
        clock: Clock,
        rules: MailRules,
        limits: SendingRules,
        inside: Inside,
        office_name: OfficeName,
    ) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules
        self._limits = limits
        self._inside = inside
        self._office_name = office_name

    async def send(self, actor: Actor, written: Written, key: str) -> MailItem:
        """Send a mail and return the copy in the folder of what was sent; the same key again sends nothing.

        Raises ``NotFoundError`` for a box that is not the actor's, ``InvalidInputError`` for a recipient who can't be
        reached or another thing that can't be sent, ``TooLargeError``, ``TooManyTriesError`` when the box sent enough,
        ``QuotaError`` when the copy does not fit into it.
        """
        box = await self.box(actor, written.box_id)
        made = item_id(box.id, f"sent:{key}")
        known = await self._store.get(MailItem, made)
        if known is not None:
            return known
        draft = await self._own(box, written.replaces)
        mail, copy = await self._write(box, actor.id, written, key, draft.thread_id if draft is not None else made)
        addressed = await self.addressed(box, recipients_of(written))

        async def beside(now: datetime) -> Changes:
            return await self._kept(actor, mail, written, made, copy, now)

        await self.post(mail, addressed, beside)
        sent = await self._store.get(MailItem, made)
        if sent is None:
            raise NotFoundError  # its owner deleted it in this very moment
        return sent

    async def send_automatic(self, written: Written, key: str, also: Changes | None = None) -> None:
        """Send what a program answers in the name of a box: no copy is kept, and nobody is told of faults (RFC 3834).

        ``also`` is written in the same commit. With a key that was sent before nothing is written at all. Recipients
        of the house who can't be reached are left out. Raises ``NotFoundError`` for a box that sends nothing any more,
        ``TooManyTriesError``.
        """
        box = await self._store.get(Box, written.box_id)
        if box is None or not may_send(box):
            raise NotFoundError
        mail, _ = await self._write(box, SYSTEM.id, replace(written, automatic=True), key, "")
        addressed = await self._inside.find(recipients_of(written))

        async def beside(now: datetime) -> Changes:
            return also or Changes()

        await self.post(mail, addressed, beside)

    async def submit(
        self,
        actor: Actor,
        envelope_sender: str,
        recipients: Sequence[str],
        raw: bytes,
        hostname: str = "localhost",
        *,
        sealed: bool = False,
    ) -> None:
        """Send what a mail program handed in; it keeps its own copy, as mail programs do.

        ``sealed`` says that it came over TLS. The same mail again sends nothing. Raises ``NotFoundError`` for a sender
        whose box is not the actor's, ``InvalidInputError`` for a header that can't be taken, ``TooManyTriesError``.
        """
        box = await self.box_of(actor, envelope_sender)
        own = (envelope_sender.lower(), box.address, *box.aliases)
        prepared = await asyncio.to_thread(prepare, raw, own, hostname, self._clock.now(), sealed=sealed)
        packed = await asyncio.to_thread(pack, prepared.raw)
        fields = fields_of(look(prepared.raw))
        wanted = [recipient_address(one) for one in recipients]
        mail = Posted(
            box=box,
            by=actor.id,
            key=f"submitted:{prepared.key}",
            packed=packed,
            head=prepared.raw[:HEAD_BYTES],
            sender=envelope_sender.lower(),
            message_id=fields.message_id,
            thread_id=await thread_of(self._store, box.id, fields, item_id(box.id, prepared.key)),
            subject=fields.subject,
        )

        async def beside(now: datetime) -> Changes:
            return self._written_down(actor, box, now)

        await self.post(mail, await self.addressed(box, wanted), beside)

    async def box_of(self, actor: Actor, address: str) -> Box:
        """Return the box that the address is of; raises as :meth:`box`."""
        found = await self._store.get(BoxAddress, address.strip().lower())
        box = await self.box(actor, found.box_id) if found is not None else None
        if box is None or address.strip().lower() not in (box.address, *box.aliases):
            raise NotFoundError
        return box

    def most_recipients(self, box: Box) -> int:
        """Return to how many recipients one mail from the box may go."""
        return self._limits.of_kind(box.kind).mail

    async def refusal(self, address: str) -> str:
        """Return the SMTP reply that refuses a recipient, empty for one to whom mail can be sent."""
        try:
            addressed = await self._inside.find([recipient_address(address)])
        except InvalidInputError:
            return "553 5.1.3 This is no address"
        return addressed.refused[0].reply if addressed.refused else ""

    async def deliveries(self, actor: Actor, item_id: str) -> list[OutgoingMail]:
        """Return what became of a mail that the box sent, by recipient; empty for any other mail."""
        box, item = await access_item(self._store, actor, item_id)
        return await self._store.outgoing_of(box.id, item.message_id)

    async def box(self, actor: Actor, box_id: str) -> Box:
        """Return the box to send from; raises ``NotFoundError``, ``InvalidInputError`` for a former colleague's."""
        box = await access_box(self._store, actor, box_id)
        if not may_send(box):
            raise InvalidInputError("mail.send.not_from_here", field="from")
        return box

    async def addressed(self, box: Box, recipients: Sequence[str]) -> Addressed:
        """Sort the recipients; raises ``InvalidInputError`` for none, too many, or one of the house who is nobody."""
        most = self._limits.of_kind(box.kind).mail
        if not recipients:
            raise InvalidInputError("mail.send.no_recipient", field="to")
        if len(recipients) > most:
            raise InvalidInputError("mail.send.too_many_recipients", field="to", limit=most)
        addressed = await self._inside.find(recipients)
        for fault in addressed.refused:
            key = _REFUSALS.get(fault.status, "mail.send.nobody")
            raise InvalidInputError(key, field="to", address=fault.recipient)
        return addressed

    async def post(self, mail: Posted, addressed: Addressed, beside: Beside) -> None:
        """Commit the mail for all recipients with what is written ``beside`` it; nothing when it was sent before.

        A client who leaves can't tear it. Raises ``QuotaError`` when the sender's own box is full, and
        ``TooManyTriesError``.
        """
        full: frozenset[str] = frozenset()
        for _ in range(TRIES + len(addressed.inside)):
            now = self._clock.now()
            changes = await beside(now) + await self._changes(mail, addressed, full, now)
            try:
                await asyncio.shield(self._store.commit(changes))
            except DuplicateError:
                if await self._was_sent(mail, addressed):
                    return
            except ConflictError:
                continue
            except QuotaError as error:
                filled = {box.id for box in addressed.inside.values() if mail_usage(box.id) == error.params["key"]}
                if not filled or mail.box.id in filled or filled <= full:
                    raise
                full |= filled
            else:
                return
        raise ConflictError

    async def _changes(self, mail: Posted, addressed: Addressed, full: frozenset[str], now: datetime) -> Changes:
        """Return what the mail leads to when these boxes are full."""
        reached = {address: box for address, box in addressed.inside.items() if box.id not in full}
        faults = tuple(Fault(one, FULL) for one, box in addressed.inside.items() if box.id in full)
        count = len(addressed.inside) + len(addressed.outside)
        allowance = self._limits.of_kind(mail.box.kind)
        known = await self._store.get(SendCount, mail.box.id)
        counter = counted(known, mail.box.id, count, allowance, now)
        changes = Changes(puts=[counter]) if known is not None else Changes(inserts=[counter])
        changes += await self._inside.receive(mail, tuple(reached.values()), await self._name(mail.box), now)
        for address in reached:
            changes += delivered(mail, address, now)
        for fault in faults:
            changes += not_delivered(mail, fault, now)
        changes += queued(mail, addressed.outside, now)
        if not faults:
            return changes
        return changes + reported(mail, faults, now)

    async def _was_sent(self, mail: Posted, addressed: Addressed) -> bool:
        everybody = (*addressed.inside, *addressed.outside)
        records = [outgoing_id(mail.box.id, mail.key, one) for one in everybody]
        return bool(await self._store.get_all(OutgoingMail, records))

    async def _write(self, box: Box, by: str, written: Written, key: str, alone: str) -> tuple[Posted, Packed]:
        """Put the mail together, for the recipients and for the folder of what was sent.

        ``alone`` is its conversation unless it belongs to one that the box knows.
        """
        sender = check_written(box, written)
        name, now = await self._name(box), self._clock.now()
        raw, kept = await asyncio.to_thread(write_mail, written, replace(sender, name=name), key, now)
        if len(raw) > self._rules.message_bytes:
            raise TooLargeError(limit=self._rules.message_bytes)
        packed = await asyncio.to_thread(pack, raw)
        fields = fields_of(look(raw))
        mail = Posted(
            box=box,
            by=by,
            key=key,
            packed=packed,
            head=raw[:HEAD_BYTES],
            sender="" if written.automatic else sender.address,
            message_id=fields.message_id,
            thread_id=await thread_of(self._store, box.id, fields, alone),
            subject=fields.subject,
        )
        return mail, packed if kept == raw else await asyncio.to_thread(pack, kept)

    async def _name(self, box: Box) -> str:
        """Return who writes from the box, as recipients see it: an office as such, never who of it wrote."""
        if box.kind is BoxKind.OFFICE:
            return await self._office_name(box.owner_id, "zh")
        account = await self._store.get(Account, box.owner_id)
        return account.name if account is not None else ""

    async def _kept(
        self, actor: Actor, mail: Posted, written: Written, made: str, copy: Packed, now: datetime
    ) -> Changes:
        """Return the copy of what was sent, and what the sending does to the draft and to what it answers."""
        box, skeleton = mail.box, copy.blobs[0].data
        draft = await self._own(box, written.replaces)
        incoming = Incoming(
            item_id=made,
            folder_id=role_folder(box.id, FolderRole.SENT),
            packed=copy,
            fields=fields_of(look(skeleton[:HEAD_BYTES])),
            received_at=now,
            thread_id=mail.thread_id,
            most=self._rules.most(box),
            flags=(SEEN,),
        )
        # What the draft frees comes first, so that it can be sent from a full box.
        changes = moves.expunge(draft, now) if draft is not None else Changes()
        changes += self._noted(deliver_mail(box.id, incoming), actor, box, now)
        for marked, flag in ((written.answers, ANSWERED), (written.forwards, FORWARDED)):
            item = await self._own(box, marked)
            if item is not None and (draft is None or item.id != draft.id):
                changes += moves.with_flags(item, {*item.flags, flag}, now)
        return changes

    def _noted(self, changes: Changes, actor: Actor, box: Box, now: datetime) -> Changes:
        """Note at what leaves a shared box who of those who share it wrote."""
        if box.kind not in SHARED:
            return changes
        taken = Taken(actor.id, now)
        changes.inserts = [replace(one, taken=taken) if isinstance(one, MailItem) else one for one in changes.inserts]
        return changes + self._written_down(actor, box, now)

    def _written_down(self, actor: Actor, box: Box, now: datetime) -> Changes:
        """Note in the audit log who sent something in the name of an office or a company."""
        if box.kind not in SHARED:
            return Changes()
        return Changes(audit=[AuditEntry(now, actor.id, "send_mail", box.id, office_id=actor.office_id)])

    async def _own(self, box: Box, wanted: str | None) -> MailItem | None:
        """Return the item of this box, None for one that somebody deleted meanwhile."""
        item = await self._store.get(MailItem, wanted) if wanted is not None else None
        return item if item is not None and item.box_id == box.id else None
