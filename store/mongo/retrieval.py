"""What searches are told: synonyms, and what was published."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from minxin.consult.records import PublicCopy
from minxin.consult.synonyms.records import Synonym
from minxin.core.paging import Page, PageRequest
from minxin.store.mongo.client import Document
from minxin.store.mongo.paging import Order, all_records, holding, record_page, since
from minxin.store.mongo.reading import Reader
from minxin.store.sqlite.tables import PUBLIC_COPIES, SYNONYMS

_BY_WORD: Final = Order(("said", "_id"), (str, str))
_BY_DECISION: Final = Order(("decided_at", "_id"), (int, str))


class MongoRetrieval:
    """Answers the named queries about synonyms and what was published since."""

    reader: Reader

    async def synonyms(self, text: str, page: PageRequest) -> Page[Synonym]:
        where: Document = {"removed": 0, "$expr": holding("words", text)} if text else {"removed": 0}
        return await record_page(self.reader, SYNONYMS, where, _BY_WORD, page)

    async def all_synonyms(self) -> list[Synonym]:
        return await all_records(self.reader, SYNONYMS, {"removed": 0}, by=_BY_WORD.by())

    async def synonym_changes(self) -> int:
        # A pair's version grows by one with each change of it.
        summed = {"_id": None, "changes": {"$sum": "$version"}}
        found = await self.reader.aggregate(SYNONYMS.name, [{"$match": {"version": {"$gt": 0}}}, {"$group": summed}])
        return found[0]["changes"] if found else 0

    async def published_since(self, moment: datetime, page: PageRequest) -> Page[PublicCopy]:
        where = {"state": "published", **since("decided_at", moment, page)}
        return await record_page(self.reader, PUBLIC_COPIES, where, _BY_DECISION, page)
