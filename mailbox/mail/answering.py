"""Answers the mail of a box whose holder is away (自动回复): once for each sender in some days, whatever comes back.

That a sender was answered is written in the commit that sends the answer, so that two mails at the same moment, or a
job that is done again, never make two.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from minxin.core.changes import Changes
from minxin.core.clock import Clock
from minxin.core.errors import InvalidInputError, TooManyTriesError
from minxin.mailbox.mail.addresses import Domains
from minxin.mailbox.mail.answered import VacationAnswer, answer_id
from minxin.mailbox.mail.records import Box, MailItem, Person
from minxin.mailbox.mail.rules import MailRules
from minxin.mailbox.mail.sending import Sending, Written
from minxin.mailbox.mail.settings import BoxSettings, Vacation
from minxin.mailbox.mail.vacation import LOOK_BYTES, Heard, answer_to, hear, silence
from minxin.mailbox.ports import MailStore
from minxin.mailbox.records import Account
from minxin.mailbox.sentences import sentence

# Who is written to under a thousand forged names must not answer a thousand strangers.
MOST_ANSWERED: Final = 300
MOST_REFERENCES: Final = 10


def answer_subject(vacation: Vacation, language: str) -> str:
    """Return the subject of an answer, which says first of all that a program sent it (RFC 3834, 3.1.5)."""
    return sentence("mail.vacation.subject", language, subject=vacation.subject)


class VacationAnswers:
    """Does the job that a delivery into a box with a vacation notice leaves (``receiving.py``)."""

    def __init__(self, store: MailStore, clock: Clock, domains: Domains, rules: MailRules, sending: Sending) -> None:
        self._store = store
        self._clock = clock
        self._domains = domains
        self._rules = rules
        self._sending = sending

    async def answer_task(self, item_id: str) -> Changes:
        """Answer the mail, or leave it be; done again, it answers once."""
        item = await self._store.get(MailItem, item_id)
        box = await self._store.get(Box, item.box_id) if item is not None else None
        settings = await self._store.get(BoxSettings, box.id) if box is not None else None
        if item is None or box is None or settings is None or settings.vacation is None:
            return Changes()
        heads = await self._store.mail_heads([item.content_id], LOOK_BYTES)
        heard, now = hear(heads.get(item.content_id, b"")), self._clock.now()
        if silence(heard, item, box, settings, self._domains, now) is not None:
            return Changes()
        noted = await self._noted(box, answer_to(heard, self._domains), now)
        if noted is not None:
            written = await self._written(box, heard, settings.vacation)
            # A box that sent enough for today sends no answers either, and to an address of no use none is due.
            with suppress(TooManyTriesError, InvalidInputError):
                await self._sending.send_automatic(written, f"vacation:{item.id}", noted)
        return Changes()

    async def _noted(self, box: Box, to: str, now: datetime) -> Changes | None:
        """Return what says that the sender is answered now, None when he was lately, or too many others were."""
        made = answer_id(box.id, to)
        before = await self._store.get(VacationAnswer, made)
        if before is not None and before.expires_at > now:
            return None
        if len(await self._store.vacation_answers_of(box.id)) >= MOST_ANSWERED:
            return None
        expires_at = now + self._rules.vacation_pause
        if before is not None:
            return Changes(puts=[replace(before, expires_at=expires_at)])
        return Changes(inserts=[VacationAnswer(id=made, box_id=box.id, expires_at=expires_at)])

    async def _written(self, box: Box, heard: Heard, vacation: Vacation) -> Written:
        owner = await self._store.get(Account, box.owner_id)
        # From the address that was written to (RFC 3834, 3.1.2): another one of the box is nobody's business.
        named = [one for one in (box.address, *box.aliases) if one in heard.recipients]
        return Written(
            box_id=box.id,
            sender=named[0],
            to=(Person("", answer_to(heard, self._domains)),),
            subject=answer_subject(vacation, owner.language if owner is not None else "zh"),
            text=vacation.text,
            in_reply_to=heard.message_id,
            references=(*heard.references[-MOST_REFERENCES:], *([heard.message_id] if heard.message_id else [])),
            automatic=True,
        )
