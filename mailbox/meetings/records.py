"""The records of office notices (会议通知): groups of staff, and what was sent to them."""

from __future__ import annotations

from datetime import datetime

from minxin.core.changes import Record


class StaffGroup(Record, frozen=True, kw_only=True):
    """A group of an office's own staff (通讯组): accounts, and other groups of the office.

    ``name`` is unique within the office. Groups hold groups without a circle.
    """

    office_id: str
    name: str
    members: tuple[str, ...] = ()
    subgroups: tuple[str, ...] = ()


class StaffNotice(Record, frozen=True, kw_only=True):
    """A notice to groups of an office's staff, with whom it went to: who joins a group later does not get it.

    ``reminders`` counts how often those who had not opened it were told again, the last time at ``reminded_at``.
    """

    office_id: str
    author_id: str
    at: datetime
    subject: str
    text: str
    groups: tuple[str, ...]  # their names at the time
    recipients: tuple[str, ...]
    reminders: int = 0
    reminded_at: datetime | None = None
