"""What searches are told: synonyms, and what was published."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from minxin.consult.records import PublicCopy
from minxin.consult.synonyms.records import Synonym
from minxin.core.paging import Page, PageRequest
from minxin.store.sqlite.paging import Order, all_records, record_page, since
from minxin.store.sqlite.readers import Reader
from minxin.store.sqlite.tables import PUBLIC_COPIES, SYNONYMS

_BY_WORD: Final = Order(("said", "id"), (str, str))
_BY_DECISION: Final = Order(("decided_at", "id"), (int, str))


class SqliteRetrieval:
    """Answers the named queries about synonyms and what was published since."""

    reader: Reader

    async def synonyms(self, text: str, page: PageRequest) -> Page[Synonym]:
        holds = "json_extract(CAST(body AS TEXT), '$.said') || char(10) || json_extract(CAST(body AS TEXT), '$.meant')"
        where, values = f"removed = 0 AND (? = '' OR instr({holds}, ?) > 0)", (text, text)
        return await self.reader.read(lambda db: record_page(db, SYNONYMS, where, values, _BY_WORD, page))

    async def all_synonyms(self) -> list[Synonym]:
        return await self.reader.read(lambda db: all_records(db, SYNONYMS, "removed = 0 ORDER BY said, id"))

    async def synonym_changes(self) -> int:
        # A pair's version grows by one with each change of it.
        query = "SELECT coalesce(sum(version), 0) FROM synonyms"
        changes: int = await self.reader.read(lambda db: db.execute(query).fetchone()[0])
        return changes

    async def published_since(self, moment: datetime, page: PageRequest) -> Page[PublicCopy]:
        begins, values = since("decided_at", moment, page)
        where = f"state = 'published' AND {begins}"
        # Left to itself the planner takes an index that begins with "state", and sorts all that was ever published.
        index = "public_copies_by_decision"
        return await self.reader.read(
            lambda db: record_page(db, PUBLIC_COPIES, where, values, _BY_DECISION, page, index=index)
        )
