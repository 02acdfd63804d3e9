"""Official mail: notices, whom they reach, and what was counted of them (``mailbox.official.ports.OfficialReads``)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from minxin.core.paging import Page, PageRequest
from minxin.core.places import STREET_DEPTH, Area
from minxin.mailbox.boxes import WITH_BOX
from minxin.mailbox.mail.tally import Tally, read_tally, tally_prefix
from minxin.mailbox.official.records import OfficialNotice
from minxin.mailbox.records import Account
from minxin.store.mongo.client import Document
from minxin.store.mongo.paging import Order, all_records, record_page, up_to
from minxin.store.mongo.reading import Reader
from minxin.store.mongo.tables import USAGES
from minxin.store.sqlite.codec import micros
from minxin.store.sqlite.tables import ACCOUNTS, OFFICIAL_NOTICES

_NEWEST: Final = Order(("written_at", "_id"), (int, str), descending=True)


class MongoOfficial:
    """Answers the named queries about official mail."""

    reader: Reader

    async def official_notices(self, office_id: str | None, page: PageRequest) -> Page[OfficialNotice]:
        where = {} if office_id is None else {"office_id": office_id}
        return await record_page(self.reader, OFFICIAL_NOTICES, where, _NEWEST, page)

    async def citizens_in(self, area: Area, before: datetime, after: str, limit: int) -> list[Account]:
        where = {**_reached(area, before), "_id": {"$gt": after}}
        return await all_records(self.reader, ACCOUNTS, where, by=("_id",), most=limit)

    async def count_citizens_in(self, area: Area, before: datetime) -> int:
        return await self.reader.count(ACCOUNTS.name, _reached(area, before))

    async def tallies(self, notice_id: str) -> list[Tally]:
        prefix = tally_prefix(notice_id)
        # The sign after the colon ends the range.
        where = {"_id": {"$gte": prefix, "$lt": f"{prefix[:-1]};"}}
        found = await self.reader.find(USAGES, where, by=("_id",), fields=("last",))
        return [read_tally(one["_id"], one["last"]) for one in found]


def _reached(area: Area, before: datetime) -> Document:
    """Return what holds for the citizens with a box whom a notice to the area reaches."""
    within = dict(zip(("district", "street"), area[:STREET_DEPTH], strict=False))
    states = [state.value for state in WITH_BOX]
    return {**within, "citizen": 1, "state": {"$in": states}, "created_at": up_to(micros(before))}
