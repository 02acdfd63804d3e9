"""Brings a database to the plan of this version: collections, indexes, and numbered steps, forward only."""

from __future__ import annotations

import hashlib
from typing import Final

import pymongo
from pymongo.errors import PyMongoError

from minxin.core.errors import ConfigError
from minxin.store.mongo.client import DURABLE, Database, Document
from minxin.store.mongo.errors import translated
from minxin.store.mongo.indexes import FILE, Index, plans
from minxin.store.mongo.tables import META

VERSION: Final = 1
LONGEST_S: Final = 24 * 3600.0  # for an index over a city's letters of many years
_SCHEMA: Final = "schema"
_COPY: Final = "copy"  # there while a copy into the database is not finished
_ALWAYS: Final = "_id_"


async def migrate(database: Database, *, again: bool = False, copying: bool = False) -> None:
    """Make what is missing, and drop indexes that the plan does not know any more.

    A database that has seen this plan is left alone unless ``again``. All of it may be done twice, and by several
    processes at once. Raises ``ConfigError`` when the database was made by a newer version, or is a copy that is not
    finished, unless it is the ``copying`` that asks; ``UnavailableError`` when it does not answer.
    """
    try:
        seen = await check(database, copying=copying)
        plan = hashlib.sha256(FILE.read_bytes()).hexdigest()
        if seen["plan"] == plan and not again:
            return
        with pymongo.timeout(LONGEST_S):
            there = set(await database.list_collection_names())
            for name, one in plans().items():
                await _make(database, name, one.indexes, there)
        meta = database.get_collection(META, write_concern=DURABLE)
        await meta.update_one({"_id": _SCHEMA}, {"$set": {"version": VERSION, "plan": plan}}, upsert=True)
    except PyMongoError as error:
        raise translated(error) from error


async def check(database: Database, *, copying: bool = False) -> Document:
    """Return which version and plan the database has seen; raises ``ConfigError`` as :func:`migrate` does."""
    seen = await database[META].find_one({"_id": _SCHEMA}) or {"version": 0, "plan": ""}
    if seen["version"] > VERSION:
        raise ConfigError(
            f"the database has schema {seen['version']}, this version knows {VERSION}: install the newer version"
        )
    if not copying and await is_unfinished(database):
        raise ConfigError("a copy into this database is not finished: minxin copy --final ends it")
    return seen


async def is_unfinished(database: Database) -> bool:
    """Say whether the database is a copy that is not finished; raises the driver's errors."""
    return await database[META].find_one({"_id": _COPY}) is not None


async def mark_copy(database: Database, *, finished: bool) -> None:
    """Have services refuse the database, or open it; raises the driver's errors."""
    meta = database.get_collection(META, write_concern=DURABLE)
    if finished:
        await meta.delete_one({"_id": _COPY})
    else:
        await meta.update_one({"_id": _COPY}, {"$set": {"finished": False}}, upsert=True)


async def _make(database: Database, name: str, indexes: tuple[Index, ...], there: set[str]) -> None:
    """Give the collection these indexes and no others."""
    if name not in there and not indexes:
        await database.create_collection(name, check_exists=False)
    if indexes:
        await database[name].create_indexes([index.model() for index in indexes])
    if name in there:
        wanted = {_ALWAYS, *(index.name for index in indexes)}
        for old in (await database[name].index_information()).keys() - wanted:
            await database[name].drop_index(old)
