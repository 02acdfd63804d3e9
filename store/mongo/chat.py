"""Conversations and who takes them (``consult.chat.ports.ChatReads``)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from minxin.consult.chat.records import Conversation, Message, Presence, Stage
from minxin.core.paging import Page, PageRequest
from minxin.store.mongo.paging import Order, all_records, one_record, record_page
from minxin.store.mongo.reading import Filter, Reader
from minxin.store.sqlite.codec import micros
from minxin.store.sqlite.tables import CONVERSATIONS, MESSAGES, PRESENCES

_CALLED_FIRST: Final = Order(("asked_at", "_id"), (int, str))
_NEWEST: Final = ("-last_at", "_id")


class MongoChat:
    """Answers the named queries about conversations."""

    reader: Reader

    async def conversation_of_visitor(self, visitor_key: str) -> Conversation | None:
        return await one_record(self.reader, CONVERSATIONS, {"visitor_key": visitor_key}, by=_NEWEST)

    async def conversation_of_citizen(self, citizen_id: str) -> Conversation | None:
        return await one_record(self.reader, CONVERSATIONS, {"citizen_id": citizen_id}, by=_NEWEST)

    async def conversations_of_citizen(self, citizen_id: str) -> list[Conversation]:
        return await all_records(self.reader, CONVERSATIONS, {"citizen_id": citizen_id}, by=("last_at", "_id"))

    async def conversations_of_visitor(self, visitor_key: str, stages: Collection[Stage]) -> list[Conversation]:
        where = {"visitor_key": visitor_key, "stage": _within(stages)}
        return await all_records(self.reader, CONVERSATIONS, where, by=("last_at", "_id"))

    async def messages_of(self, conversation_id: str, after_seq: int = 0) -> list[Message]:
        where = {"conversation_id": conversation_id, "seq": {"$gt": after_seq}}
        return await all_records(self.reader, MESSAGES, where, by=("seq",))

    async def conversations_in(self, stages: Collection[Stage]) -> list[Conversation]:
        return await all_records(self.reader, CONVERSATIONS, {"stage": _within(stages)}, by=("asked_at", "_id"))

    async def left(self, page: PageRequest) -> Page[Conversation]:
        return await record_page(self.reader, CONVERSATIONS, {"stage": Stage.LEFT.value}, _CALLED_FIRST, page)

    async def served_by(self, staff_id: str) -> list[Conversation]:
        where = {"stage": Stage.SERVED.value, "staff_id": staff_id}
        found = await all_records(self.reader, CONVERSATIONS, where)
        return sorted(found, key=lambda one: (one.given_at or one.last_at, one.id))

    async def called_between(self, start: datetime, end: datetime) -> list[Conversation]:
        where = {"asked_at": {"$gte": micros(start), "$lt": micros(end)}}
        return await all_records(self.reader, CONVERSATIONS, where, by=("asked_at", "_id"))

    async def silent_since(self, stage: Stage, instant: datetime, limit: int) -> list[Conversation]:
        where = {"stage": stage.value, "last_at": {"$lt": micros(instant)}}
        return await all_records(self.reader, CONVERSATIONS, where, by=("last_at", "_id"), most=limit)

    async def presences(self) -> list[Presence]:
        return await all_records(self.reader, PRESENCES, {"on_duty": 1}, by=("_id",))


def _within(stages: Collection[Stage]) -> Filter:
    return {"$in": [stage.value for stage in stages]}
