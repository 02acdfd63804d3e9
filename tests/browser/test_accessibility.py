"""Every page that each role can reach by a link, and the forms with their errors: WCAG 2.2 AA, in both languages.

What only comes up in the middle of a story is looked at there: each photograph goes with the same check.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest
from support import steps
from support.axe import violations
from support.chromium import DESKTOP, PHONE, Person, Stage

pytestmark = pytest.mark.browser

ROLES = {
    "visitor": "",
    "citizen": "citizen1",
    "clerk": "zhongxin.clerk1",
    "manager": "zhongxin.manager1",
    "handler": "chengguan.handler1",
    "reviewer": "chengguan.reviewer1",
    "signer": "chengguan.signer1",
    "caller": "zhongxin.caller1",
    "discipline": "jiwei.discipline1",
    "administrator": "zhongxin.administrator1",
    "auditor": "zhongxin.auditor1",
}
AT_ONCE = 2
_ID = re.compile(r"[0-9A-Za-z_-]{20,}|\d{4,}|(?<=/knowledge/)[a-z]+-\d+|(?<=/matters/)[A-Z]+-\d+")
_NO_PAGE = re.compile(
    r"/files/|/forms/|/matters/file|(?<!account/)export|\.(svg|json|csv|xlsx|eml|css|js)|/raw$|/mail$|/static/|/assets/|/logout"
)
_HREFS = "() => [...document.querySelectorAll('a[href]')].map((one) => one.getAttribute('href'))"


async def test_every_page_of_every_role_is_accessible_in_chinese_and_in_large_english_print(grown_stage: Stage) -> None:
    begun = asyncio.Semaphore(AT_ONCE)
    seen: set[str] = set()

    async def look_around(role: str, login: str) -> list[str]:
        async with begun:
            person = await grown_stage.person(role)
            if login:
                await steps.log_in(person, login)
            return [wrong async for address in _pages(person, seen) for wrong in await _both(person, address)]

    found = await asyncio.gather(*(look_around(role, login) for role, login in ROLES.items()))
    assert sorted({wrong for some in found for wrong in some}) == []
    assert len(seen) > 60, sorted(seen)


async def test_forms_with_errors_are_accessible(stage: Stage) -> None:
    visitor = await stage.citizen("visitor")
    for path, button in (("/login", "登录"), ("/register", "发送验证码"), ("/query", "查询"), ("/ask", "发送")):
        await _send_empty(visitor, path, button)
    citizen = await steps.log_in(await stage.citizen(), "citizen3")
    await _send_empty(citizen, "/write", "核对并发送")
    letter, _, _ = await steps.write(citizen, "南门外大街烧烤油烟直排", "南门外大街烧烤店油烟直排，请城管局来查。")
    handler = await steps.log_in(await stage.person("handler"), "chengguan.handler1")
    await steps.open_order(handler, "to_sign", "烧烤油烟直排")
    await handler.press("签收")
    await handler.page.get_by_text("显示身份").click()
    await _press_empty(handler, "显示一次")
    await handler.page.get_by_role("link", name="拟写答复").click()
    await _press_empty(handler, "送审")


async def _pages(person: Person, seen: set[str]) -> AsyncIterator[str]:
    """Yield the address of one page of each kind that links lead to; the desk's differ from role to role."""
    waiting = ["/"]
    while waiting:
        address = waiting.pop(0)
        kinds = _kinds(person, address)
        if kinds <= seen:
            continue
        seen |= kinds
        await person.go(address)
        waiting += [href for href in await person.page.evaluate(_HREFS) if _leads_to_a_page(href)]
        yield address


def _kinds(person: Person, address: str) -> set[str]:
    """Return what the page is one of: of each list one letter, and on the desk of each role one page of each kind."""
    parts = urlsplit(address)
    path = _ID.sub("*", parts.path)
    listed = parse_qs(parts.query).get("list", [""])[0]
    kinds = {f"{path} {listed}"}
    return kinds | {f"{person.name} {path}"} if path in ("/", "/desk", "/desk/orders/*") else kinds


def _leads_to_a_page(href: str) -> bool:
    parts = urlsplit(href)
    return href.startswith("/") and not _NO_PAGE.search(parts.path) and not re.search(r"(lang|text)=", parts.query)


async def _both(person: Person, address: str) -> list[str]:
    """Look at the page that is open, and at the same page on a telephone in large English print."""
    found = await violations(person.page)
    mark = "&" if "?" in address else "?"
    await person.page.set_viewport_size(PHONE)
    await person.go(f"{address}{mark}lang=en&text=large")
    found += await violations(person.page)
    await person.page.set_viewport_size(DESKTOP)
    await person.context.clear_cookies(name=re.compile("minxin-(language|text)"))
    return [f"{person.name} {address}: {wrong}" for wrong in found]


async def _send_empty(person: Person, path: str, button: str) -> None:
    await person.go(path)
    await _press_empty(person, button)


async def _press_empty(person: Person, button: str) -> None:
    await person.press(button, person.page.locator("main"))
    await person.page.locator(".error-summary").wait_for()
    await person.look(f"errors-{button}")
