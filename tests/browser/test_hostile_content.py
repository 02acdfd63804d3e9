"""Hostile words in every field that people read: nothing runs, nothing is fetched, nothing becomes an element."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from openpyxl import load_workbook
from playwright.async_api import Error
from support.access import LOGGED_IN, Circle, circle
from support.access_table import TABLE
from support.chromium import Film, Person, Stage, open_chromium
from support.hostile import HostileWords, payloads
from support.places import address_of, belongings_of, letters_of, targets
from support.scene import VIEWERS, Scene, Written, open_scene
from support.web import application_of, open_city, serve

from minxin.webui.i18n import DEFAULT_LANGUAGE
from minxin.webui.templating import ENVIRONMENTS

pytestmark = pytest.mark.browser
# Files and pictures: a browser saves them, or shows them in a page that is visited.
_NO_PAGES = (
    "/api/",
    "/static/",
    "/healthz",
    "/readyz",
    "/files/",
    "/raw",
    "/mail",
    "export.",
    "/contacts/export",
    "/admin/matters/file",
    "{id}/file",
    "{id}/picture",
    "/disk/uploads/",
    ".svg",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_TYPED = "textarea, input:not([type=hidden], [type=radio], [type=checkbox], [type=file], [type=number], [type=date])"
# Pages that show what was typed when it is wrong, by who sees them.
_FORMS = {
    "anonymous": ("/ask", "/query", "/login", "/register", "/password"),
    "writer": ("/write", "/confirm-mail", "/account/password", "/account/keys", "/account/app-passwords"),
    "clerk": ("/counter", "/desk/citizens/new"),
    "administrator": ("/admin/staff/new",),
}
_QUERY = (
    "list={0}&after={0}&next={0}&q={0}&first={0}&last={0}&state={0}&lang={0}&text={0}&office={0}&actor={0}&tile={0}"
)


@dataclass
class Trap:
    """Somebody who listens at an address that only hostile words name."""

    base: str = ""
    calls: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.calls.append(request.path)
        return web.Response(text="window.__x=1")


@dataclass
class Town:
    """The hostile scene with the browser before it, and every address that it has."""

    scene: Scene
    stage: Stage
    trap: Trap
    words: HostileWords
    addresses: dict[str, list[str]]
    application: web.Application

    async def person(self, viewer: str) -> Person:
        """Open a window for the viewer, who is logged in; whatever runs in it is noted."""
        person = await self.stage.person(viewer)
        cookies = self.scene.browsers[viewer].cookies.items()
        await person.context.add_cookies(
            [{"name": name, "value": value, "url": self.stage.base} for name, value in cookies]
        )
        return person


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    trap = Trap()
    listener = web.Application()
    listener.router.add_route("*", "/{any:.*}", trap.answer)
    async with (
        serve(listener) as trap.base,
        open_city(tmp_path, secure_cookies=False) as city,
        open_chromium() as chromium,
    ):
        application = application_of(city)
        words = HostileWords(trap.base)
        async with serve(application) as site, open_scene(city, site, words) as scene:
            letters, ids = await letters_of(scene), await belongings_of(scene)
            found: dict[str, list[str]] = {viewer: [] for viewer in VIEWERS}
            for viewer, address in _pages(letters, ids):
                found[viewer].append(address)
            yield Town(scene, Stage(chromium, site, Film(tmp_path / "film")), trap, words, found, application)


def _pages(letters: Mapping[str, Written], ids: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield every page with somebody who may open it, and for everybody every kind of page that he may open."""
    opened: set[tuple[str, str]] = set()
    for route, row in TABLE.items():
        method, path = route.split(" ")
        if method != "GET" or any(part in path for part in _NO_PAGES):
            continue
        for target, parts in targets(route, row, letters, ids):
            who = row.who
            if isinstance(who, Circle):
                who = circle("answered" if target == "published" else target, who)
            # What everybody sees is the same for everybody: a guest, a citizen and somebody of the staff are enough.
            some = who & frozenset({"anonymous", "writer", "clerk"}) if LOGGED_IN <= who else who
            for viewer in sorted(some - row.told_no):
                seen = {(route, viewer), (route, target)}
                if not seen <= opened:
                    opened |= seen
                    yield viewer, address_of(path, row, parts)


async def _harm(person: Person) -> str:
    """Say what hostile words did to the page that is open; nothing when they are only read."""
    page = person.page
    try:
        found: dict[str, int] = await page.evaluate(
            "() => ({ran: window.__x || 0, made: document.querySelectorAll('[data-x]').length})"
        )
    except Error:
        return "the page goes on to another by itself"
    if not page.url.startswith(f"{person.base}/"):
        return f"led away to {page.url}"
    return ", ".join(f"{name} {count}" for name, count in found.items() if count)


async def _visit(person: Person, addresses: list[str]) -> list[str]:
    wrong = []
    for address in addresses:
        response = await person.page.goto(person.base + address)
        if response is None or response.status >= 500:
            wrong.append(f"{person.name} {address}: status {response.status if response else 'none'}")
        if harm := await _harm(person):
            wrong.append(f"{person.name} {address}: {harm}")
    return wrong


async def _fill_in(person: Person, addresses: tuple[str, ...], words: HostileWords) -> list[str]:
    """Type hostile words into every field of the page's form and send it; look at what comes back."""
    wrong = []
    for address in addresses:
        await person.page.goto(person.base + address)
        form = person.page.locator("main form[method=post]").first
        for typed in await form.locator(_TYPED).all():
            if await typed.is_visible():
                await typed.fill(words(""))
        async with person.page.expect_navigation():
            await form.evaluate("form => { form.noValidate = true; form.requestSubmit(); }")
        if harm := await _harm(person):
            wrong.append(f"{person.name} sent {address}: {harm}")
    return wrong


async def _walk(town: Town, viewer: str) -> list[str]:
    person = await town.person(viewer)
    wrong = await _visit(person, town.addresses[viewer])
    wrong += await _fill_in(person, _FORMS.get(viewer, ()), town.words)
    wrong += [f"{viewer} fetched {url}" for url in person.foreign]
    wrong += [f"{viewer} browser: {complaint}" for complaint in person.complaints]
    await person.context.close()
    return wrong


def test_there_are_enough_payloads_and_all_differ() -> None:
    texts = payloads("http://127.0.0.1:1")
    assert len(set(texts)) == len(texts) > 150


async def test_hostile_words_are_only_read_on_every_page_of_every_role(town: Town) -> None:
    gate = asyncio.Semaphore(2)

    async def walk(viewer: str) -> list[str]:
        async with gate:
            return await _walk(town, viewer)

    wrong = [one for found in await asyncio.gather(*(walk(viewer) for viewer in VIEWERS)) for one in found]
    assert wrong == []
    assert town.trap.calls == []
    assert len(town.words.said) > 150


async def test_hostile_addresses_are_only_read(town: Town) -> None:
    wrong = []
    for viewer in ("anonymous", "writer", "clerk"):
        person = await town.person(viewer)
        hostile = ("%22%3E%3Cimg%20data-x%20src=x%20onerror=window.__x=1%3E", "javascript:window.__x=1")
        plain = [address for address in town.addresses[viewer] if "?" not in address][:6]
        wrong += await _visit(person, [f"{one}?{_QUERY.format(text)}" for one in plain for text in hostile])
        wrong += await _visit(person, ["/no-such-%3Cimg%20data-x%20src=x%20onerror=window.__x=1%3E"])
    assert wrong == []
    assert town.trap.calls == []


async def test_the_walk_sees_pages_that_do_not_escape(town: Town) -> None:
    environment = town.application[ENVIRONMENTS][DEFAULT_LANGUAGE]
    environment.autoescape = False
    if environment.cache is not None:
        environment.cache.clear()
    person = await town.person("clerk")
    wrong = await _visit(person, [one for one in town.addresses["clerk"] if "/desk/orders/" in one][:1])
    assert len(wrong) == 1
    assert town.trap.calls != []
    assert person.complaints != []


async def test_a_call_to_the_trap_is_heard(town: Town) -> None:
    person = await town.person("anonymous")
    await person.page.goto(f"{town.trap.base}/called")
    assert town.trap.calls[0] == "/called"


async def test_exported_tables_hold_no_formula(town: Town) -> None:
    for viewer, path in (("manager", "/manage"), ("handler", "/office/figures"), ("auditor", "/audit")):
        browser = town.scene.browsers[viewer]
        for row in csv.reader(io.StringIO((await browser.get(f"{path}/export.csv")).removeprefix("\ufeff"))):
            assert not [cell for cell in row if cell.startswith(_FORMULA) and not _is_number(cell)], row
    browser = town.scene.browsers["manager"]
    address = f"{browser.base}/manage/export.xlsx"
    async with browser._session.get(address, headers=browser._headers({})) as response:
        book = load_workbook(io.BytesIO(await response.read()))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert len(cells) > 20
    assert not [cell.value for cell in cells if cell.data_type == "f"]


def _is_number(text: str) -> bool:
    try:
        float(text.rstrip("%"))
    except ValueError:
        return False
    return True
