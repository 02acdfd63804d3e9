"""Mail that is held (``mailbox.ports.HeldReads``)."""

from __future__ import annotations

from typing import Final

from minxin.core.paging import Page, PageRequest
from minxin.mailbox.records import HeldMail, HeldState
from minxin.store.mongo.paging import Order, one_record, record_page
from minxin.store.mongo.reading import Reader
from minxin.store.sqlite.tables import HELD_MAIL

_OLDEST_HELD: Final = Order(("received_at", "_id"), (int, str))


class MongoHeld:
    """Answers the named queries about held mail."""

    reader: Reader

    async def held_mail_by_key(self, key: str) -> HeldMail | None:
        return await one_record(self.reader, HELD_MAIL, {"key": key})

    async def held_mail_by_confirmation(self, confirm_index: str) -> HeldMail | None:
        return await one_record(self.reader, HELD_MAIL, {"confirm_index": confirm_index})

    async def held_mail(self, state: HeldState, page: PageRequest) -> Page[HeldMail]:
        return await record_page(self.reader, HELD_MAIL, {"state": state.value}, _OLDEST_HELD, page)
