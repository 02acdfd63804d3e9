"""Receives one mail (收件): a citizen's becomes a letter, any other is kept; both durably, before the answer."""

from __future__ import annotations

import asyncio
from typing import Final

from minxin.core.actor import Role
from minxin.core.clock import Clock
from minxin.mailbox.held import Arrival, HeldMails
from minxin.mailbox.ports import AccountReads, IncomingLetter, LetterDesk
from minxin.mailbox.records import Account, AccountState
from minxin.mailbox.smtp.intake import HOPS_MAX, Envelope, Head, OwnPost, Reason, Verdict, judge, key_of, scan

LOOP_REPLY: Final = "554 5.4.6 Too many hops"
# The same for everybody: else the reply would tell which addresses are registered, and a forger his letter's number.
TAKEN_REPLY: Final = "250 2.0.0 Received and kept"
# Hashing a large mail takes long enough for other sessions to notice.
LARGE_BYTES: Final = 512 * 1024


class Reception:
    """What the SMTP door hands a mail to."""

    def __init__(self, people: AccountReads, clock: Clock, desk: LetterDesk, held: HeldMails, post: OwnPost) -> None:
        self.post = post
        self._people = people
        self._clock = clock
        self._desk = desk
        self._held = held

    async def receive(self, raw: bytes, envelope: Envelope, origin: str) -> str:
        """Make the mail a letter or keep it, and return the SMTP reply, which does not say which of the two.

        Raises a ``MinxinError`` when that fails, and then nothing of it is kept. Another reply than 250 says the same.
        """
        head = scan(raw)
        if head.hops > HOPS_MAX:
            return LOOP_REPLY
        verdict = judge(head, envelope, self.post)
        key = await self._key(raw, head, envelope.sender)
        account = None if verdict.reason else await self._people.account_by_address(envelope.sender.lower())
        if account is not None and _is_citizen(account):
            letter = IncomingLetter(account.id, raw, key, self._clock.now(), origin)
            await self._desk.accept_mail(letter)
        else:
            await self._held.keep(_arrival(raw, key, head, envelope, verdict, origin))
        return TAKEN_REPLY

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
