"""Reads: queries of one moment each, or several of the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

from pymongo.errors import PyMongoError

from minxin.core.errors import UnavailableError
from minxin.store.mongo.client import (
    SNAPSHOT,
    Client,
    Database,
    Document,
    Session,
    aggregate,
    leave,
    start_session,
    start_transaction,
)
from minxin.store.mongo.errors import is_transient, translated

T = TypeVar("T")
Filter = Mapping[str, Any]
Sort = tuple[str, ...]

_TRIES: Final = 5
_PAUSE_S: Final = 0.02


class Reader:
    """Runs queries, outside of a transaction or within one; raises ``UnavailableError`` or ``DamagedError``."""

    def __init__(self, client: Client, database: Database, session: Session | None = None) -> None:
        self.client = client
        self.database = database
        self.session = session

    async def find(
        self, name: str, where: Filter, *, by: Sort = (), most: int = 0, fields: Iterable[str] = ()
    ) -> list[Document]:
        """Return the documents that the condition names, all as of one moment.

        ``by`` are the fields of the order, "-" before one that descends; ``most`` 0 is no limit. Of a document only
        its id and ``fields`` are read when there are any.
        """
        shown = {field: 1 for field in fields} if fields else None
        collection = self.database.get_collection(name, read_concern=None if self.session else SNAPSHOT)
        cursor = collection.find(where, shown, session=self.session, sort=_order(by) or None, limit=most)
        return await self._asked(cursor.to_list(None))

    async def one(self, name: str, where: Filter, *, by: Sort = (), fields: Iterable[str] = ()) -> Document | None:
        """Return the first document that the condition names, or None."""
        found = await self.find(name, where, by=by, most=1, fields=fields)
        return found[0] if found else None

    async def count(self, name: str, where: Filter) -> int:
        """Return how many documents the condition names."""
        found = await self.aggregate(name, [{"$match": where}, {"$group": {"_id": None, "count": {"$sum": 1}}}])
        return found[0]["count"] if found else 0

    async def aggregate(self, name: str, pipeline: list[Document]) -> list[Document]:
        """Return everything that the pipeline gives."""
        return await self._asked(aggregate(self.database[name], pipeline, self.session))

    async def _asked(self, answer: Awaitable[T]) -> T:
        try:
            return await answer
        except PyMongoError as error:
            if self.session is not None and is_transient(error):
                raise
            raise translated(error) from error


class ReaderPool(Reader):
    """Runs queries on connections of the client's pool."""

    async def at_one_moment(self, work: Callable[[Reader], Awaitable[T]]) -> T:
        """Run several queries that see the same state, whatever is written meanwhile."""
        for tries_left in range(_TRIES, 0, -1):
            try:
                async with self._view() as view:
                    return await work(view)
            except PyMongoError as error:
                if tries_left == 1 or not is_transient(error):
                    raise translated(error) from error
                await asyncio.sleep(_PAUSE_S)
        raise UnavailableError

    @asynccontextmanager
    async def _view(self) -> AsyncIterator[Reader]:
        session = await start_session(self.client)
        try:
            await start_transaction(session, durable=False)
            yield Reader(self.client, self.database, session)
            await session.commit_transaction()
        finally:
            await leave(session)


def _order(by: Sort) -> list[tuple[str, int]]:
    return [(name.removeprefix("-"), -1 if name.startswith("-") else 1) for name in by]
