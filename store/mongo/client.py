"""Opens the connection, and the one place where PyMongo's asyncio API and motor differ.

The adapter is written to PyMongo's ``AsyncMongoClient``. motor has had its end of life in May 2026; a city that still
runs it chooses it with ``driver = "motor"`` and the extra of that name.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Any, Final

from bson.codec_options import TypeDecoder, TypeRegistry
from bson.int64 import Int64
from pymongo import AsyncMongoClient
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.uri_parser import parse_uri
from pymongo.write_concern import WriteConcern

from minxin.core.errors import ConfigError

Document = dict[str, Any]
Client = AsyncMongoClient[Document]
Database = AsyncDatabase[Document]
Collection = AsyncCollection[Document]
Session = AsyncClientSession

SCHEME: Final = ("mongodb://", "mongodb+srv://")
DATABASE: Final = "minxin"
# Whoever waits at a door hears "unavailable" before his own patience ends: a mail server's minutes, a person's seconds.
# `timeoutMS` in the address says otherwise.
TIMEOUT_MS: Final = 4_500
FIND_SERVER_MS: Final = 3_000
LEAVE_S: Final = 0.5
# Acknowledged is what a majority has in its journal, and read is what no election takes back.
DURABLE: Final = WriteConcern(w="majority", j=True)
MAJORITY: Final = ReadConcern("majority")
SNAPSHOT: Final = ReadConcern("snapshot")


class Driver(StrEnum):
    """Which library speaks to the server."""

    PYMONGO = "pymongo"
    MOTOR = "motor"


class _PlainInt(TypeDecoder):
    """Reads long numbers as what they are: the driver's own kind of them is no number to a JSON encoder."""

    bson_type = Int64

    def transform_bson(self, value: Any) -> int:
        return int(value)


def connect(address: str, driver: Driver = Driver.PYMONGO) -> tuple[Client, str]:
    """Return a client for the address, not yet connected, and the name of the database that it names.

    Raises ``ConfigError`` for an address that can't be read or a driver that is not installed.
    """
    try:
        given = parse_uri(address, validate=True)
        name = given["database"] or DATABASE
        client = _client_of(driver)(
            address,
            w="majority",
            journal=True,
            readConcernLevel="majority",
            retryWrites=True,
            retryReads=True,
            timeoutMS=given["options"].get("timeoutms", TIMEOUT_MS / 1000) * 1000,
            serverSelectionTimeoutMS=FIND_SERVER_MS,
            connectTimeoutMS=FIND_SERVER_MS,
            appname="minxin",
            type_registry=TypeRegistry([_PlainInt()]),
        )
    except (PyMongoError, ValueError) as error:
        raise ConfigError(f"the address of the store can't be used: {error}") from error
    return client, name


def _client_of(driver: Driver) -> Any:
    if driver is Driver.PYMONGO:
        return AsyncMongoClient
    try:
        return importlib.import_module("motor.motor_asyncio").AsyncIOMotorClient
    except ImportError as error:
        raise ConfigError("motor is not installed: pip install 'minxin[motor]'") from error


def patience_s(client: Client) -> float:
    """Return how long one call may take, in seconds."""
    return client.options.timeout or TIMEOUT_MS / 1000


async def start_session(client: Client) -> Session:
    """Return a new session."""
    session: Session = await _settled(client.start_session())
    return session


async def start_snapshot(client: Client) -> Session:
    """Return a new session whose reads see the store as of the first of them."""
    session: Session = await _settled(client.start_session(snapshot=True))
    return session


async def start_transaction(session: Session, *, durable: bool = True) -> None:
    """Begin a transaction that sees the store as of its first read.

    Nothing was written by one that is not ``durable``: it ends without waiting for a journal.
    """
    concern = DURABLE if durable else WriteConcern(w="majority")
    await _settled(session.start_transaction(read_concern=SNAPSHOT, write_concern=concern))


async def leave(session: Session) -> None:
    """End the session, and with it the transaction that is still open.

    The server is told; whether it heard is not waited for on a line that is silent, as somebody waits for our answer.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(LEAVE_S):
            await _settled(session.end_session())


async def aggregate(collection: Collection, pipeline: list[Document], session: Session | None) -> list[Document]:
    """Return everything that the pipeline gives."""
    cursor = await _settled(collection.aggregate(pipeline, session=session))
    found: list[Document] = await cursor.to_list(None)
    return found


async def watch(database: Database, names: Sequence[str], wait_s: float) -> Any:
    """Return a stream of what happens to these collections; its ``try_next`` waits so long for something."""
    pipeline: list[Document] = [{"$match": {"ns.coll": {"$in": list(names)}}}, {"$project": {"_id": 1}}]
    return await _settled(database.watch(pipeline, max_await_time_ms=int(wait_s * 1000)))


async def close(client: Client) -> None:
    """Close every connection."""
    await _settled(client.close())


async def _settled(value: Any) -> Any:
    """Wait for what one of the two drivers gives at once and the other later."""
    return await value if inspect.isawaitable(value) else value
