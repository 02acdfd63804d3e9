"""Chromium at the service of the tests: one window for each person, watched, and photographed step by step."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    ViewportSize,
    async_playwright,
    expect,
)
from support.axe import violations

ARTIFACTS = Path(__file__).parents[2] / "artifacts" / "browser"
PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PATIENCE_MS = 15_000
GLANCE_MS = 400
_ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Whatever asks for another host fails here and not on somebody's network.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
# Chromium says this of every page that is answered 403, 404 or 422; the tests look at those pages themselves.
_REFUSED_PAGE = "Failed to load resource: the server responded with a status of 4"

_TYPED = "textarea, input:not([type=checkbox], [type=radio], [type=search])"


@dataclass
class Film:
    """The photographs of one story, in the order in which they were taken."""

    folder: Path
    taken: int = 0

    def next(self, person: str, step: str) -> Path:
        """Return where the next photograph goes."""
        if not self.taken:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
        self.taken += 1
        return self.folder / f"{self.taken:02}-{person}-{step}.png"


@dataclass
class Person:
    """Somebody at a screen of her own: cookies, pages, and everything that the browser complained about."""

    name: str
    base: str
    context: BrowserContext
    page: Page
    film: Film | None = None
    scripted: bool = True
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Note every request to another host, every error on the console and every report of the page's policy."""
        self.context.on("request", self._on_request)
        self.context.on("console", self._on_console)
        self.context.on("weberror", lambda error: self.complaints.append(f"error: {error.error}"))

    async def go(self, path: str) -> None:
        """Open the address of the site."""
        await self.page.goto(self.base + path)

    async def look(self, step: str, page: Page | None = None) -> None:
        """Take a photograph of the whole page, and note what of it not everybody can use."""
        page = page or self.page
        if self.film:
            await page.screenshot(path=self.film.next(self.name, step), full_page=True)
        if self.scripted:
            self.complaints += [f"{step}: {wrong}" for wrong in await violations(page)]

    async def press(self, name: str, within: Locator | None = None) -> None:
        """Press the button with this name."""
        await (within or self.page).get_by_role("button", name=name, exact=True).click()

    async def follow(self, name: str, within: Locator | None = None) -> None:
        """Follow the link with this name."""
        await (within or self.page).get_by_role("link", name=name, exact=True).click()

    async def fill(self, label: str, text: str, within: Locator | None = None) -> None:
        """Type into the field with this label."""
        await (within or self.page).get_by_label(label).and_(self.page.locator(_TYPED)).fill(text)

    async def choose(self, question: str, answer: str) -> None:
        """Choose one of the answers under a question."""
        group = self.page.get_by_role("group", name=question)
        await group.get_by_role("radio", name=answer, exact=True).check()

    async def sees(self, *texts: str) -> None:
        """Wait until each text stands somewhere in the page's main part."""
        for text in texts:
            await expect(self.page.locator("main")).to_contain_text(text)

    async def finds(self, locator: Locator) -> None:
        """Load the page again until the locator is there, as somebody does who waits for news."""
        for _ in range(PATIENCE_MS // GLANCE_MS):
            try:
                await expect(locator).to_be_visible(timeout=GLANCE_MS)
            except AssertionError:
                await locator.page.reload()
            else:
                return
        await expect(locator).to_be_visible(timeout=GLANCE_MS)

    def is_content(self) -> None:
        """Fail when the browser had anything to complain about."""
        assert self.foreign == [], f"{self.name}: requests to other hosts"
        assert self.complaints == [], f"{self.name}: the browser complained"

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((self.base + "/", "data:")):
            self.foreign.append(request.url)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(_REFUSED_PAGE):
            self.complaints.append(f"{message.type}: {message.text}")


@dataclass
class Stage:
    """Where people come in: the browser, the site, and the film of the story."""

    browser: Browser
    base: str
    film: Film | None = None
    people: list[Person] = field(default_factory=list)

    async def person(self, name: str, viewport: ViewportSize = DESKTOP, *, scripted: bool = True) -> Person:
        """Open a window for somebody who knows nothing yet."""
        context = await self.browser.new_context(
            viewport=viewport,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
            java_script_enabled=scripted,
        )
        context.set_default_timeout(PATIENCE_MS)
        person = Person(name, self.base, context, await context.new_page(), self.film, scripted)
        person.watch()
        self.people.append(person)
        return person

    async def citizen(self, name: str = "citizen", *, scripted: bool = True) -> Person:
        """Open a window as small as a telephone."""
        return await self.person(name, PHONE, scripted=scripted)

    def is_content(self) -> None:
        """Fail when anybody's browser had anything to complain about."""
        for person in self.people:
            person.is_content()


@asynccontextmanager
async def open_chromium() -> AsyncIterator[Browser]:
    """Start the Chromium of the machine, without a screen."""
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_ARGS)
        try:
            yield browser
        finally:
            await browser.close()
