"""What is computed from a record for look-ups, and kept in a column beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

from minxin.consult.deadlines import Due, local_day
from minxin.consult.knowledge.records import KnowledgeEntry
from minxin.consult.limits import next_due
from minxin.consult.records import WorkOrder
from minxin.core.actor import Role
from minxin.mailbox.records import Account, AccountState

Column = tuple[str, Callable[[Any], Any]]

_DIGEST_BYTES: Final = 16
_DAY_0: Final = date(1970, 1, 1).toordinal()
NEVER: Final = 2**62  # sorts after every instant: a work order whose clock stands still comes last


def of_citizen(name: str) -> Column:
    """Make a column that is unique among citizens: staff may use their own number once more, a closed account none."""

    def value(account: Account) -> str | None:
        taken = Role.CITIZEN in account.roles and account.state is not AccountState.CLOSED
        found: str | None = getattr(account, name)
        return (found or None) if taken else None

    return name, value


def is_staff(account: Account) -> bool:
    return any(role is not Role.CITIZEN for role in account.roles)


def key_digest(key: str) -> bytes:
    """Return what stands for a key of intake: a fifth of its length, and unique all the same."""
    return hashlib.sha256(key.encode()).digest()[:_DIGEST_BYTES]


def end_of(due: Due | None) -> datetime | None:
    return due.instant if due else None


def day_number(day: date) -> int:
    """Return the day as both engines count days: since 1970-01-01."""
    return day.toordinal() - _DAY_0


def day_of(number: int) -> date:
    """Return the day with this number."""
    return date.fromordinal(number + _DAY_0)


def end_day(due: Due | None) -> int | None:
    """Return the local day in which a limit's exclusive end lies."""
    instant = end_of(due)
    return day_number(local_day(instant)) if instant else None


def next_limit(order: WorkOrder) -> datetime | int:
    return end_of(next_due(order)) or NEVER


def amber_from(order: WorkOrder) -> datetime | None:
    due = next_due(order)
    return due.amber_from if due else None


def ended_at(order: WorkOrder) -> datetime | None:
    """Return when the work order was answered, or cancelled with its letter."""
    return order.answered_at or order.closed_at


def extension_waits(order: WorkOrder) -> bool:
    return order.extension is not None and order.extension.approved is None


def ends_on(entry: KnowledgeEntry) -> str | None:
    last_day = entry.current.valid_until if entry.current else None
    return last_day.isoformat() if last_day else None


def words_of(entry: KnowledgeEntry) -> str:
    """Return what an entry is searched by: what is shown and what is being written, else what was shown last."""
    versions = [version for version in (entry.current, entry.proposed) if version is not None] or entry.versions[-1:]
    words = [(one.question, *one.other_ways, one.answer, one.basis, one.document_number) for one in versions]
    return "\n".join(part for version in words for part in version).lower()
