"""When and how somebody is told that he was written to (短信提醒规则): pure decisions.

A notice says who wrote and when, never a word of what and never a link. One sender is told of at most once an hour,
nobody is woken at night, and everybody chooses the way himself. Codes and warnings that keep an account safe are sent
at once and always by SMS.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final

from msgspec import Struct

from minxin.core.clock import SHANGHAI
from minxin.mailbox.records import NoticeWay
from minxin.mailbox.texting.records import LastNotice

_DAY: Final = timedelta(days=1)


class Kind(StrEnum):
    """What a short message is, as far as the rules ask."""

    URGENT = "urgent"  # 验证码、安全提醒: at any hour, to everybody
    RECEIPT = "receipt"  # 来信回执: one for each letter, it holds the letter's number
    NOTICE = "notice"  # 来信提醒: who wrote, and when


class NoticeRules(Struct, frozen=True, kw_only=True):
    """When people are left in peace: nothing is sent between two times of day in Asia/Shanghai, across midnight too.

    Equal times are no quiet hours. ``apart`` lies between two notices of one sender, ``life`` is how long one is worth
    sending.
    """

    quiet_from: time = time(21, 0)
    quiet_until: time = time(8, 0)
    apart: timedelta = timedelta(hours=1)
    life: timedelta = timedelta(days=2)


class Step(StrEnum):
    """What is done with a message now."""

    SMS = "sms"
    MAIL = "mail"
    WAIT = "wait"
    DROP = "drop"


class Decision(Struct, frozen=True):
    """The step, and until when a message that waits does."""

    step: Step
    until: datetime | None = None


def decide(kind: Kind, way: NoticeWay, address: str | None, now: datetime, rules: NoticeRules) -> Decision:
    """Say what is done with a message to somebody who chose ``way`` and has the outside mail ``address``.

    Mail wakes nobody and does not wait. Who chose mail and has no address any more is told by SMS.
    """
    if kind is Kind.URGENT:
        return Decision(Step.SMS)
    if way is NoticeWay.NONE:
        return Decision(Step.DROP)
    if way is NoticeWay.MAIL and address:
        return Decision(Step.MAIL)
    quiet_end = end_of_quiet(now, rules)
    return Decision(Step.WAIT, quiet_end) if quiet_end else Decision(Step.SMS)


def end_of_quiet(now: datetime, rules: NoticeRules) -> datetime | None:
    """Return when the quiet hours end that ``now`` lies in, None outside of them."""
    local = now.astimezone(SHANGHAI)
    begins, ends = rules.quiet_from, rules.quiet_until
    today = local.replace(hour=ends.hour, minute=ends.minute, second=0, microsecond=0)
    at = local.time()
    if begins <= ends:
        quiet = begins <= at < ends
        return today.astimezone(now.tzinfo) if quiet else None
    if at >= begins:
        return (today + _DAY).astimezone(now.tzinfo)
    return today.astimezone(now.tzinfo) if at < ends else None


def too_soon(last: LastNotice | None, key: str, now: datetime, rules: NoticeRules) -> bool:
    """Say whether the reader was told of this sender less than ``apart`` ago, by another message than ``key``."""
    return last is not None and last.key != key and now - last.at < rules.apart
