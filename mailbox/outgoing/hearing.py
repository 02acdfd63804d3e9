"""Reports that come back (退信处理): what another server says later about mail that it had taken.

A report lies in the sender's box like any mail. When it names a mail that the same box sent, it is noted at that
mail, and joins its conversation. It is believed no further than that: it never makes another mail.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from minxin.core.changes import Changes
from minxin.core.clock import Clock
from minxin.mailbox.errors import ParseFailedError, ParseTimeoutError
from minxin.mailbox.mail import moves
from minxin.mailbox.mail.contents import raw_of
from minxin.mailbox.mail.records import MailItem
from minxin.mailbox.mime.delivery_report import DeliveryStatus, ReportedRecipient, read_delivery_report
from minxin.mailbox.outgoing.ports import domain_of
from minxin.mailbox.outgoing.records import OutgoingMail, OutgoingState
from minxin.mailbox.outgoing.smtp_client import clean_reply
from minxin.mailbox.outgoing.turns import over
from minxin.mailbox.ports import MailStore
from minxin.mailbox.reading import limit_for
from minxin.mailbox.safe_pool import SafePool


class Hearing:
    """Reads the reports that came into boxes."""

    def __init__(self, store: MailStore, pool: SafePool, clock: Clock) -> None:
        self._store = store
        self._pool = pool
        self._clock = clock

    async def report_task(self, item_id: str) -> Changes:
        """Note what the report says at the mail that it is about; one that can't be read stays mail."""
        item = await self._store.get(MailItem, item_id)
        if item is None:
            return Changes()
        raw = await raw_of(self._store, item.content_id)
        try:
            report = await self._pool.run(read_delivery_report, raw, limit_s=limit_for(raw))
        except (ParseTimeoutError, ParseFailedError):
            return Changes()
        records = await self._about(item.box_id, report)
        noted = heard(records, report, self._clock.now())
        changes = Changes(puts=[*noted])
        if not records:
            return changes
        sent = await self._store.mail_by_message_ids(item.box_id, {records[0].message_id})
        if sent and item.thread_id != sent[0].thread_id:
            changes += moves.put(item, thread_id=sent[0].thread_id)
        return changes

    async def _about(self, box_id: str, report: DeliveryStatus) -> list[OutgoingMail]:
        """Return the mail of this box that the report names: by our own id for it, else by its Message-ID."""
        if report.envelope_id:
            known = await self._store.get(OutgoingMail, report.envelope_id)
            if known is not None and known.box_id == box_id:
                domain = domain_of(known.recipient)
                records = await self._store.outgoing_of(box_id, known.message_id)
                return [one for one in records if domain_of(one.recipient) == domain] or [known]
        return await self._store.outgoing_of(box_id, report.message_id)


def heard(records: Sequence[OutgoingMail], report: DeliveryStatus, now: datetime) -> list[OutgoingMail]:
    """Return the records that the report changes: mail that another server took, and could not bring any further."""
    changed = []
    for record in records:
        if record.state is not OutgoingState.SENT:
            continue
        said = _about_him(record, report, alone=len(records) == 1)
        if said is not None and said.action == "failed":
            failed = over(record, OutgoingState.FAILED, now)
            changed.append(replace(failed, status=said.status or "5.0.0", reply=clean_reply(said.said)))
    return changed


def _about_him(record: OutgoingMail, report: DeliveryStatus, *, alone: bool) -> ReportedRecipient | None:
    """Return what is said of the record's recipient; a server that forwarded his mail may know him by another name."""
    named = next((one for one in report.recipients if record.recipient.lower() in one.addresses), None)
    if named is None and alone and len(report.recipients) == 1:
        return report.recipients[0]
    return named
