"""What the search index is told of (``consult.search.ports.SearchReads``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from minxin.consult.records import Letter
from minxin.consult.search.records import BUILD, Backlog, SearchBuild, SearchMark
from minxin.store.sqlite.codec import instant
from minxin.store.sqlite.paging import all_records, one_record
from minxin.store.sqlite.readers import Reader
from minxin.store.sqlite.tables import LETTERS, SEARCH_BUILDS
from minxin.store.sqlite.transaction import Transaction
from minxin.store.sqlite.writer import Writer

_BACKLOG: Final = """SELECT count(*), min(at), EXISTS (SELECT 1 FROM search_marks WHERE sealed = 1)
    FROM search_marks"""
_FORGET: Final = "DELETE FROM search_marks WHERE letter_id = ? AND token = ?"


class SqliteSearch:
    """Answers what changed since the index was told."""

    reader: Reader
    writer: Writer

    async def search_marks(self, limit: int) -> list[SearchMark]:
        return await self._marks("ORDER BY at LIMIT ?", limit)

    async def marks_by_id(self, after: str, limit: int) -> list[SearchMark]:
        return await self._marks("WHERE letter_id > ? ORDER BY letter_id LIMIT ?", after, limit)

    async def _marks(self, which: str, *values: str | int) -> list[SearchMark]:
        query = f"SELECT letter_id, token FROM search_marks {which}"  # noqa: S608
        rows = await self.reader.read(lambda db: db.execute(query, values).fetchall())
        return [SearchMark(letter_id, token) for letter_id, token in rows]

    async def forget_marks(self, marks: Sequence[SearchMark]) -> None:
        rows = [(mark.letter_id, mark.token) for mark in marks]

        def forget(transaction: Transaction) -> None:
            transaction.connection.executemany(_FORGET, rows)

        await self.writer.write(forget)

    async def search_backlog(self) -> Backlog:
        waiting, oldest, sealed = await self.reader.read(lambda db: db.execute(_BACKLOG).fetchone())
        return Backlog(waiting, None if oldest is None else instant(oldest), bool(sealed))

    async def letters_by_id(self, after: str, limit: int) -> list[Letter]:
        where = "id > ? ORDER BY id LIMIT ?"
        return await self.reader.read(lambda db: all_records(db, LETTERS, where, after, limit))

    async def search_build(self) -> SearchBuild | None:
        return await self.reader.read(lambda db: one_record(db, SEARCH_BUILDS, "id = ?", BUILD))
