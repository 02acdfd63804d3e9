"""The knowledge base (``consult.knowledge.ports.KnowledgeReads``)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from minxin.consult.knowledge.ports import EntryFilter
from minxin.consult.knowledge.records import KnowledgeEntry
from minxin.core.paging import Page, PageRequest
from minxin.store.mongo.paging import Order, all_of, all_records, holding, record_page, up_to
from minxin.store.mongo.reading import Filter, Reader
from minxin.store.sqlite.codec import micros
from minxin.store.sqlite.tables import KNOWLEDGE_ENTRIES

_NEWEST: Final = Order(("changed_at", "_id"), (int, str), descending=True)


class MongoKnowledge:
    """Answers the named queries about the knowledge base."""

    reader: Reader

    async def knowledge_entries(self, wanted: EntryFilter, page: PageRequest) -> Page[KnowledgeEntry]:
        return await record_page(self.reader, KNOWLEDGE_ENTRIES, _condition(wanted), _NEWEST, page)

    async def knowledge_of_offices(self, office_ids: frozenset[str]) -> list[KnowledgeEntry]:
        where = {"office_id": {"$in": sorted(office_ids)}}
        return await all_records(self.reader, KNOWLEDGE_ENTRIES, where, by=("_id",))

    async def knowledge_since(self, instant: datetime) -> list[KnowledgeEntry]:
        where = {"changed_at": {"$gte": micros(instant)}}
        return await all_records(self.reader, KNOWLEDGE_ENTRIES, where, by=("changed_at", "_id"))

    async def knowledge_of_letter(self, letter_id: str) -> list[KnowledgeEntry]:
        return await all_records(self.reader, KNOWLEDGE_ENTRIES, {"letter_id": letter_id}, by=("_id",))

    async def knowledge_for_gaps(self) -> list[KnowledgeEntry]:
        return await all_records(self.reader, KNOWLEDGE_ENTRIES, {"for_gap": 1}, by=("_id",))

    async def knowledge_to_warn_of(self, day: date, limit: int) -> list[KnowledgeEntry]:
        where = {"warned": 0, "ends_on": up_to(day.isoformat())}
        return await all_records(self.reader, KNOWLEDGE_ENTRIES, where, by=("ends_on", "_id"), most=limit)

    async def has_knowledge(self) -> bool:
        return await self.reader.one(KNOWLEDGE_ENTRIES.name, {}, by=("_id",), fields=("_id",)) is not None


def _condition(wanted: EntryFilter) -> Filter:
    """Return what holds for the entries that the filter wants."""
    parts: list[Filter] = []
    if wanted.office_id is not None:
        parts.append({"office_id": wanted.office_id})
    if wanted.state is not None:
        parts.append({"state": wanted.state.value})
    if wanted.shown_on is not None:
        parts.append({"shown": 1})
        parts.append({"$or": [{"ends_on": None}, {"ends_on": {"$gte": wanted.shown_on.isoformat()}}]})
    if wanted.ends_by is not None:
        parts.append({"ends_on": up_to(wanted.ends_by.isoformat())})
    if wanted.text:
        parts.append({"$expr": holding("words", wanted.text.lower())})
    return all_of(*parts)
