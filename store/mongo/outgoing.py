"""Mail on its way to other servers (``mailbox.outgoing.ports.OutgoingReads``)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from minxin.core.paging import Page, PageRequest
from minxin.mailbox.mail.keys import message_key
from minxin.mailbox.outgoing.ports import QueueFigures
from minxin.mailbox.outgoing.records import OutgoingMail, OutgoingState
from minxin.store.mongo.paging import Order, all_records, record_page
from minxin.store.mongo.reading import Reader
from minxin.store.sqlite.codec import instant, micros
from minxin.store.sqlite.tables import OUTGOING_MAIL

_NEWEST: Final = Order(("created_at", "_id"), (int, str), descending=True)


class MongoOutgoing:
    """Answers the named queries about mail on its way."""

    reader: Reader

    async def outgoing_of(self, box_id: str, message_id: str) -> list[OutgoingMail]:
        if not message_id:
            return []
        where = {"message_key": message_key(box_id, message_id)}
        found = await all_records(self.reader, OUTGOING_MAIL, where, by=("_id",))
        mine = [one for one in found if one.box_id == box_id and one.message_id == message_id]
        return sorted(mine, key=lambda one: one.recipient)

    async def outgoing_mail(self, state: OutgoingState, page: PageRequest) -> Page[OutgoingMail]:
        return await record_page(self.reader, OUTGOING_MAIL, {"state": state.value}, _NEWEST, page)

    async def outgoing_figures(self) -> QueueFigures:
        where = {"state": {"$in": [state.value for state in OutgoingState]}}
        counted = {"_id": "$state", "count": {"$sum": 1}}
        rows = await self.reader.aggregate(OUTGOING_MAIL.name, [{"$match": where}, {"$group": counted}])
        waiting = {"state": OutgoingState.WAITING.value}
        oldest = await self.reader.one(OUTGOING_MAIL.name, waiting, by=("created_at",), fields=("created_at",))
        counts = {OutgoingState(one["_id"]): one["count"] for one in rows}
        return QueueFigures(counts, instant(oldest["created_at"]) if oldest else None)

    async def old_outgoing(self, before: datetime, limit: int) -> list[OutgoingMail]:
        where = {"done_at": {"$lt": micros(before)}}
        return await all_records(self.reader, OUTGOING_MAIL, where, by=("done_at",), most=limit)
