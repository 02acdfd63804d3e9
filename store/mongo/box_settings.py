"""Settings of boxes, contacts and log-ins (``mailbox.ownports.OwnReads``)."""

from __future__ import annotations

from datetime import datetime

from minxin.mailbox.contacts.records import Contact
from minxin.mailbox.loginrecords import LogInRecord
from minxin.mailbox.mail.answered import VacationAnswer
from minxin.store.mongo.paging import all_records, up_to
from minxin.store.mongo.reading import Reader
from minxin.store.sqlite.codec import micros
from minxin.store.sqlite.tables import CONTACTS, LOG_INS, VACATION_ANSWERS


class MongoBoxSettings:
    """Answers the named queries about what people set for their boxes and how they came in."""

    reader: Reader

    async def contacts_of(self, box_id: str) -> list[Contact]:
        return await all_records(self.reader, CONTACTS, {"box_id": box_id}, by=("_id",))

    async def vacation_answers_of(self, box_id: str) -> list[VacationAnswer]:
        return await all_records(self.reader, VACATION_ANSWERS, {"box_id": box_id})

    async def log_ins_of(self, account_id: str, limit: int) -> list[LogInRecord]:
        return await all_records(self.reader, LOG_INS, {"account_id": account_id}, by=("-at", "-_id"), most=limit)

    async def expired_notes(self, now: datetime, limit: int) -> list[VacationAnswer | LogInRecord]:
        where = {"expires_at": up_to(micros(now))}
        return [
            *await all_records(self.reader, VACATION_ANSWERS, where, by=("expires_at",), most=limit),
            *await all_records(self.reader, LOG_INS, where, by=("expires_at",), most=limit),
        ]
