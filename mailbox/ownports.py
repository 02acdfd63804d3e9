"""What boxes' settings, contacts and one's own log-ins need from the store."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from minxin.mailbox.contacts.records import Contact
from minxin.mailbox.loginrecords import LogInRecord
from minxin.mailbox.mail.answered import VacationAnswer


class OwnReads(Protocol):
    """Finds what people set for themselves and how they came in. Settings of one box: ``get(BoxSettings, box_id)``."""

    async def contacts_of(self, box_id: str) -> list[Contact]:
        """Return all contacts of the box, in no order that means anything."""
        ...

    async def vacation_answers_of(self, box_id: str) -> list[VacationAnswer]:
        """Return whom the box answered, as long as that is kept."""
        ...

    async def log_ins_of(self, account_id: str, limit: int) -> list[LogInRecord]:
        """Return the account's last log-ins, newest first, wrong ones among them."""
        ...

    async def expired_notes(self, now: datetime, limit: int) -> list[VacationAnswer | LogInRecord]:
        """Return what has expired, up to ``limit`` of each kind."""
        ...
