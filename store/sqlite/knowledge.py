"""The knowledge base (``consult.knowledge.ports.KnowledgeReads``)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from minxin.consult.knowledge.ports import EntryFilter
from minxin.consult.knowledge.records import KnowledgeEntry
from minxin.core.paging import Page, PageRequest
from minxin.store.sqlite.codec import SqlValue, micros
from minxin.store.sqlite.paging import Order, all_records, record_page
from minxin.store.sqlite.readers import Reader
from minxin.store.sqlite.tables import KNOWLEDGE_ENTRIES

_NEWEST: Final = Order(("changed_at", "id"), (int, str), descending=True)


class SqliteKnowledge:
    """Answers the named queries about the knowledge base."""

    reader: Reader

    async def knowledge_entries(self, wanted: EntryFilter, page: PageRequest) -> Page[KnowledgeEntry]:
        where, values = _conditions(wanted)
        return await self.reader.read(lambda db: record_page(db, KNOWLEDGE_ENTRIES, where, values, _NEWEST, page))

    async def knowledge_of_offices(self, office_ids: frozenset[str]) -> list[KnowledgeEntry]:
        where = f"office_id IN ({', '.join('?' * len(office_ids))}) ORDER BY id"
        return await self.reader.read(lambda db: all_records(db, KNOWLEDGE_ENTRIES, where, *sorted(office_ids)))

    async def knowledge_since(self, instant: datetime) -> list[KnowledgeEntry]:
        where = "changed_at >= ? ORDER BY changed_at, id"
        return await self.reader.read(lambda db: all_records(db, KNOWLEDGE_ENTRIES, where, micros(instant)))

    async def knowledge_of_letter(self, letter_id: str) -> list[KnowledgeEntry]:
        where = "letter_id = ? ORDER BY id"
        return await self.reader.read(lambda db: all_records(db, KNOWLEDGE_ENTRIES, where, letter_id))

    async def knowledge_for_gaps(self) -> list[KnowledgeEntry]:
        return await self.reader.read(lambda db: all_records(db, KNOWLEDGE_ENTRIES, "for_gap = 1 ORDER BY id"))

    async def knowledge_to_warn_of(self, day: date, limit: int) -> list[KnowledgeEntry]:
        where = "warned = 0 AND ends_on <= ? ORDER BY ends_on, id LIMIT ?"
        return await self.reader.read(lambda db: all_records(db, KNOWLEDGE_ENTRIES, where, day.isoformat(), limit))

    async def has_knowledge(self) -> bool:
        query = "SELECT EXISTS (SELECT 1 FROM knowledge_entries)"
        found: int = await self.reader.read(lambda db: db.execute(query).fetchone()[0])
        return bool(found)


def _conditions(wanted: EntryFilter) -> tuple[str, list[SqlValue]]:
    """Return what holds for the entries that the filter wants, and its values."""
    parts, values = ["1"], list[SqlValue]()
    for condition, value in (
        ("office_id = ?", wanted.office_id),
        ("state = ?", wanted.state.value if wanted.state else None),
        ("shown = 1 AND (ends_on IS NULL OR ends_on >= ?)", wanted.shown_on.isoformat() if wanted.shown_on else None),
        ("ends_on <= ?", wanted.ends_by.isoformat() if wanted.ends_by else None),
        ("instr(words, ?) > 0", wanted.text.lower() or None),
    ):
        if value is not None:
            parts.append(condition)
            values.append(value)
    return " AND ".join(parts), values
