"""Mail on its way (``mailbox.outgoing.ports.OutgoingReads``)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from minxin.core.paging import Page, PageRequest
from minxin.mailbox.mail.keys import message_key
from minxin.mailbox.outgoing.ports import QueueFigures
from minxin.mailbox.outgoing.records import OutgoingMail, OutgoingState
from minxin.store.sqlite.codec import instant, micros
from minxin.store.sqlite.paging import Order, all_records, record_page
from minxin.store.sqlite.readers import Reader
from minxin.store.sqlite.tables import OUTGOING_MAIL

_NEWEST: Final = Order(("created_at", "id"), (int, str), descending=True)
_COUNTS: Final = "SELECT state, COUNT(*) FROM outgoing_mail GROUP BY state"
_OLDEST: Final = f"SELECT min(created_at) FROM outgoing_mail WHERE state = '{OutgoingState.WAITING}'"  # noqa: S608


class SqliteOutgoing:
    """Answers the named queries about mail on its way."""

    reader: Reader

    async def outgoing_of(self, box_id: str, message_id: str) -> list[OutgoingMail]:
        if not message_id:
            return []
        where = "message_key = ? ORDER BY id"
        key = message_key(box_id, message_id)
        found = await self.reader.read(lambda db: all_records(db, OUTGOING_MAIL, where, key))
        mine = [one for one in found if one.box_id == box_id and one.message_id == message_id]
        return sorted(mine, key=lambda one: one.recipient)

    async def outgoing_mail(self, state: OutgoingState, page: PageRequest) -> Page[OutgoingMail]:
        return await self.reader.read(
            lambda db: record_page(db, OUTGOING_MAIL, "state = ?", (state.value,), _NEWEST, page)
        )

    async def outgoing_figures(self) -> QueueFigures:
        rows = await self.reader.read(lambda db: db.execute(_COUNTS).fetchall())
        oldest = await self.reader.read(lambda db: db.execute(_OLDEST).fetchone()[0])
        counts = {OutgoingState(state): count for state, count in rows}
        return QueueFigures(counts, None if oldest is None else instant(oldest))

    async def old_outgoing(self, before: datetime, limit: int) -> list[OutgoingMail]:
        where = "done_at < ? ORDER BY done_at LIMIT ?"
        return await self.reader.read(lambda db: all_records(db, OUTGOING_MAIL, where, micros(before), limit))
