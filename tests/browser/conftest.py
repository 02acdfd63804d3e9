"""Fixtures of the browser tests: a city in its own process and Chromium before it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from support.chromium import ARTIFACTS, Film, Stage, open_chromium
from support.live import LiveCity

LETTERS = 120


@pytest.fixture
async def stage(live_city: LiveCity, request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """A city without letters, and whoever comes to it; nobody's browser may have complained in the end."""
    async with _stage(live_city, request) as stage:
        yield stage


@pytest.fixture
async def grown_stage(prepared: Path, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """A city with the letters of half a year."""
    city = LiveCity(tmp_path / "grown", LETTERS)
    shutil.copytree(prepared / "model", city.data / "model")
    async with _stage(city, request) as stage:
        yield stage


@pytest.fixture
async def strict_stage(live_city: LiveCity, request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """A city without letters, whose staff need a code besides the password."""
    live_city.second_factor = True
    async with _stage(live_city, request) as stage:
        yield stage


@asynccontextmanager
async def _stage(city: LiveCity, request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    await city.start()
    try:
        async with open_chromium() as browser:
            stage = Stage(browser, city.base, Film(ARTIFACTS / request.node.name.removeprefix("test_")))
            yield stage
            stage.is_content()
    finally:
        await city.stop()
