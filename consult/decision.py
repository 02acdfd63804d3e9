"""The shape of every decision: who, when, and what it writes beside the record.

A decision is a pure function that returns :class:`Changes`. It checks the table of moves, changes the records, and
says the same thing three times: as an event (what happened to the letter), an audit entry (who did it) and a notice
(what the writer is told).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from minxin.consult.deadlines import Due
from minxin.consult.notices import Notice, notice
from minxin.consult.records import Letter, WorkOrder
from minxin.core.actor import Actor
from minxin.core.changes import AuditEntry, Changes, Event


class Deed(Struct, frozen=True):
    """Somebody's act at an instant; ``origin`` is the network address or part of the house it came from."""

    actor: Actor
    at: datetime
    origin: str = ""


def stream_of(letter_id: str) -> str:
    """Return the name of the letter's event stream."""
    return f"letter:{letter_id}"


def instant_of(due: Due | None) -> str | None:
    """Return the end of a limit as events hold it; None while the clock stands still."""
    return due.instant.isoformat() if due and due.instant else None


def write(
    deed: Deed,
    letter: Letter,
    kind: str,
    *,
    order: WorkOrder | None = None,
    tell: Notice | None = None,
    **data: Any,
) -> Changes:
    """Return the event, the audit entry and the notice (when there is one) of one act on a letter.

    ``data`` goes into the event and must be plain values without personal data. A sealed letter's writer is told only
    by his own box, as every writer is.
    """
    office_id = order.office_id if order else deed.actor.office_id
    if order is not None:
        data["order"] = order.id
    changes = Changes(
        events=[Event(stream_of(letter.id), kind, deed.at, deed.actor.id, office_id, data)],
        audit=[
            AuditEntry(
                deed.at, deed.actor.id, f"letter.{kind}", letter.id, office_id=deed.actor.office_id, origin=deed.origin
            )
        ],
    )
    if tell is not None:
        changes.outbox.append(notice(letter, tell, deed.at, order=order, office_id=office_id, data=data))
    return changes
