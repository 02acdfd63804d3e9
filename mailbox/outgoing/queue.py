"""The queue of mail that goes out (外发队列): one turn of one mail to one domain at a time, each a job.

A turn that was cut off between handing the mail over and noting it is done again: then the other server gets the same
mail, with the same Message-ID, once more.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from minxin.core.actor import Actor, Role
from minxin.core.changes import AuditEntry, Changes
from minxin.core.clock import Clock
from minxin.core.errors import DamagedError, NotAllowedError, NotFoundError, NotYetError
from minxin.core.paging import Page, PageRequest
from minxin.mailbox.mail.contents import raw_of
from minxin.mailbox.mail.delivery import fields_of, item_id
from minxin.mailbox.mail.records import Box, BoxState
from minxin.mailbox.mail.threads import thread_of
from minxin.mailbox.mime.head import HEAD_BYTES, look
from minxin.mailbox.outgoing import turns
from minxin.mailbox.outgoing.letters import LetterCarrier
from minxin.mailbox.outgoing.ports import Carrier, Envelope, Handed, QueueFigures
from minxin.mailbox.outgoing.posting import put_report, turn_job
from minxin.mailbox.outgoing.records import OutgoingMail, OutgoingState
from minxin.mailbox.outgoing.reports import Fault, Report
from minxin.mailbox.outgoing.rules import SendingRules
from minxin.mailbox.ports import MailStore

log = logging.getLogger(__name__)

BATCH: Final = 200
LOST: Final = Handed(taken=False, final=True, status="5.3.0")

Sign = Callable[[bytes], Awaitable[bytes]]


async def unsigned(message: bytes) -> bytes:
    """Return the mail as it is, for a house without a key."""
    return message


class OutgoingQueue:
    """Does the turns, tells senders what failed, and shows the queue to administrators.

    ``sign`` returns a mail with its DKIM signature before it.
    """

    def __init__(
        self,
        store: MailStore,
        clock: Clock,
        rules: SendingRules,
        carrier: Carrier,
        letters: LetterCarrier,
        sign: Sign = unsigned,
    ) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules
        self._carrier = carrier
        self._letters = letters
        self._sign = sign

    async def turn(self, _: str, payload: dict[str, Any]) -> Changes:
        """Do the job of one turn; what is not at this turn any more is left alone. Raises ``NotYetError``."""
        records = await self._at_turn(payload)
        if not records:
            return Changes()
        first = records[0]
        if first.next_at is not None and first.next_at > self._clock.now():
            raise NotYetError(first.next_at)
        try:
            raw = await raw_of(self._store, first.content_id)
        except DamagedError:
            log.error("a mail to be sent is damaged", extra={"event": "outgoing_damaged"})
            raw, handed = b"", dict.fromkeys((one.recipient for one in records), LOST)
        else:
            handed = await self._handed(records, raw)
        return await self._after(records, handed, raw[:HEAD_BYTES])

    async def _at_turn(self, payload: dict[str, Any]) -> list[OutgoingMail]:
        """Return the records of the job that wait for this very turn, in the job's order."""
        ids = [payload["id"], *payload.get("with", ())]
        known = await self._store.get_all(OutgoingMail, ids)
        found = [known[one] for one in ids if one in known]
        return [one for one in found if one.state is OutgoingState.WAITING and one.turn == payload["turn"]]

    async def _handed(self, records: Sequence[OutgoingMail], raw: bytes) -> dict[str, Handed]:
        first, handed = records[0], {}
        letters = [one for one in records if one.box_id and one.recipient.lower() == self._letters.address]
        for record in letters:
            handed[record.recipient] = await self._letters.take(record, raw)
        others = tuple(one.recipient for one in records if one not in letters)
        if others:
            handed |= await self._carrier.carry(Envelope(first.sender, others, await self._sign(raw), first.id))
        return handed

    async def _after(self, records: Sequence[OutgoingMail], handed: dict[str, Handed], head: bytes) -> Changes:
        """Note what became of the mail; one that an administrator let be tried again meanwhile waits for that turn."""
        now, fresh = self._clock.now(), await self._store.get_all(OutgoingMail, [one.id for one in records])
        results = [
            turns.after(fresh[one.id], handed[one.recipient], self._rules, now)
            for one in records
            if one.id in fresh and (fresh[one.id].turn == one.turn or handed[one.recipient].final)
        ]
        changes = Changes(puts=[one.record for one in results])
        waiting = [one.record for one in results if one.record.state is OutgoingState.WAITING]
        if waiting:
            changes += Changes(jobs=[turn_job(waiting)])
        for record in (one.record for one in results if one.record.state is not OutgoingState.WAITING):
            log.info("mail left the queue", extra={"event": f"outgoing_{record.state}", "status": record.status})
        for told in ([one.record for one in results if one.late], [one.record for one in results if one.failed]):
            changes += await self._told(told, head)
        return changes

    async def _told(self, records: Sequence[OutgoingMail], head: bytes) -> Changes:
        """Tell the sender in his box, and nobody else; of what a program or the house wrote nobody is told."""
        first = records[0] if records else None
        box = await self._store.get(Box, first.box_id) if first is not None and first.box_id and first.sender else None
        if first is None or box is None or box.state is BoxState.CLOSED:
            return Changes()
        fields, late = fields_of(look(head)), first.state is OutgoingState.WAITING
        key = f"{first.id}:{'late' if late else 'failed'}"
        report = Report(
            domain=box.address.rpartition("@")[2],
            to=first.sender,
            faults=tuple(Fault(one.recipient, one.status, one.reply) for one in records),
            head=head,
            message_id=first.message_id,
            subject=fields.subject,
            arrived_at=first.created_at,
            at=self._clock.now(),
            until=first.created_at + self._rules.patience if late else None,
        )
        known = await self._store.mail_by_message_ids(box.id, {first.message_id})
        thread = known[0].thread_id if known else await thread_of(self._store, box.id, fields, item_id(box.id, key))
        return put_report(box.id, key, report, thread)

    async def figures(self, actor: Actor) -> QueueFigures:
        """Return the queue in figures; raises ``NotAllowedError`` unless for an administrator."""
        _need_administrator(actor)
        return await self._store.outgoing_figures()

    async def listed(self, actor: Actor, state: OutgoingState, page: PageRequest) -> Page[OutgoingMail]:
        """Return mail in the state, newest first; raises ``NotAllowedError``."""
        _need_administrator(actor)
        return await self._store.outgoing_mail(state, page)

    async def try_again(self, actor: Actor, record_id: str, origin: str) -> None:
        """Let a waiting mail be tried at once; raises ``NotFoundError``, ``NotAllowedError``, ``ConflictError``."""
        _need_administrator(actor)
        record = await self._store.get(OutgoingMail, record_id)
        if record is None or record.state is not OutgoingState.WAITING:
            raise NotFoundError
        now = self._clock.now()
        wanted = turns.again(record, now)
        entry = AuditEntry(now, actor.id, "retry_mail", record.id[:12], "ok", actor.office_id, origin)
        await self._store.commit(Changes(puts=[wanted], jobs=[turn_job([wanted])], audit=[entry]))

    async def forget(self) -> int:
        """Forget some of what was over long ago; return how many."""
        old = await self._store.old_outgoing(self._clock.now() - self._rules.kept, BATCH)
        if old:
            await self._store.commit(Changes(deletes=list(old)))
        return len(old)


def _need_administrator(actor: Actor) -> None:
    if not actor.is_a(Role.ADMINISTRATOR):
        raise NotAllowedError
