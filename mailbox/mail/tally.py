"""Figures of a mail that went to many (阅读统计), counted in the very commit that opens or deletes an item.

Nothing in the mail asks anybody for anything: an item that bears a notice's id counts on the notice's counters, by the
reader's area and by the day. Who it was is not written down, and can't be read off them. A copy that somebody makes of
his own mail counts nothing.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from minxin.core.changes import Usage
from minxin.core.clock import SHANGHAI
from minxin.mailbox.mail.records import MailItem

PREFIX = "tally:"


class Act(StrEnum):
    """What is counted of the items of a notice."""

    DELIVERED = "delivered"  # 已送达
    OPENED = "opened"  # 已打开, for the first time
    DELETED = "deleted"  # 已删除: in the trash, or gone for good


class Tally(Struct, frozen=True):
    """How often something was done on a day (Asia/Shanghai), by readers of one area (``"海晏区/鼓楼街道"``)."""

    act: Act
    day: date
    area: str
    count: int


def tally_prefix(notice_id: str) -> str:
    """Return how the keys of all counters of a notice begin."""
    return f"{PREFIX}{notice_id}:"


def tally(notice_id: str, act: Act, area: str, at: datetime, add: int = 1) -> Usage:
    """Return what counts ``add`` of an act on the notice's counter of this day and area."""
    return Usage(f"{tally_prefix(notice_id)}{act}:{at.astimezone(SHANGHAI).date().isoformat()}:{area}", add)


def read_tally(key: str, count: int) -> Tally:
    """Return what a counter says."""
    _, _, act, day, area = key.split(":", 4)
    return Tally(Act(act), date.fromisoformat(day), area, count)


def on_opening(item: MailItem, now: datetime) -> list[Usage]:
    """Return what is counted when the item is opened for the first time."""
    return _counted(item, Act.OPENED, now)


def on_leaving(item: MailItem, now: datetime) -> list[Usage]:
    """Return what is counted when the item comes into the trash, or goes for good without having been there."""
    return _counted(item, Act.DELETED, now) if item.trashed_at is None else []


def on_coming_back(item: MailItem, now: datetime) -> list[Usage]:
    """Return what is counted when the item is taken out of the trash."""
    return _counted(item, Act.DELETED, now, -1) if item.trashed_at is not None else []


def _counted(item: MailItem, act: Act, now: datetime, add: int = 1) -> list[Usage]:
    if item.notice_id is None or item.counts_as is None:
        return []
    return [tally(item.notice_id, act, item.counts_as, now, add)]
