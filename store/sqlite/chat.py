"""Conversations and who takes them (``consult.chat.ports.ChatReads``)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from minxin.consult.chat.records import Conversation, Message, Presence, Stage
from minxin.core.paging import Page, PageRequest
from minxin.store.sqlite.codec import micros
from minxin.store.sqlite.paging import Order, all_records, one_record, record_page
from minxin.store.sqlite.readers import Reader
from minxin.store.sqlite.tables import CONVERSATIONS, MESSAGES, PRESENCES

_CALLED_FIRST: Final = Order(("asked_at", "id"), (int, str))


class SqliteChat:
    """Answers the named queries about conversations."""

    reader: Reader

    async def conversation_of_visitor(self, visitor_key: str) -> Conversation | None:
        where = "visitor_key = ? ORDER BY last_at DESC, id LIMIT 1"
        return await self.reader.read(lambda db: one_record(db, CONVERSATIONS, where, visitor_key))

    async def conversation_of_citizen(self, citizen_id: str) -> Conversation | None:
        where = "citizen_id = ? ORDER BY last_at DESC, id LIMIT 1"
        return await self.reader.read(lambda db: one_record(db, CONVERSATIONS, where, citizen_id))

    async def conversations_of_citizen(self, citizen_id: str) -> list[Conversation]:
        where = "citizen_id = ? ORDER BY last_at, id"
        return await self.reader.read(lambda db: all_records(db, CONVERSATIONS, where, citizen_id))

    async def conversations_of_visitor(self, visitor_key: str, stages: Collection[Stage]) -> list[Conversation]:
        where = f"visitor_key = ? AND {_within(stages)} ORDER BY last_at, id"
        return await self.reader.read(lambda db: all_records(db, CONVERSATIONS, where, visitor_key, *stages))

    async def messages_of(self, conversation_id: str, after_seq: int = 0) -> list[Message]:
        where = "conversation_id = ? AND seq > ? ORDER BY seq"
        return await self.reader.read(lambda db: all_records(db, MESSAGES, where, conversation_id, after_seq))

    async def conversations_in(self, stages: Collection[Stage]) -> list[Conversation]:
        where = f"{_within(stages)} ORDER BY asked_at, id"
        return await self.reader.read(lambda db: all_records(db, CONVERSATIONS, where, *stages))

    async def left(self, page: PageRequest) -> Page[Conversation]:
        return await self.reader.read(
            lambda db: record_page(db, CONVERSATIONS, "stage = 'left'", (), _CALLED_FIRST, page)
        )

    async def served_by(self, staff_id: str) -> list[Conversation]:
        where = "stage = 'served' AND staff_id = ?"
        found = await self.reader.read(lambda db: all_records(db, CONVERSATIONS, where, staff_id))
        return sorted(found, key=lambda one: (one.given_at or one.last_at, one.id))

    async def called_between(self, start: datetime, end: datetime) -> list[Conversation]:
        where = "asked_at >= ? AND asked_at < ? ORDER BY asked_at, id"
        return await self.reader.read(lambda db: all_records(db, CONVERSATIONS, where, micros(start), micros(end)))

    async def silent_since(self, stage: Stage, instant: datetime, limit: int) -> list[Conversation]:
        where = "stage = ? AND last_at < ? ORDER BY last_at, id LIMIT ?"
        return await self.reader.read(lambda db: all_records(db, CONVERSATIONS, where, stage, micros(instant), limit))

    async def presences(self) -> list[Presence]:
        return await self.reader.read(lambda db: all_records(db, PRESENCES, "on_duty = 1 ORDER BY id"))


def _within(stages: Collection[Stage]) -> str:
    return f"stage IN ({', '.join('?' * len(stages))})"
