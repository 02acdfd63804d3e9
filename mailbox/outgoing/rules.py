"""The limits of sending: what a city may set, with the defaults it starts from; and when a mail is tried again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from minxin.mailbox.mail.records import BoxKind

# After the first failure, the second, and so on; the last one again and again (RFC 5321, 4.5.4.1).
PAUSES: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=4),
)


class Allowance(Struct, frozen=True):
    """To how many recipients a box may write in an hour, in a day, and with one mail."""

    hour: int
    day: int
    mail: int = 50


class SendingRules(Struct, frozen=True, kw_only=True):
    """Settings of sending. A mail is given up ``patience`` after it was sent, and its sender hears of it ``late``.

    What became of a mail is kept for ``kept``.
    """

    citizen: Allowance = Allowance(100, 300)
    staff: Allowance = Allowance(300, 1000)
    company: Allowance = Allowance(300, 1000)
    office: Allowance = Allowance(500, 3000, 100)
    patience: timedelta = timedelta(days=3)
    late: timedelta = timedelta(hours=4)
    kept: timedelta = timedelta(days=90)

    def of_kind(self, kind: BoxKind) -> Allowance:
        """Return what a box of the kind may send."""
        return {
            BoxKind.CITIZEN: self.citizen,
            BoxKind.STAFF: self.staff,
            BoxKind.COMPANY: self.company,
            BoxKind.OFFICE: self.office,
            BoxKind.SYSTEM: self.office,
        }[kind]


def next_try(begun_at: datetime, failures: int, now: datetime, patience: timedelta) -> datetime | None:
    """Return when a mail that could not be handed over ``failures`` times is tried again, None when it is given up.

    The last try comes when the patience ends, so that no server is given up that is back by then.
    """
    ends_at = begun_at + patience
    if now >= ends_at:
        return None
    pause = PAUSES[min(max(failures, 1), len(PAUSES)) - 1]
    return min(now + pause, ends_at)
