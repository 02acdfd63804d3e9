"""What a mail that somebody sends leads to (投递方案): pure, so that all of it is one commit.

Who has a box in the house has the mail at once; what goes outside waits for its turn (``queue.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from msgspec import Struct

from minxin.core.changes import Changes, Job
from minxin.mailbox.mail.delivery import Incoming, Packed, deliver_mail, fields_of, item_id, pack
from minxin.mailbox.mail.keys import role_folder
from minxin.mailbox.mail.records import Box, FolderRole
from minxin.mailbox.mime.head import look
from minxin.mailbox.outgoing.ports import domain_of
from minxin.mailbox.outgoing.records import SEND_JOB, OutgoingMail, OutgoingState, outgoing_id
from minxin.mailbox.outgoing.reports import Fault, Report, write_report

FULL: Final = "5.2.2"
DELIVERED: Final = "2.1.5"


class Posted(Struct, frozen=True, kw_only=True):
    """A mail as it leaves its writer: the bytes that every recipient gets, and its envelope.

    ``box`` is the writer's, ``thread_id`` the conversation there. ``sender`` is empty for what nobody is told of when
    it fails. ``head`` is how the bytes begin, ``message_id`` is without brackets, ``key`` the same for a resend.
    """

    box: Box
    by: str
    key: str
    packed: Packed
    head: bytes
    sender: str
    message_id: str
    thread_id: str
    subject: str


def queued(mail: Posted, recipients: Sequence[str], now: datetime) -> Changes:
    """Let the mail wait for its first turn to recipients outside: one turn for all of a domain."""
    if not recipients:
        return Changes()
    content, by_domain = mail.packed.content, sorted(recipients, key=domain_of)
    records = [_record(mail, one, now, content_id=content.id, next_at=now) for one in by_domain]
    groups = groupby(records, lambda record: domain_of(record.recipient))
    jobs = [turn_job(list(group)) for _, group in groups]
    return Changes(inserts=[*records], ensures=[content], blobs=list(mail.packed.blobs), jobs=jobs)


def turn_job(records: Sequence[OutgoingMail]) -> Job:
    """Return the job of the present turn of records of one mail that are at the same turn."""
    first, *others = records
    payload = {"id": first.id, "turn": first.turn, "with": [one.id for one in others]}
    return Job(SEND_JOB, f"{first.id}:{first.turn}", payload, first.next_at)


def delivered(mail: Posted, recipient: str, now: datetime) -> Changes:
    """Note that the mail lies in a box of the house."""
    return Changes(
        inserts=[_record(mail, recipient, now, state=OutgoingState.DELIVERED, done_at=now, status=DELIVERED)]
    )


def not_delivered(mail: Posted, fault: Fault, now: datetime) -> Changes:
    """Note that a box of the house does not take the mail."""
    return Changes(
        inserts=[_record(mail, fault.recipient, now, state=OutgoingState.FAILED, done_at=now, status=fault.status)]
    )


def reported(mail: Posted, faults: tuple[Fault, ...], now: datetime) -> Changes:
    """Tell the writer, in his box, whom the mail does not reach."""
    if not faults or not mail.sender:
        return Changes()
    report = Report(
        domain=mail.box.address.rpartition("@")[2],
        to=mail.sender,
        faults=faults,
        head=mail.head,
        message_id=mail.message_id,
        subject=mail.subject,
        arrived_at=now,
        at=now,
    )
    return put_report(mail.box.id, mail.key, report, mail.thread_id)


def put_report(box_id: str, key: str, report: Report, thread_id: str) -> Changes:
    """Put a report into the box of who sent the mail, once for each key; a full box takes it too."""
    raw = write_report(report)
    made = item_id(box_id, f"report:{key}")
    mail = Incoming(
        item_id=made,
        folder_id=role_folder(box_id, FolderRole.INBOX),
        packed=pack(raw),
        fields=fields_of(look(raw)),
        received_at=report.at,
        thread_id=thread_id,
        most=None,
        official=True,
    )
    return deliver_mail(box_id, mail)


def house_mail(recipient: str, raw: bytes, key: str, now: datetime) -> Changes:
    """Let a mail of the house itself wait for its turn: once for each key, and nobody is told when it fails."""
    packed = pack(raw)
    record = OutgoingMail(
        id=outgoing_id("", key, recipient),
        box_id="",
        message_id=look(raw).message_id,
        content_id=packed.content.id,
        sender="",
        recipient=recipient,
        created_at=now,
        next_at=now,
    )
    return Changes(inserts=[record], ensures=[packed.content], blobs=list(packed.blobs), jobs=[turn_job([record])])


def _record(mail: Posted, recipient: str, now: datetime, **fields: Any) -> OutgoingMail:
    given = {"content_id": ""} | fields
    return OutgoingMail(
        id=outgoing_id(mail.box.id, mail.key, recipient),
        box_id=mail.box.id,
        message_id=mail.message_id,
        sender=mail.sender,
        recipient=recipient,
        created_at=now,
        by=mail.by,
        **given,
    )
