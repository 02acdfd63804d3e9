"""Settings of boxes, contacts and log-ins (``mailbox.ownports.OwnReads``)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from minxin.mailbox.contacts.records import Contact
from minxin.mailbox.loginrecords import LogInRecord
from minxin.mailbox.mail.answered import VacationAnswer
from minxin.store.sqlite.codec import micros
from minxin.store.sqlite.paging import all_records
from minxin.store.sqlite.readers import Reader
from minxin.store.sqlite.tables import CONTACTS, LOG_INS, VACATION_ANSWERS

_EXPIRED: Final = "expires_at <= ? ORDER BY expires_at LIMIT ?"


class SqliteBoxSettings:
    """Answers the named queries about what people set for their boxes and how they came in."""

    reader: Reader

    async def contacts_of(self, box_id: str) -> list[Contact]:
        where = "box_id = ? ORDER BY id"
        return await self.reader.read(lambda db: all_records(db, CONTACTS, where, box_id))

    async def vacation_answers_of(self, box_id: str) -> list[VacationAnswer]:
        return await self.reader.read(lambda db: all_records(db, VACATION_ANSWERS, "box_id = ?", box_id))

    async def log_ins_of(self, account_id: str, limit: int) -> list[LogInRecord]:
        where = "account_id = ? ORDER BY at DESC, id DESC LIMIT ?"
        return await self.reader.read(lambda db: all_records(db, LOG_INS, where, account_id, limit))

    async def expired_notes(self, now: datetime, limit: int) -> list[VacationAnswer | LogInRecord]:
        return [
            *await self.reader.read(lambda db: all_records(db, VACATION_ANSWERS, _EXPIRED, micros(now), limit)),
            *await self.reader.read(lambda db: all_records(db, LOG_INS, _EXPIRED, micros(now), limit)),
        ]
