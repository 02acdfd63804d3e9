"""What became of short messages (``mailbox.texting.ports.TextingReads``)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from minxin.core.paging import Page, PageRequest
from minxin.mailbox.texting.records import DeliveryState, LastNotice, SmsDelivery
from minxin.store.mongo.paging import Order, all_records, one_record, record_page, up_to
from minxin.store.mongo.reading import Reader
from minxin.store.sqlite.codec import micros
from minxin.store.sqlite.tables import LAST_NOTICES, SMS_DELIVERIES

_NEWEST: Final = Order(("at", "_id"), (int, str), descending=True)


class MongoTexting:
    """Answers the named queries about short messages."""

    reader: Reader

    async def sms_by_reference(self, reference: str) -> SmsDelivery | None:
        return await one_record(self.reader, SMS_DELIVERIES, {"reference": reference}, by=("-at",))

    async def sms_deliveries(self, state: DeliveryState, page: PageRequest) -> Page[SmsDelivery]:
        return await record_page(self.reader, SMS_DELIVERIES, {"state": state.value}, _NEWEST, page)

    async def sms_counts(self) -> dict[DeliveryState, int]:
        where = {"state": {"$in": [state.value for state in DeliveryState]}}
        counted = {"_id": "$state", "count": {"$sum": 1}}
        found = await self.reader.aggregate(SMS_DELIVERIES.name, [{"$match": where}, {"$group": counted}])
        return {DeliveryState(one["_id"]): one["count"] for one in found}

    async def expired_sms(self, now: datetime, limit: int) -> list[SmsDelivery | LastNotice]:
        where = {"expires_at": up_to(micros(now))}
        return [
            *await all_records(self.reader, SMS_DELIVERIES, where, by=("expires_at",), most=limit),
            *await all_records(self.reader, LAST_NOTICES, where, by=("expires_at",), most=limit),
        ]
