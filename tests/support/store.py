"""What the tests of stores share: records with everything filled in that a test does not care about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from minxin.consult.deadlines import Due, Limit, Unit
from minxin.consult.ports import ContentReads, LetterStore
from minxin.consult.records import (
    Assignment,
    Channel,
    Letter,
    LetterState,
    OrderState,
    Rating,
    Redo,
    Reply,
    ReplyParts,
    RoutedBy,
    Satisfaction,
    WorkOrder,
)
from minxin.core.changes import AuditEntry, Changes, Event, Job, blob_of
from minxin.core.cluster import Cluster
from minxin.core.judgement import Kind
from minxin.core.privacy import Sealed
from minxin.core.store import AuditTrail, BlobSweep, Queues
from minxin.mailbox.disk.ports import DiskStore
from minxin.mailbox.meetings.ports import MeetingReads
from minxin.mailbox.official.ports import OfficialReads
from minxin.mailbox.records import Account, AccountState


class WholeStore(
    LetterStore, ContentReads, DiskStore, MeetingReads, OfficialReads, Queues, AuditTrail, BlobSweep, Cluster, Protocol
):
    """Every port that a store has."""

    async def close(self) -> None: ...


Engine = Callable[[Path], Awaitable[WholeStore]]

NOON = datetime(2026, 2, 12, 4, 0, tzinfo=UTC)


class Maker:
    """Makes records and changes with everything that a test does not care about filled in."""

    now = NOON

    def __init__(self) -> None:
        self._count = count(1)

    def id(self, kind: str = "id") -> str:
        return f"{kind}-{next(self._count):06d}"

    def at(self, **step: float) -> datetime:
        """Return the instant so far after noon."""
        return NOON + timedelta(**step)

    def due(self, end: datetime | None) -> Due:
        return Due(NOON, Limit(5, Unit.WORKING_DAYS), end, None, None, None)

    def letter(self, **fields: Any) -> Letter:
        letter_id = fields.pop("id", None) or self.id("letter")
        given = {
            "intake_key": f"key of {letter_id}",
            "channel": Channel.WEB,
            "writer_id": "writer",
            "received_at": NOON,
            "state": LetterState.SUBMITTED,
            "raw_blob": "",
            "kind": Kind.COMPLAINT,
            "subject": "路灯不亮",
        }
        return Letter(id=letter_id, **(given | fields))

    def order(self, **fields: Any) -> WorkOrder:
        given = {
            "id": self.id("order"),
            "letter_id": "letter",
            "number": "2026-000001-1",
            "state": OrderState.TO_SIGN,
            "point": "路灯",
            "received_at": NOON,
        }
        return WorkOrder(**(given | fields))

    def redo(self) -> Redo:
        rating = Rating(Satisfaction.DISSATISFIED, True, False, "still dark", NOON, "writer")
        return Redo("still dark", NOON, Reply(ReplyParts(), (), "handler", "reviewer", "signer", NOON), rating)

    def assignment(self, **fields: Any) -> Assignment:
        given = {
            "id": self.id("turn"),
            "letter_id": "letter",
            "order_id": "order",
            "office_id": "lamps",
            "at": NOON,
            "by": "clerk",
            "routed_by": RoutedBy.CLERK,
            "reason": "",
            "sign_due": self.due(self.at(days=1)),
            "return_due": self.due(self.at(days=2)),
        }
        return Assignment(**(given | fields))

    def account(self, **fields: Any) -> Account:
        account_id = fields.pop("id", None) or self.id("account")
        given = {
            "login": f"login of {account_id}",
            "state": AccountState.ACTIVE,
            "name": "王小明",
            "phone": Sealed("sealed"),
            "phone_index": f"phone of {account_id}",
            "password_hash": "hash",
            "created_at": NOON,
        }
        return Account(id=account_id, **(given | fields))

    def numbered(self, *letters: Letter, series: str = "2026") -> Changes:
        """Return the changes that insert the letters with numbers."""
        return Changes(inserts=list(letters), series={letter.id: series for letter in letters})

    def intake(self, **fields: Any) -> Changes:
        """Return what a letter's acceptance writes: record, blob, two events, audit, two jobs."""
        letter = self.letter(**fields)
        return self.numbered(letter) + Changes(
            blobs=[blob_of(letter.id.encode() * 50)],
            events=[Event(letter.id, "submitted", NOON, "writer"), Event(letter.id, "receipt", NOON, "system")],
            audit=[AuditEntry(NOON, "writer", "letter.submit", letter.id)],
            jobs=[Job("judge", letter.id), Job("index", letter.id)],
        )
