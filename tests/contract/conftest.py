"""Every test here runs against every engine: to add one, add it to ``ENGINES``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from support import mongo
from support.mongo_queries import recorder
from support.quick_stores import quick_stores
from support.store import Engine, Maker, WholeStore

from minxin.store.mongo.client import Driver
from minxin.store.sqlite.store import SqliteStore

ENGINES: dict[str, Engine] = {
    "sqlite": SqliteStore.open,
    "mongo": mongo.engine(),
    "motor": mongo.engine(Driver.MOTOR),
}


@pytest.fixture(scope="session", autouse=True)
def _quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with quick_stores(tmp_path_factory.mktemp("schema")):
        yield


@pytest.fixture
def make() -> Maker:
    return Maker()


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Opens a store in a folder. No query of MongoDB's may read a collection from end to end."""
    if request.param == "sqlite":
        yield ENGINES[request.param]
        return
    recorder.on = True
    yield ENGINES[request.param]
    recorder.on = False
    scans = recorder.scans()
    mongo.release(tmp_path)
    assert scans == []


@pytest.fixture
async def store(engine: Engine, tmp_path: Path) -> AsyncIterator[WholeStore]:
    opened = await engine(tmp_path)
    yield opened
    await opened.close()
