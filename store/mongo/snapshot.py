"""The store read by another process beside a server that goes on writing.

SQLite gives such a reader one snapshot for as long as he likes; MongoDB keeps old states for minutes. Here each batch
is of one moment, and later batches may have seen more: whoever proves the chains reads the ledger first
(``core/verify.py``).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from minxin.core.errors import ConfigError
from minxin.store.mongo.alike import MongoAlike
from minxin.store.mongo.audit import MongoTrail
from minxin.store.mongo.client import Driver, close, connect
from minxin.store.mongo.contents import MongoContents
from minxin.store.mongo.letters import MongoLetters
from minxin.store.mongo.reading import ReaderPool
from minxin.store.mongo.tables import HEADS, META


class MongoEvidence(MongoTrail, MongoContents):
    """The chains, and what the letters say."""

    def __init__(self, reader: ReaderPool) -> None:
        self.reader = reader


class MongoLook(MongoLetters, MongoAlike):
    """The letters that hot issues are looked for in, and the places that people taught."""

    def __init__(self, reader: ReaderPool) -> None:
        self.reader = reader


@asynccontextmanager
async def open_snapshot(address: str, driver: Driver = Driver.PYMONGO) -> AsyncIterator[MongoEvidence]:
    """Yield what is to be proven of the store at the address; raises ``ConfigError`` when there is none."""
    async with _reading(address, driver) as reader:
        yield MongoEvidence(reader)


@asynccontextmanager
async def open_look(address: str, driver: Driver = Driver.PYMONGO) -> AsyncIterator[MongoLook]:
    """Yield the letters of the store at the address; raises ``ConfigError`` when there is none."""
    async with _reading(address, driver) as reader:
        yield MongoLook(reader)


async def is_there(address: str, driver: Driver = Driver.PYMONGO) -> bool:
    """Say whether a store was ever opened at the address; raises ``UnavailableError`` when nobody answers."""
    client, name = connect(address, driver)
    try:
        return bool(await ReaderPool(client, client[name]).find(META, {}, most=1))
    finally:
        await close(client)


async def holds_anything(address: str, driver: Driver = Driver.PYMONGO) -> bool:
    """Say whether anything was ever committed at the address, where ``minxin migrate`` may have made what it lies in.

    Raises ``UnavailableError`` when nobody answers.
    """
    client, name = connect(address, driver)
    try:
        return bool(await ReaderPool(client, client[name]).find(HEADS, {}, most=1))
    finally:
        await close(client)


@asynccontextmanager
async def _reading(address: str, driver: Driver) -> AsyncIterator[ReaderPool]:
    if not await is_there(address, driver):
        raise ConfigError("there is no store at the address")
    client, name = connect(address, driver)
    try:
        yield ReaderPool(client, client[name])
    finally:
        await close(client)
