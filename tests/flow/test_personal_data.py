"""Numbers of people (证件号码、手机号码): sealed at rest, in no log, masked before whoever need not know them.

The text messages in the data folder's ``sms`` are what goes to the telephones; nothing else may hold a number.
"""

from __future__ import annotations

import asyncio
import csv
import re
import sqlite3
from collections.abc import AsyncIterator, Iterable
from contextlib import closing
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.caller import Caller
from support.live import LiveCity
from support.stored import values_that_say
from support.web import Browser

from minxin.core.privacy import mask_phone
from minxin.deploy.populate import CITIZENS, PASSWORD
from minxin.deploy.settings import BUILTIN_CITY
from minxin.store.sqlite.connect import FILE

REGISTER = BUILTIN_CITY / "register.csv"
HANDLER, CLERK = "chengguan.handler1", "zhongxin.clerk1"
REASON = "联系来信人核实路灯杆号"
CENTRE = "zhongxin"
STAFF = (
    CLERK,
    HANDLER,
    "chengguan.reviewer1",
    "chengguan.signer1",
    f"{CENTRE}.manager1",
    f"{CENTRE}.caller1",
    f"{CENTRE}.administrator1",
    f"{CENTRE}.auditor1",
)
PAGES = 40
_CODE = re.compile(r"\d{6}")
_LINK = re.compile(r'href="(/[^"]*)"')
# Pages that show text messages in full, and only in a demonstration; and the way out.
_LEFT_OUT = ("/demo/phone", "/static/", "/logout")


@dataclass(frozen=True)
class Citizen:
    name: str
    id_number: str
    phone: str


def register() -> list[Citizen]:
    with REGISTER.open(encoding="utf-8", newline="") as file:
        return [Citizen(row["name"], row["id_number"], row["phone"]) for row in csv.DictReader(file)]


def numbers(citizens: Iterable[Citizen]) -> list[str]:
    return [number for one in citizens for number in (one.id_number, one.phone)]


def hits(text: bytes, wanted: Iterable[str]) -> list[str]:
    return [number for number in wanted if number.encode() in text]


def scan(folder: Path, wanted: list[str]) -> list[str]:
    """Return every file of the folder that holds one of the texts, packed or not, but for the text messages."""
    with closing(sqlite3.connect(folder / FILE)) as file:
        found = [f"{FILE}: {one}" for one in wanted if values_that_say(file, [one])]
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.parent != folder / "sms":
            found += [f"{path.relative_to(folder)}: {hit}" for hit in hits(path.read_bytes(), wanted)]
    return found


@pytest.fixture
async def city(live_city: LiveCity) -> AsyncIterator[LiveCity]:
    await live_city.start()
    yield live_city
    await live_city.kill()


def _code(city: LiveCity, phone: str) -> str:
    messages = [msgspec.json.decode(path.read_bytes()) for path in (city.data / "sms").glob("*.json")]
    mine = sorted((one for one in messages if one["phone"] == phone), key=lambda one: str(one["at"]))
    found = _CODE.search(mine[-1]["text"]) if mine else None
    return found.group() if found else ""


async def _until(look: Any) -> Any:
    async with asyncio.timeout(20):
        while not (found := await look()):  # noqa: ASYNC110 - another process has no event to wait for
            await asyncio.sleep(0.1)
        return found


async def _register(city: LiveCity, citizen: Citizen) -> None:
    async with city.browser() as browser:
        await browser.get("/register")
        await browser.submit("/register/code", phone=citizen.phone)

        async def code() -> str:
            return _code(city, citizen.phone)

        fields = {"phone": citizen.phone, "name": citizen.name, "password": "灯塔下面的第三块石头", "consent": "1"}
        await browser.submit("/register", **fields, id_number=citizen.id_number, code=await _until(code))
        assert browser.path == "/account", browser.text


async def _letter_at_the_office(city: LiveCity, writer: Browser) -> str:
    """Have the writer write, and the office sign for it; return the work order."""
    await writer.get("/write")
    await writer.submit("/write", kind="complaint", subject="路灯不亮", text="文庙街路灯坏了。", place="文庙街")
    letter_id = writer.path.split("/")[2]
    async with city.browser(CLERK) as clerk_browser, city.browser(HANDLER) as handler_browser:
        clerk, handler = Caller(clerk_browser), Caller(handler_browser)

        async def judged() -> Any:
            return (await clerk.get(f"/letters/{letter_id}"))["orders"]

        (order,) = await _until(judged)
        if order["state"] == "to_dispatch":
            await clerk.post(f"/orders/{order['id']}/dispatch", office_id="chengguan", reason="职责对应")
        await handler.post(f"/orders/{order['id']}/sign_for")
        assert handler.status == 200
    return str(order["id"])


async def _reveal(city: LiveCity, order: str) -> str:
    async with city.browser(HANDLER) as handler:
        await handler.get(f"/desk/orders/{order}")
        return await handler.submit(f"/desk/orders/{order}/reveal", reveal_what="phone", reveal_reason=REASON)


async def _crawl(browser: Browser, most: int) -> AsyncIterator[str]:
    """Yield the text of pages that links lead to from the first one."""
    known, waiting = {"/"}, ["/", "/desk", "/account", "/admin", "/audit", "/manage"]
    for _ in range(most):
        if not waiting:
            return
        await browser.get(waiting.pop(0))
        yield browser.text
        for link in map(unescape, _LINK.findall(browser.text)):
            if link not in known and not link.startswith(_LEFT_OUT):
                known.add(link)
                waiting.append(link)


async def _use_every_number(city: LiveCity, writer: Citizen, others: list[Citizen]) -> str:
    """Let the numbers pass through every door; return a work order of the writer's."""
    await _register(city, others[0])
    async with city.browser() as browser:
        await browser.log_in(writer.phone, PASSWORD)
        order = await _letter_at_the_office(city, browser)
    async with city.browser(CLERK) as clerk:
        for typed in (writer.id_number, writer.phone, others[1].id_number):
            await clerk.get("/counter")
            await clerk.submit("/counter", citizen=typed)
        await clerk.get("/desk/citizens/new")
        new = others[1]
        await clerk.submit("/desk/citizens", name=new.name, id_number=new.id_number, phone=new.phone, consent="1")
        assert clerk.path.startswith("/desk/verifications"), clerk.text
    async with city.browser() as wrong:
        for phone in (writer.phone, others[2].phone):
            await wrong.log_in(phone, "falsch")
            await wrong.get(f"/letters/{writer.id_number}?q={writer.phone}")
            await wrong.get(f"/{writer.phone}/{writer.id_number}")
    return order


async def test_no_number_is_left_in_data_log_or_page_after_a_whole_run(city: LiveCity) -> None:
    everybody = register()
    writer, others = everybody[6], everybody[CITIZENS : CITIZENS + 3]
    wanted = numbers(everybody[: CITIZENS + 3])
    order = await _use_every_number(city, writer, others)

    seen = 0
    for login in STAFF:
        async with city.browser(login) as browser:
            async for page in _crawl(browser, PAGES):
                seen += 1
                assert hits(page.encode(), wanted) == [], f"{login} {browser.path}"
    assert seen > 60
    assert mask_phone(writer.phone) in await _page(city, HANDLER, f"/desk/orders/{order}")

    assert writer.phone in await _reveal(city, order)
    async with city.browser("citizen7") as browser:
        assert REASON in await browser.get("/account")
        assert hits(browser.text.encode(), wanted) == []
    logged = await _page(city, f"{CENTRE}.auditor1", "/audit/export.csv")
    assert "reveal" in logged
    assert hits(logged.encode(), wanted) == []

    assert scan(city.data, wanted) == []
    await city.stop()
    assert scan(city.data, wanted) == []
    assert hits(city.log().encode(), wanted) == []
    assert hits(city.log().encode(), ["home.example", PASSWORD.removeprefix("Wang"), REASON]) == _PRINTED_BY_THE_DEMO


# The demonstration prints its own accounts for whoever tries it.
_PRINTED_BY_THE_DEMO = ["home.example", "haiting-2026"]


async def _page(city: LiveCity, login: str, path: str) -> str:
    async with city.browser(login) as browser:
        return await browser.get(path)


# As long as an ID number: a shorter run of digits turns up by chance in a database.
PLANTED = "110105194912310029"


async def test_the_scan_finds_what_is_in_a_database_and_in_a_file(city: LiveCity) -> None:
    """Real names stand in the accounts as they are: the scan must see them there."""
    assert any("minxin.db" in found for found in scan(city.data, [register()[0].name]))
    planted = await asyncio.to_thread(_plant, city.data / "planted")
    assert scan(city.data, [PLANTED]) == [f"{planted}: {PLANTED}"]


def _plant(path: Path) -> str:
    path.write_text(f"x{PLANTED}y")
    return path.name
