"""Groups of staff and what was sent to them (``mailbox.meetings.ports.MeetingReads``)."""

from __future__ import annotations

from typing import Final

from minxin.core.paging import Page, PageRequest
from minxin.mailbox.meetings.records import StaffGroup, StaffNotice
from minxin.store.sqlite.paging import Order, all_records, record_page
from minxin.store.sqlite.readers import Reader
from minxin.store.sqlite.tables import STAFF_GROUPS, STAFF_NOTICES

_NEWEST: Final = Order(("at", "id"), (int, str), descending=True)


class SqliteMeetings:
    """Answers the named queries about groups and office notices."""

    reader: Reader

    async def staff_groups(self, office_id: str) -> list[StaffGroup]:
        where = "office_id = ? ORDER BY name"
        return await self.reader.read(lambda db: all_records(db, STAFF_GROUPS, where, office_id))

    async def staff_notices(self, office_id: str, page: PageRequest) -> Page[StaffNotice]:
        where = "office_id = ?"
        return await self.reader.read(lambda db: record_page(db, STAFF_NOTICES, where, (office_id,), _NEWEST, page))
