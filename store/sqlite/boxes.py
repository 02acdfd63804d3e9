"""Citizens' boxes and mail that is held (``mailbox.ports.BoxReads``)."""

from __future__ import annotations

from typing import Final

from minxin.core.paging import Page, PageRequest
from minxin.mailbox.records import BoxMessage, HeldMail, HeldState
from minxin.store.sqlite.paging import Order, one_record, record_page
from minxin.store.sqlite.readers import Reader
from minxin.store.sqlite.tables import BOX_MESSAGES, HELD_MAIL

_NEWEST: Final = Order(("at", "id"), (int, str), descending=True)
_OLDEST_HELD: Final = Order(("received_at", "id"), (int, str))


class SqliteBoxes:
    """Answers the named queries about boxes and held mail."""

    reader: Reader

    async def box_messages(self, account_id: str, page: PageRequest) -> Page[BoxMessage]:
        return await self.reader.read(
            lambda db: record_page(db, BOX_MESSAGES, "account_id = ?", (account_id,), _NEWEST, page)
        )

    async def unread_messages(self, account_id: str) -> int:
        query = "SELECT COUNT(*) FROM box_messages WHERE account_id = ? AND unread = 1"
        count: int = await self.reader.read(lambda db: db.execute(query, (account_id,)).fetchone()[0])
        return count

    async def held_mail_by_key(self, key: str) -> HeldMail | None:
        return await self.reader.read(lambda db: one_record(db, HELD_MAIL, "key = ?", key))

    async def held_mail_by_confirmation(self, confirm_index: str) -> HeldMail | None:
        return await self.reader.read(lambda db: one_record(db, HELD_MAIL, "confirm_index = ?", confirm_index))

    async def held_mail(self, state: HeldState, page: PageRequest) -> Page[HeldMail]:
        return await self.reader.read(
            lambda db: record_page(db, HELD_MAIL, "state = ?", (state.value,), _OLDEST_HELD, page)
        )
