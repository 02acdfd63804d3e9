"""What a try leads to (一次投递之后): pure, from the record and what the other server said."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from minxin.mailbox.outgoing.ports import Handed
from minxin.mailbox.outgoing.records import OutgoingMail, OutgoingState
from minxin.mailbox.outgoing.rules import SendingRules, next_try


class After(Struct, frozen=True):
    """The record after a try, and what its sender is told: nothing, that it is late, or that it failed."""

    record: OutgoingMail
    late: bool = False
    failed: bool = False


def after(record: OutgoingMail, handed: Handed, rules: SendingRules, now: datetime) -> After:
    """Return what follows from a try."""
    tried = replace(
        record, attempts=record.attempts + 1, tried_at=now, status=handed.status, reply=handed.reply, next_at=None
    )
    if handed.taken:
        return After(over(tried, OutgoingState.SENT, now))
    again_at = None if handed.final else next_try(record.created_at, tried.attempts, now, rules.patience)
    if again_at is None:
        return After(over(tried, OutgoingState.FAILED, now), failed=True)
    late = not record.told_late and now - record.created_at >= rules.late
    waiting = replace(tried, turn=record.turn + 1, next_at=again_at, told_late=record.told_late or late)
    return After(waiting, late=late)


def over(record: OutgoingMail, state: OutgoingState, now: datetime) -> OutgoingMail:
    """Return the record of a mail that is not tried any more: its bytes are needed no longer."""
    return replace(record, state=state, done_at=now, next_at=None, content_id="")


def again(record: OutgoingMail, now: datetime) -> OutgoingMail:
    """Return the record of a waiting mail that somebody wants to be tried at once."""
    return replace(record, turn=record.turn + 1, next_at=now)
