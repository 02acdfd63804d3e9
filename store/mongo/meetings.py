"""Groups of staff and what was sent to them (``mailbox.meetings.ports.MeetingReads``)."""

from __future__ import annotations

from typing import Final

from minxin.core.paging import Page, PageRequest
from minxin.mailbox.meetings.records import StaffGroup, StaffNotice
from minxin.store.mongo.paging import Order, all_records, record_page
from minxin.store.mongo.reading import Reader
from minxin.store.sqlite.tables import STAFF_GROUPS, STAFF_NOTICES

_NEWEST: Final = Order(("at", "_id"), (int, str), descending=True)


class MongoMeetings:
    """Answers the named queries about groups and office notices."""

    reader: Reader

    async def staff_groups(self, office_id: str) -> list[StaffGroup]:
        return await all_records(self.reader, STAFF_GROUPS, {"office_id": office_id}, by=("name",))

    async def staff_notices(self, office_id: str, page: PageRequest) -> Page[StaffNotice]:
        return await record_page(self.reader, STAFF_NOTICES, {"office_id": office_id}, _NEWEST, page)
