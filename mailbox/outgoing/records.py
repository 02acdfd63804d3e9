"""The record of a mail on its way to one recipient (外发邮件): kept while it waits, and for a while after."""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Final

from minxin.core.changes import Job, Record

SEND_JOB: Final = "mail.send"
REPORT_JOB: Final = "mail.report"


class OutgoingState(StrEnum):
    """Where the mail of one recipient is."""

    WAITING = "waiting"  # 等待: it was not sent yet, or is tried again
    DELIVERED = "delivered"  # 已送达: it lies in a box of this house
    SENT = "sent"  # 已送出: another server took it over
    FAILED = "failed"  # 失败: it will never arrive


class OutgoingMail(Record, frozen=True, kw_only=True):
    """One recipient's copy of a mail that somebody sent.

    ``box_id`` is the sender's box, empty for the house itself, and ``by`` who sent it. ``sender`` is the envelope's,
    empty for what nobody is told of when it fails (RFC 3834, 3.3). ``content_id`` names the bytes while it waits, and
    is empty after. ``turn`` counts what was begun: a job of an earlier turn does nothing. ``reply`` is the last answer
    of the other server as one clean line, ``status`` its enhanced code (RFC 3463). ``told_late`` says that the sender
    knows it is late.
    """

    box_id: str
    message_id: str
    content_id: str
    sender: str
    recipient: str
    created_at: datetime
    by: str = ""
    state: OutgoingState = OutgoingState.WAITING
    turn: int = 0
    attempts: int = 0
    next_at: datetime | None = None
    tried_at: datetime | None = None
    done_at: datetime | None = None
    status: str = ""
    reply: str = ""
    told_late: bool = False


def report_job(item_id: str) -> Job:
    """Return the job that reads a report of another server (``hearing.py``)."""
    return Job(REPORT_JOB, item_id, {"item_id": item_id})


def outgoing_id(box_id: str, key: str, recipient: str) -> str:
    """Return the id of what one recipient gets: the same for the same key, so that nothing is sent twice."""
    digest = hashlib.sha256(f"outgoing\0{box_id}\0{key}\0{recipient}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:32]
