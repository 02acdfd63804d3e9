"""Receives one mail (收件): a citizen's to the mayor becomes a letter, mail for people goes into their boxes.

All of it is durable before the answer. Mail that nobody can be sure of is kept, or lies in the junk folder; mail in our
own name that we did not write is refused in the session.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final

from minxin.core.actor import Role
from minxin.core.clock import Clock
from minxin.mailbox.authenticity.header import results_field
from minxin.mailbox.authenticity.records import PASS, Authenticity
from minxin.mailbox.held import Arrival, HeldMails
from minxin.mailbox.mail.delivery import fields_of
from minxin.mailbox.mime.head import look
from minxin.mailbox.ports import IncomingLetter, LetterDesk, MailStore
from minxin.mailbox.records import Account, AccountState
from minxin.mailbox.smtp.appraisal import Appraisal, Appraiser
from minxin.mailbox.smtp.boxes import FULL_REPLY, LARGE_BYTES, BoxDelivery, Mail
from minxin.mailbox.smtp.intake import HOPS_MAX, Envelope, Head, OwnPost, Reason, Verdict, judge, key_of, relayed, scan
from minxin.mailbox.smtp.patience import Greylist
from minxin.mailbox.smtp.trace import Trace, trace_lines, without_forged

LOOP_REPLY: Final = "554 5.4.6 Too many hops"
FORGED_REPLY: Final = "550 5.7.1 Mail in our name is taken from our own people only"
SOME_FULL_REPLY: Final = "452 4.2.2 A mailbox is full, the other recipients have the mail"
# The same for everybody: else the reply would tell which addresses are registered, and a forger his letter's number.
TAKEN_REPLY: Final = "250 2.0.0 Received and kept"


class Reception:
    """What the SMTP door hands a mail to."""

    def __init__(
        self,
        store: MailStore,
        clock: Clock,
        desk: LetterDesk,
        held: HeldMails,
        post: OwnPost,
        boxes: BoxDelivery,
        appraiser: Appraiser,
    ) -> None:
        self.post = post
        self.boxes = boxes
        self.greylist = Greylist(store, clock)
        self._store = store
        self._clock = clock
        self._desk = desk
        self._held = held
        self._appraiser = appraiser

    async def receive(self, raw: bytes, envelope: Envelope, origin: str) -> str:
        """Keep the mail for everybody it is for, and return the SMTP reply.

        Raises a ``MinxinError`` when that fails; a resend then reaches only those who have it not yet. Another reply
        than 250 says that somebody has it not.
        """
        head = scan(raw)
        if head.hops > HOPS_MAX:
            return LOOP_REPLY
        found = await self._found(raw, head, envelope, origin)
        if self._in_our_name(head, envelope, found):
            return FORGED_REPLY
        key = await self._key(raw, head, envelope.sender)
        if envelope.to_mayor or envelope.to_postmaster:
            await self._to_mayor(raw, key, head, envelope, found, origin)
        if not envelope.boxes:
            return TAKEN_REPLY
        mail = await self._mail(raw, key, head, envelope, found, origin)
        full = await self.boxes.deliver(mail, envelope.boxes, envelope.sender)
        if not full:
            return TAKEN_REPLY
        nobody = not (envelope.to_mayor or envelope.to_postmaster) and {one.box.id for one in envelope.boxes} <= full
        return FULL_REPLY if nobody else SOME_FULL_REPLY

    async def _found(self, raw: bytes, head: Head, envelope: Envelope, origin: str) -> Authenticity:
        if self.post.relay:
            return relayed(head, self.post)
        return await self._appraiser.check(raw, head, envelope, origin)

    def _in_our_name(self, head: Head, envelope: Envelope, found: Authenticity) -> bool:
        """Say whether the mail bears an address of ours and is none of ours: those who write from one log in first.

        What a list or forwarder sends back as it left us bears our own signature. What comes back to the mayor's own
        address in the mayor's own name is kept for a look, and never answered (``intake.py``).
        """
        ours = [one for one in (envelope.sender, *head.senders) if one and self.post.is_ours(one)]
        if not envelope.boxes:
            ours = [one for one in ours if not self.post.is_own(one)]
        if not ours:
            return False
        return not any(one.result == PASS and self.post.is_ours(f"@{one.domain}") for one in found.signatures)

    async def _to_mayor(
        self, raw: bytes, key: str, head: Head, envelope: Envelope, found: Authenticity, origin: str
    ) -> None:
        """Make the mail a letter or keep it."""
        verdict = judge(head, envelope, self.post, found)
        account = None
        if verdict.reason in (None, Reason.NOT_PROVEN, Reason.SENDERS_DIFFER):
            account = await self._store.account_by_address(envelope.sender.lower())
        if account is not None and _is_citizen(account):
            if verdict.reason is None:
                await self._desk.accept_mail(IncomingLetter(account.id, raw, key, self._clock.now(), origin))
                return
            # He must learn of it, whoever wrote: the answer goes to his own registered address.
            verdict = Verdict(verdict.reason, answer=True)
        await self._held.keep(_arrival(raw, key, head, envelope, verdict, origin))

    async def _mail(
        self, raw: bytes, key: str, head: Head, envelope: Envelope, found: Authenticity, origin: str
    ) -> Mail:
        """Return the mail as the boxes get it."""
        now, seen = self._clock.now(), look(raw)
        appraisal = await self._appraiser.appraise(raw, head, seen, envelope, found, now)
        lines = self._lines(key, envelope, appraisal, origin, now)
        whole = lines + without_forged(raw, {*self.post.domains, self.post.domain})
        fields = fields_of(seen)
        return Mail(
            raw=whole,
            key=key,
            fields=fields,
            sender=seen.from_address.lower(),
            proof=appraisal.proof,
            score=appraisal.score,
            automatic=head.automatic or not envelope.sender,
            report=not envelope.sender and seen.marks.is_report,
            name=fields.sender.name if appraisal.named else "",
        )

    def _lines(self, key: str, envelope: Envelope, appraisal: Appraisal, origin: str, now: datetime) -> bytes:
        trace = Trace(
            server=self.post.domain,
            client=origin,
            helo=envelope.helo,
            sender=envelope.sender,
            mark=key[:16],
            at=now,
            tls=envelope.tls,
        )
        why = f"X-Minxin-Spam: {' '.join((f'{appraisal.score.likelihood:.2f}', *appraisal.score.reasons))}\r\n"
        return trace_lines(trace) + results_field(self.post.domain, appraisal.found, envelope.sender) + why.encode()

    async def _key(self, raw: bytes, head: Head, sender: str) -> str:
        if len(raw) < LARGE_BYTES:
            return key_of(raw, head, sender)
        return await asyncio.to_thread(key_of, raw, head, sender)


def _is_citizen(account: Account) -> bool:
    return account.state is AccountState.ACTIVE and Role.CITIZEN in account.roles


def _arrival(raw: bytes, key: str, head: Head, envelope: Envelope, verdict: Verdict, origin: str) -> Arrival:
    return Arrival(
        raw=raw,
        key=key,
        sender=envelope.sender.lower(),
        subject=head.subject,
        reason=verdict.reason or Reason.UNKNOWN_SENDER,
        answer=verdict.answer,
        origin=origin,
    )
