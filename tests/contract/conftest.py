"""Every test here runs against every engine: to add one, add it to ``ENGINES``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.store import Engine, Maker, WholeStore

from minxin.store.sqlite.store import SqliteStore

ENGINES: dict[str, Engine] = {"sqlite": SqliteStore.open}


@pytest.fixture
def make() -> Maker:
    return Maker()


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> Engine:
    """Opens a store in a folder."""
    return ENGINES[request.param]


@pytest.fixture
async def store(engine: Engine, tmp_path: Path) -> AsyncIterator[WholeStore]:
    opened = await engine(tmp_path)
    yield opened
    await opened.close()
