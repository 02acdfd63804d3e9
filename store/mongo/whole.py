"""Everything in the database as rows (``store.moving.rows``): read, and written by a copy that nobody serves yet."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

from pymongo import DeleteMany, DeleteOne, InsertOne, ReplaceOne
from pymongo.errors import BulkWriteError, PyMongoError

from minxin.core.changes import Blob
from minxin.core.errors import ConfigError, UnavailableError
from minxin.store.mongo.applying import Operation, set_fields
from minxin.store.mongo.client import Client, Database, Document, Driver, Session, close, connect, start_snapshot
from minxin.store.mongo.errors import translated
from minxin.store.mongo.indexes import unique_indexes
from minxin.store.mongo.migrate import check, is_unfinished, mark_copy, migrate
from minxin.store.mongo.paging import Order, all_of
from minxin.store.mongo.pieces import all_pieces, pieces_of, read_blob
from minxin.store.mongo.reading import Filter, Reader, ReaderPool
from minxin.store.mongo.snapshot import MongoEvidence, is_there
from minxin.store.mongo.tables import BLOBS, HEADS, WORK, more_of
from minxin.store.moving.rows import TIED, Key, Row, RowSet, Value
from minxin.store.sqlite.tables import LETTER_MARKS
from minxin.store.sqlite.whole import BY_NAME, columns_of, record_of

T = TypeVar("T")

_TRIES: Final = 3
_NAMES: Final = "blob_names"
_EVENTS: Final = "events"
_DUPLICATE: Final = 11_000
_TOO_OLD: Final = 239  # SnapshotTooOld
_BLOB_IDS: Final = {"_id": {"$regex": "^[^.]*$"}}  # the first pieces: those after it have a point in their ids
_FIELDS: Final = {"usages": ("last",), _NAMES: ("blob_id",)}


class MongoWhole:
    """The rows of one database, as of now or of the moment of a session."""

    def __init__(self, client: Client, database: Database, session: Session | None = None) -> None:
        self.reader = Reader(client, database, session)
        # Bytes under their own digest are the same at every moment, and a session does not see its moment for long.
        self._now = Reader(client, database)

    async def count(self, row_set: RowSet) -> int:
        try:
            return await self.reader.database[row_set.name].estimated_document_count()
        except PyMongoError as error:
            raise translated(error) from error

    async def rows(self, row_set: RowSet, after: Key | None, most: int) -> list[Row]:
        order = _order(row_set)
        where: list[Filter] = [_only(row_set)]
        if after is not None:
            where += order.beyond(*_place(row_set, after))
        reader = self._reader(row_set)
        found = await reader.find(row_set.name, all_of(*where), by=order.by(), most=most, fields=_fields(row_set))
        return [_row(row_set, document) for document in found]

    async def pick(self, row_set: RowSet, keys: Collection[Key]) -> list[Row]:
        where = {"_id": {"$in": [_id(row_set, key) for key in keys]}}
        found = await self._reader(row_set).find(row_set.name, where, fields=_fields(row_set))
        return [_row(row_set, document) for document in found]

    async def last(self, row_set: RowSet) -> Row | None:
        by = tuple(f"-{name}" for name in _order(row_set).fields)
        found = await self._reader(row_set).one(row_set.name, _only(row_set), by=by, fields=_fields(row_set))
        return _row(row_set, found) if found else None

    async def blob(self, blob_id: str) -> bytes | None:
        return await read_blob(self._now, blob_id)

    async def write(self, row_set: RowSet, rows: Sequence[Row], gone: Iterable[Key]) -> None:
        ended: list[Operation] = [_end(row_set, key) for key in gone]
        await self._write(row_set.name, ended)
        await self._replace(row_set.name, [_document(row_set, row) for row in rows])

    async def write_blob(self, blob_id: str, data: bytes) -> None:
        pieces: list[Operation] = [DeleteMany(dict(all_pieces(blob_id)))]
        pieces += [InsertOne(piece) for piece in pieces_of(Blob(blob_id, data))]
        await self._write(BLOBS, pieces, ordered=True)

    async def turn(self) -> object:
        """Return what changes with every commit that is made meanwhile."""
        found = await self.reader.find(HEADS, {}, by=("_id",))
        return [sorted(one.items()) for one in found]

    def _reader(self, row_set: RowSet) -> Reader:
        return self._now if row_set.name == BLOBS else self.reader

    async def _replace(self, name: str, documents: list[Document]) -> None:
        """Write the documents; what keeps a value from one of them is deleted, its turn comes."""
        left = documents
        for _ in range(_TRIES):
            writes: list[Any] = [ReplaceOne({"_id": one["_id"]}, one, upsert=True) for one in left]
            refused = await self._write(name, writes, refusable=True)
            left = [left[number] for number in refused]
            if not left:
                return
            await self._write(name, [_holders(name, one) for one in left])
        raise UnavailableError

    async def _write(
        self, name: str, operations: Sequence[Any], *, ordered: bool = False, refusable: bool = False
    ) -> list[int]:
        """Write durably; return which of them the unique indexes refused."""
        if not operations:
            return []
        try:
            await self.reader.database[name].bulk_write(list(operations), ordered=ordered)
        except BulkWriteError as error:
            errors = error.details.get("writeErrors", [])
            if refusable and errors and all(one.get("code") == _DUPLICATE for one in errors):
                return [one["index"] for one in errors]
            raise translated(error) from error
        except PyMongoError as error:
            raise translated(error) from error
        return []


class MongoCopy(MongoWhole):
    """A database that becomes a copy; no service opens it between :meth:`begin` and :meth:`finish`."""

    async def is_begun(self) -> bool:
        """Say whether a copy into it was begun and not finished."""
        return await self._asked(is_unfinished(self.reader.database))

    async def begin(self) -> None:
        """Close it to services, and make its collections; raises ``ConfigError`` for a newer schema."""
        await self._asked(mark_copy(self.reader.database, finished=False))
        await migrate(self.reader.database, copying=True)

    async def finish(self) -> None:
        """Let the numbers that the engine gives go on after those that were copied, and open it to services."""
        for name, collection, field in (("rows", LETTER_MARKS.name, "row"), ("work", WORK, "_id")):
            last = await self.reader.one(collection, {}, by=(f"-{field}",), fields=(field,))
            if last is not None:
                await self._write(HEADS, [set_fields(name, {"seq": last[field], "hash": ""})])
        await self._asked(mark_copy(self.reader.database, finished=True))

    @asynccontextmanager
    async def evidence(self) -> AsyncIterator[MongoEvidence]:
        """Yield what is to be proven of the copy."""
        yield MongoEvidence(ReaderPool(self.reader.client, self.reader.database))

    async def _asked(self, answer: Awaitable[T]) -> T:
        try:
            return await answer
        except PyMongoError as error:
            raise translated(error) from error


@asynccontextmanager
async def open_source(address: str, driver: Driver, *, alone: bool) -> AsyncIterator[MongoWhole]:
    """Yield the rows of the database, beside a service that goes on, or ``alone`` once that has stopped.

    Raises ``ConfigError`` when there is no store, or when it was written to although it is to be alone, and
    ``UnavailableError`` when nobody answers.
    """
    async with _opened(address, driver) as (client, database):
        whole = MongoWhole(client, database)
        before = await whole.turn()
        yield whole
        if alone and await whole.turn() != before:
            raise ConfigError("the source is in use: stop the service before the last step")


@asynccontextmanager
async def open_moment(address: str, driver: Driver) -> AsyncIterator[MongoWhole]:
    """Yield the rows of the database as of one moment, beside a service that goes on; blobs as of now.

    Raises ``ConfigError`` when there is no store, or when reading took longer than the server keeps old moments.
    """
    async with _opened(address, driver) as (client, database):
        session = await start_snapshot(client)
        try:
            yield MongoWhole(client, database, session)
        except UnavailableError as error:
            if getattr(error.__cause__, "code", None) == _TOO_OLD:
                raise ConfigError("reading took longer than minSnapshotHistoryWindowInSeconds: raise it") from error
            raise
        finally:
            await session.end_session()


@asynccontextmanager
async def open_target(address: str, driver: Driver) -> AsyncIterator[MongoCopy]:
    """Yield the database that becomes a copy."""
    client, name = connect(address, driver)
    try:
        yield MongoCopy(client, client[name])
    finally:
        await close(client)


@asynccontextmanager
async def _opened(address: str, driver: Driver) -> AsyncIterator[tuple[Client, Database]]:
    if not await is_there(address, driver):
        raise ConfigError("there is no store at the address")
    client, name = connect(address, driver)
    try:
        await check(client[name])
        yield client, client[name]
    finally:
        await close(client)


def _order(row_set: RowSet) -> Order:
    return Order(("stream", "seq"), (str, int)) if row_set.name == _EVENTS else Order(("_id",), (str,))


def _only(row_set: RowSet) -> Filter:
    if row_set.name == HEADS:
        return {"_id": {"$in": list(TIED)}}
    return _BLOB_IDS if row_set.name == BLOBS else {}


def _fields(row_set: RowSet) -> tuple[str, ...]:
    fields = _FIELDS.get(row_set.name, row_set.values)
    return ("stream", *fields, "seq") if row_set.name == _EVENTS else fields


def _id(row_set: RowSet, key: Key) -> str | int:
    return "/".join(map(str, key)) if len(key) > 1 else key[0]


def _place(row_set: RowSet, key: Key) -> Key:
    return key if row_set.name == _EVENTS else (_id(row_set, key),)


def _end(row_set: RowSet, key: Key) -> Operation:
    if row_set.name == BLOBS:
        return DeleteMany(dict(all_pieces(str(key[0]))))
    return DeleteOne({"_id": _id(row_set, key)})


def _row(row_set: RowSet, document: Document) -> Row:
    if row_set.name == _EVENTS:
        key: Key = (document["stream"], document["seq"])
    elif row_set.name == _NAMES:
        key = tuple(document["_id"].split("/", 2))
    else:
        key = (document["_id"],)
    if row_set.name == "usages":
        return key, (document["last"],)
    # A series that no checkpoint has seen is sealed up to 0.
    return key, tuple(document.get(name, 0 if name == "sealed" else None) for name in row_set.values)


def _document(row_set: RowSet, row: Row) -> Document:
    key, values = row
    table = BY_NAME.get(row_set.name)
    if table is not None:
        record = record_of(table, values)
        fields = {**columns_of(table, record, values), **more_of(record)}
        return {"_id": key[0], **{name: value for name, value in fields.items() if value is not None}}
    fields = dict(zip(row_set.values, values, strict=True))
    if row_set.name == _EVENTS:
        fields |= {"stream": key[0], "seq": key[1]}
    elif row_set.name == _NAMES:
        fields = {"blob_id": key[0]}
    elif row_set.name == "usages":
        fields = {"last": values[0]}
    elif row_set.name == WORK:
        fields = _entry(fields)
    return {"_id": _id(row_set, key), **fields}


def _entry(fields: dict[str, Value]) -> Document:
    """Return the fields of an entry of a queue: those that an open one has not are not there."""
    state = "open"
    if fields["failed_at"] is not None:
        state = "failed"
    elif fields["done_at"] is not None:
        state = "done"
    later = ("not_before", "done_at", "failed_at")
    return {name: value for name, value in fields.items() if name not in later or value is not None} | {"state": state}


def _holders(name: str, document: Document) -> DeleteMany:
    """Return what deletes the documents that keep the unique values of this one."""
    ways = [
        {field: document[field] for field in index.fields}
        for index in unique_indexes(name)
        if all(document.get(field) is not None for field in (*index.fields, *index.there))
    ]
    return DeleteMany({"_id": {"$ne": document["_id"]}, "$or": ways})
