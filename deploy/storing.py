"""Which store the city's letters are in (存储): one file in the data folder, or the MongoDB that ``store`` names."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from minxin.consult.issue_letters import WindowReads
from minxin.consult.place_records import KnownPlace
from minxin.consult.ports import ContentReads, LetterStore
from minxin.core.cluster import Cluster
from minxin.core.store import AuditReads, AuditTrail, BlobSweep, Queues
from minxin.deploy.settings import Settings
from minxin.mailbox.disk.ports import DiskStore
from minxin.mailbox.meetings.ports import MeetingReads
from minxin.mailbox.official.ports import OfficialReads


class CityStore(
    LetterStore, ContentReads, DiskStore, MeetingReads, OfficialReads, Queues, AuditTrail, BlobSweep, Cluster, Protocol
):
    """Every port that a store has."""

    async def close(self) -> None:
        """Finish the commits that wait, then close."""
        ...


class Evidence(AuditReads, ContentReads, Protocol):
    """The chains, and what the letters say."""


class Look(WindowReads, Protocol):
    """The letters that hot issues are looked for in, and the places that people taught."""

    async def places_since(self, instant: datetime) -> list[KnownPlace]: ...


async def open_store(settings: Settings) -> CityStore:
    """Open the store, made when it is missing, and bring it up to date.

    Raises ``ConfigError`` for one that can't be used or that a newer version made, ``UnavailableError`` for a server
    that does not answer.
    """
    if settings.store:
        from minxin.store.mongo.client import Driver
        from minxin.store.mongo.store import MongoStore

        return await MongoStore.open(settings.store, driver=Driver(settings.store_driver))
    from minxin.store.sqlite.store import SqliteStore

    return await SqliteStore.open(settings.data)


async def migrate_store(settings: Settings) -> None:
    """Bring the store up to date, index by index also where it seems to be; raises as :func:`open_store` does."""
    if settings.store:
        from minxin.store.mongo.client import Driver, close, connect
        from minxin.store.mongo.migrate import migrate

        client, name = connect(settings.store, Driver(settings.store_driver))
        try:
            await migrate(client[name], again=True)
        finally:
            await close(client)
        return
    await (await open_store(settings)).close()


async def store_exists(settings: Settings) -> bool:
    """Say whether anything was ever kept in the store."""
    if settings.store:
        from minxin.store.mongo.client import Driver
        from minxin.store.mongo.snapshot import holds_anything

        return await holds_anything(settings.store, Driver(settings.store_driver))
    from minxin.store.sqlite.connect import FILE

    return (settings.data / FILE).exists()


def store_name(settings: Settings) -> str:
    """Return how people call the store: its file, or its address without user and password."""
    from minxin.store.sqlite.connect import FILE

    return dict(settings.shown())["store"] or str(settings.data / FILE)


@asynccontextmanager
async def open_evidence(settings: Settings) -> AsyncIterator[Evidence]:
    """Yield what is to be proven, beside a server that goes on writing; raises ``ConfigError`` when there is none."""
    if settings.store:
        from minxin.store.mongo.client import Driver
        from minxin.store.mongo.snapshot import open_snapshot as open_server

        async with open_server(settings.store, Driver(settings.store_driver)) as evidence:
            yield evidence
        return
    from minxin.store.sqlite.snapshot import open_snapshot

    with open_snapshot(settings.data) as snapshot:
        yield snapshot


@asynccontextmanager
async def open_look(data: Path, address: str, driver: str) -> AsyncIterator[Look]:
    """Yield the letters of the store, beside a server that goes on writing; raises ``ConfigError``."""
    if address:
        from minxin.store.mongo.client import Driver
        from minxin.store.mongo.snapshot import open_look as open_server

        async with open_server(address, Driver(driver)) as look:
            yield look
        return
    from minxin.store.sqlite.snapshot import open_look as open_file

    with open_file(data) as look:
        yield look
