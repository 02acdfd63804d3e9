"""What the tests of whole ways share: a city, its web door, and browsers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from support.desk import Staff, log_in_staff
from support.quick_pages import quick_pages
from support.quick_stores import quick_stores
from support.scene import Scene, open_scene
from support.web import Browser, City, application_of, open_browser, open_city, serve

from minxin.core.actor import Role


@pytest.fixture(scope="session", autouse=True)
def _quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with quick_stores(tmp_path_factory.mktemp("schema")), quick_pages(tmp_path_factory.mktemp("pages")):
        yield


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


@pytest.fixture
async def staff(city: City, site: str) -> AsyncIterator[Staff]:
    """Opens a browser in which a new member of the staff is logged in."""
    async with AsyncExitStack() as stack:

        async def log_in(*roles: Role, office_id: str = "cgj") -> Browser:
            opened = await stack.enter_async_context(open_browser(site))
            login = f"{roles[0]}{len(logins)}"
            logins.append(login)
            await log_in_staff(opened, city, login, *roles, office_id=office_id)
            return opened

        logins: list[str] = []
        yield log_in


@pytest.fixture
async def scene(city: City, site: str) -> AsyncIterator[Scene]:
    async with open_scene(city, site) as opened:
        yield opened
