"""Dates as IMAP writes them (RFC 3501 section 9)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Final

from minxin.core.clock import SHANGHAI
from minxin.mailbox.imap.words import BadCommandError

MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAY = re.compile(r"(\d{1,2})-([A-Za-z]{3})-(\d{4})")
_INSTANT = re.compile(r"([ \d]\d)-([A-Za-z]{3})-(\d{4}) (\d\d:\d\d:\d\d) ([+-]\d{4})")


def read_day(text: bytes) -> date:
    """Read ``1-Feb-2026``."""
    found = _DAY.fullmatch(text.decode("ascii", "replace"))
    if found is None:
        raise BadCommandError("a date is wrong")
    try:
        return date(int(found[3]), _month(found[2]), int(found[1]))
    except ValueError as error:
        raise BadCommandError("a date is wrong") from error


def read_instant(text: bytes) -> datetime:
    """Read ``" 1-Feb-2026 08:00:00 +0800"``; the result is in UTC."""
    found = _INSTANT.fullmatch(text.decode("ascii", "replace"))
    if found is None:
        raise BadCommandError("a date is wrong")
    plain = f"{found[3]}-{_month(found[2]):02}-{int(found[1]):02} {found[4]} {found[5]}"
    try:
        return datetime.strptime(plain, "%Y-%m-%d %H:%M:%S %z").astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadCommandError("a date is wrong") from error


def write_instant(instant: datetime) -> bytes:
    """Write an instant as of Asia/Shanghai."""
    local = instant.astimezone(SHANGHAI)
    return f'"{local.day:2}-{MONTHS[local.month - 1]}-{local:%Y %H:%M:%S %z}"'.encode("ascii")


def _month(name: str) -> int:
    try:
        return MONTHS.index(name.capitalize()) + 1
    except ValueError:
        raise BadCommandError("a month is wrong") from None
