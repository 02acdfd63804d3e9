"""What is to be thought of a mail from outside (来件评定): who proved to have sent it, and how likely it is spam."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from minxin.core.cluster import Cluster
from minxin.mailbox.authenticity.checking import SenderChecks
from minxin.mailbox.authenticity.proof import IMITATES, VERIFIED_OFFICE, imitates, proof_of
from minxin.mailbox.authenticity.records import Authenticity, Origin
from minxin.mailbox.mime.parsed import ParsedMail
from minxin.mailbox.smtp.intake import Envelope, Head
from minxin.mailbox.spam.rules import LOOKED_AT, Score, Signals, score

WAVE_LASTS: Final = timedelta(hours=1)


class Appraisal(Struct, frozen=True):
    """The verdict of the checks, the word for people, and the spam score."""

    found: Authenticity
    proof: str
    score: Score

    @property
    def named(self) -> bool:
        """Whether the name that the mail bears may be told on."""
        return self.proof == VERIFIED_OFFICE


class Appraiser:
    """Appraises mail. ``offices`` gives the names that are ours alone, ``government`` are domains the city trusts.

    All processes count together how often a body came (群发识别), in ``cluster``.
    """

    def __init__(
        self,
        checks: SenderChecks,
        domains: frozenset[str],
        government: frozenset[str],
        offices: Callable[[], Awaitable[frozenset[str]]],
        cluster: Cluster,
    ) -> None:
        self.checks = checks
        self.domains = domains
        self._government = government
        self._offices = offices
        self._cluster = cluster

    def is_own(self, address: str) -> bool:
        """Say whether an address is of our own domains."""
        return address.rpartition("@")[2].lower() in self.domains

    async def check(self, raw: bytes, head: Head, envelope: Envelope, client: str) -> Authenticity:
        """Return what can be found out about the sender, within the time limit of the checks."""
        domain = head.senders[0].rpartition("@")[2] if len(head.senders) == 1 else ""
        origin = Origin(address=client, helo=envelope.helo, sender=envelope.sender)
        return await self.checks.check(raw, domain, origin)

    async def appraise(
        self, raw: bytes, head: Head, seen: ParsedMail, envelope: Envelope, found: Authenticity, now: datetime
    ) -> Appraisal:
        """Return what is to be thought of the mail; ``seen`` is the look at its header."""
        copies_us = imitates(seen.from_name, seen.from_address, await self._offices(), self.domains)
        proof = proof_of(found, self._government, imitates=copies_us)
        reply = seen.reply_to[0].address.rpartition("@")[2] if seen.reply_to else ""
        signals = Signals(
            found=found,
            imitates=proof == IMITATES,
            senders=len(head.senders),
            sender_domain=seen.from_address.rpartition("@")[2],
            reply_domain=reply,
            subject=seen.subject,
            message_id=seen.message_id,
            date=seen.date,
            now=now,
            helo=envelope.helo,
            own_domains=self.domains,
            head=raw[:LOOKED_AT],
            alike=await self._alike(raw[head.body_at : LOOKED_AT], now),
        )
        return Appraisal(found, proof, score(signals))

    async def _alike(self, body: bytes, now: datetime) -> int:
        """Count one more mail with this body, and return how many there were within the hour."""
        wave = hashlib.blake2b(body, digest_size=16).hexdigest()
        return (await self._cluster.count_one(f"wave/{wave}", now, WAVE_LASTS)).count
