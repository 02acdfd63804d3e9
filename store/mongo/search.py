"""What the search index is told of (``consult.search.ports.SearchReads``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pymongo import DeleteOne

from minxin.consult.records import Letter
from minxin.consult.search.records import BUILD, Backlog, SearchBuild, SearchMark
from minxin.store.mongo.client import Document
from minxin.store.mongo.paging import all_records, one_record
from minxin.store.mongo.reading import Reader, ReaderPool
from minxin.store.mongo.tables import SEARCH_MARKS
from minxin.store.mongo.transaction import Transaction
from minxin.store.mongo.writer import Writer
from minxin.store.sqlite.codec import instant
from minxin.store.sqlite.tables import LETTERS, SEARCH_BUILDS

_EVER: Final = {"$gt": -(2**62)}  # every mark has an instant, and its index counts them


class MongoSearch:
    """Answers what changed since the index was told."""

    reader: ReaderPool
    writer: Writer

    async def search_marks(self, limit: int) -> list[SearchMark]:
        return _marks(await self.reader.find(SEARCH_MARKS, {}, by=("at",), most=limit, fields=("token",)))

    async def marks_by_id(self, after: str, limit: int) -> list[SearchMark]:
        where = {"_id": {"$gt": after}}
        return _marks(await self.reader.find(SEARCH_MARKS, where, by=("_id",), most=limit, fields=("token",)))

    async def forget_marks(self, marks: Sequence[SearchMark]) -> None:
        async def forget(transaction: Transaction) -> None:
            transaction.do(SEARCH_MARKS, *(DeleteOne({"_id": mark.letter_id, "token": mark.token}) for mark in marks))

        await self.writer.write(forget)

    async def search_backlog(self) -> Backlog:
        async def look(view: Reader) -> Backlog:
            oldest = await view.one(SEARCH_MARKS, {}, by=("at",), fields=("at",))
            if oldest is None:
                return Backlog()
            sealed = await view.one(SEARCH_MARKS, {"sealed": 1}, fields=("sealed",))
            waiting = await view.count(SEARCH_MARKS, {"at": _EVER})
            return Backlog(waiting, instant(oldest["at"]), sealed is not None)

        return await self.reader.at_one_moment(look)

    async def letters_by_id(self, after: str, limit: int) -> list[Letter]:
        return await all_records(self.reader, LETTERS, {"_id": {"$gt": after}}, by=("_id",), most=limit)

    async def search_build(self) -> SearchBuild | None:
        return await one_record(self.reader, SEARCH_BUILDS, {"_id": BUILD})


def _marks(found: Sequence[Document]) -> list[SearchMark]:
    return [SearchMark(one["_id"], one["token"]) for one in found]
