"""How much a box sends (发信限额): counted in the commit that sends, by the clock's hour and day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from minxin.core.changes import Record
from minxin.core.clock import SHANGHAI
from minxin.core.errors import TooManyTriesError
from minxin.mailbox.outgoing.rules import Allowance


class SendCount(Record, frozen=True, kw_only=True):
    """To how many recipients the box of this id wrote since the hour and the day began."""

    hour: datetime
    in_hour: int
    day: datetime
    in_day: int


def counted(known: SendCount | None, box_id: str, recipients: int, allowance: Allowance, now: datetime) -> SendCount:
    """Return the count with these recipients; raises ``TooManyTriesError`` when they are more than the box may."""
    local = now.astimezone(SHANGHAI).replace(minute=0, second=0, microsecond=0)
    hour, day = local.astimezone(UTC), local.replace(hour=0).astimezone(UTC)
    in_hour = known.in_hour if known is not None and known.hour == hour else 0
    in_day = known.in_day if known is not None and known.day == day else 0
    if in_day + recipients > allowance.day:
        raise _too_many(day + timedelta(days=1), now, allowance.day)
    if in_hour + recipients > allowance.hour:
        raise _too_many(hour + timedelta(hours=1), now, allowance.hour)
    version = known.version if known is not None else 0
    return SendCount(
        id=box_id, version=version, hour=hour, in_hour=in_hour + recipients, day=day, in_day=in_day + recipients
    )


def _too_many(opens: datetime, now: datetime, limit: int) -> TooManyTriesError:
    wait = round((opens - now).total_seconds())
    return TooManyTriesError("mail.send.too_many", retry_after_s=max(1, wait), limit=limit)
