"""What became of short messages (``mailbox.texting.ports.TextingReads``)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from minxin.core.paging import Page, PageRequest
from minxin.mailbox.texting.records import DeliveryState, LastNotice, SmsDelivery
from minxin.store.sqlite.codec import micros
from minxin.store.sqlite.paging import Order, all_records, one_record, record_page
from minxin.store.sqlite.readers import Reader
from minxin.store.sqlite.tables import LAST_NOTICES, SMS_DELIVERIES

_NEWEST: Final = Order(("at", "id"), (int, str), descending=True)
_COUNTS: Final = "SELECT state, COUNT(*) FROM sms_deliveries GROUP BY state"
_EXPIRED: Final = "expires_at <= ? ORDER BY expires_at LIMIT ?"


class SqliteTexting:
    """Answers the named queries about short messages."""

    reader: Reader

    async def sms_by_reference(self, reference: str) -> SmsDelivery | None:
        where = "reference = ? ORDER BY at DESC LIMIT 1"
        return await self.reader.read(lambda db: one_record(db, SMS_DELIVERIES, where, reference))

    async def sms_deliveries(self, state: DeliveryState, page: PageRequest) -> Page[SmsDelivery]:
        return await self.reader.read(
            lambda db: record_page(db, SMS_DELIVERIES, "state = ?", (state.value,), _NEWEST, page)
        )

    async def sms_counts(self) -> dict[DeliveryState, int]:
        rows = await self.reader.read(lambda db: db.execute(_COUNTS).fetchall())
        return {DeliveryState(state): count for state, count in rows}

    async def expired_sms(self, now: datetime, limit: int) -> list[SmsDelivery | LastNotice]:
        return [
            *await self.reader.read(lambda db: all_records(db, SMS_DELIVERIES, _EXPIRED, micros(now), limit)),
            *await self.reader.read(lambda db: all_records(db, LAST_NOTICES, _EXPIRED, micros(now), limit)),
        ]
