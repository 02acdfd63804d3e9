"""What the tests of whole ways share: a city, its web door, and browsers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.web import Browser, City, application_of, open_browser, open_city, serve


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    async with open_city(tmp_path) as opened:
        yield opened


@pytest.fixture
async def site(city: City) -> AsyncIterator[str]:
    async with serve(application_of(city)) as base:
        yield base


@pytest.fixture
async def browser(site: str) -> AsyncIterator[Browser]:
    async with open_browser(site) as opened:
        yield opened


@pytest.fixture
async def other_browser(site: str) -> AsyncIterator[Browser]:
    async with open_browser(site) as opened:
        yield opened
