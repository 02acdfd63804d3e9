"""What became of a mail for each of its recipients, as pages show it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from minxin.mailbox.outgoing.records import OutgoingMail, OutgoingState
from minxin.mailbox.outgoing.reports import reason_key

_LOCAL: Final = re.compile(r"[^\s<>()\"'@]{1,64}@")


class DeliveryView(Struct, frozen=True, kw_only=True):
    """One recipient. ``why`` names the sentence why he has it not (yet), ``reply`` is what his server said."""

    id: str
    recipient: str
    state: str
    at: datetime
    why: str
    reply: str
    attempts: int
    next_at: datetime | None


def masked(views: Iterable[DeliveryView]) -> tuple[DeliveryView, ...]:
    """Return the recipients by their domains alone, for who is not to know who writes to whom."""
    return tuple(
        replace(one, recipient=one.recipient.rpartition("@")[2], reply=_LOCAL.sub("…@", one.reply)) for one in views
    )


def delivery_views(records: Iterable[OutgoingMail]) -> tuple[DeliveryView, ...]:
    """Return the recipients, those who have it not first."""
    order = [OutgoingState.FAILED, OutgoingState.WAITING, OutgoingState.SENT, OutgoingState.DELIVERED]
    return tuple(_view(one) for one in sorted(records, key=lambda one: (order.index(one.state), one.recipient)))


def _view(record: OutgoingMail) -> DeliveryView:
    troubled = record.state is OutgoingState.FAILED or (record.state is OutgoingState.WAITING and record.attempts > 0)
    return DeliveryView(
        id=record.id,
        recipient=record.recipient,
        state=record.state.value,
        at=record.done_at or record.tried_at or record.created_at,
        why=f"mail.status.{reason_key(record.status)}" if troubled else "",
        reply=record.reply if troubled else "",
        attempts=record.attempts,
        next_at=record.next_at,
    )
