"""Searching with a real index: one's own letters on the page, and everything through the interface for programs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from support.api import Answer, Program, key_of, open_citizen, staff_key
from support.desk import open_offices
from support.letters import CLERK, HANDLER, SIGNER, answered, become_citizen, send_letter, to_tray
from support.web import City, application_of, open_browser, open_city, serve

from minxin.consult.publication import Words
from minxin.consult.search.filling import SearchFilling
from minxin.core.actor import Role
from minxin.deploy.search_process import SearchProcess, search_command
from minxin.mailbox.records import Account

TEXT = "渣土车京A·12345夜里鳴笛，ＡＢＣ公司的王小军不管。居住證材料也交了。"
NEW = {"kind": "complaint", "subject": "夜间噪音", "text": TEXT, "place": "听涛路"}
WAYS = ("噪音", "小军", "王小军", "京A12345", "京Ａ·12345", "a12345", "abc", "ａｂｃ", "居住证", "居住證", "鸣笛")


class Town:
    """A city with a real index, and programs that call its site."""

    def __init__(self, city: City, site: str, session: ClientSession, engine: SearchProcess) -> None:
        self.city = city
        self.site = site
        self._session = session
        self._filling = SearchFilling(city.store, engine, city.clock)

    async def program(self, account: Account) -> Program:
        return Program(self._session, self.site, await key_of(self.city, account))

    async def staff(self, role: Role) -> Program:
        return Program(self._session, self.site, await staff_key(self.city, role))

    async def indexed(self) -> None:
        while (await self.city.store.search_backlog()).waiting:
            await self._filling.catch_up()


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    engine = SearchProcess(search_command(tmp_path / "search"))
    async with open_city(tmp_path, search_engine=engine) as city, serve(application_of(city)) as site:
        async with ClientSession() as session:
            await open_offices(city)
            yield Town(city, site, session, engine)
    await engine.close()


async def written(writer: Program, number: int = 1, **changed: Any) -> str:
    answer = await writer.post("/letters", {**NEW, "token": f"t-{number}", **changed})
    assert answer.status == 201, answer.body
    return str(answer.body["id"])


def ids(answer: Answer) -> list[str]:
    return [one["letter"]["id"] for one in answer.body["items"]]


def marked(pieces: list[dict[str, Any]]) -> list[str]:
    return [piece["text"] for piece in pieces if piece["marked"]]


def counts(answer: Answer, facet: str) -> dict[str, int]:
    return {one["value"]: one["count"] for one in answer.body["facets"][facet]}


async def test_writer_finds_his_letter_on_the_page_however_its_words_are_written(town: Town) -> None:
    async with open_browser(town.site) as browser:
        await become_citizen(browser, town.city)
        await send_letter(browser, **NEW)
        await town.indexed()
        assert 'action="/letters/search"' in await browser.get("/letters")
        for asked in WAYS:
            text = await browser.get(f"/letters/search?q={asked}")
            assert ("1 封来信" in text, "<mark>" in text, "目前只查找" in text) == (True, True, False), asked
        assert "京<mark>A·12345</mark>" in await browser.get("/letters/search?q=a12345")
        assert "没有找到来信" in await browser.get("/letters/search?q=噪音&kind=inquiry")
        # Where the offices are with it is theirs: to ask by it narrows nothing.
        assert "1 封来信" in await browser.get("/letters/search?q=噪音&state=closed&office=zjj")
        await browser.get("/letters/search?q=噪")
        assert (browser.status, "请至少输入两个汉字" in browser.text) == (422, True)


async def test_programs_find_their_own_letters_page_by_page_and_nobody_else_s(town: Town) -> None:
    writer = await town.program(await open_citizen(town.city))
    stranger = await town.program(await open_citizen(town.city, "13900000007", "110105194912310046"))
    first = await written(writer)
    town.city.clock.advance(timedelta(minutes=1))
    second = await written(writer, 2, kind="inquiry")
    await town.indexed()
    found = await writer.get("/letters/search?q=王小军&size=1")
    assert (ids(found), found.body["total"], found.body["limited"]) == ([second], 2, False)
    assert marked(found.body["items"][0]["text"]) == ["王小军"]
    assert counts(found, "kind") == {"complaint": 1, "inquiry": 1}
    assert (found.body["facets"]["state"], found.body["facets"]["office"]) == ([], [])
    rest = await writer.get(f"/letters/search?q=王小军&size=1&after={found.body['next']}")
    assert (ids(rest), rest.body["next"]) == ([first], None)
    assert ids(await writer.get("/letters/search?q=王小军&kind=inquiry")) == [second]
    assert (await stranger.get("/letters/search?q=王小军")).body["total"] == 0
    for refused in ("state=closed", "month=2026", "q=王", "after=x"):
        assert (await writer.get(f"/letters/search?{refused}")).status == 422, refused


async def test_programs_of_the_desk_find_what_their_post_may_see(town: Town) -> None:
    letter_id = await written(await town.program(await open_citizen(town.city)))
    order = await to_tray(town.city, letter_id)
    await town.city.services.desk.dispatch(CLERK, order.id, "cgj", "", origin="test")
    await town.indexed()
    handler, caller = await town.staff(Role.HANDLER), await town.staff(Role.CALLER)
    found = await handler.get("/desk/search?q=京A12345&state=to_sign&office=cgj")
    assert ids(found) == [letter_id]
    assert found.body["items"][0]["orders"][0] | {"id": "", "number": ""} == {
        "id": "",
        "number": "",
        "office_id": "cgj",
        "office": "滨海市城市管理局",
        "state": "to_sign",
    }
    assert (counts(found, "state"), counts(found, "office")) == ({"to_sign": 1}, {"cgj": 1})
    assert (await caller.get("/desk/search?q=京A12345")).body["total"] == 0
    assert (await handler.get("/letters/search?q=京A12345")).body["total"] == 0


async def test_everybody_s_programs_find_what_was_published_and_no_letter(town: Town) -> None:
    letter_id = await written(await town.program(await open_citizen(town.city)), public=True)
    nobody = Program(town._session, town.site)
    order = await answered(town.city, letter_id)
    await town.indexed()
    assert (await nobody.get("/public/search?q=噪音")).body["total"] == 0
    publications = town.city.services.publications
    await publications.propose(HANDLER, order.id, Words("夜间噪音", "工地夜里施工。", "已责令整改。"), origin="test")
    await publications.decide(SIGNER, letter_id, True, "", origin="test")
    await town.indexed()
    found = await nobody.get("/public/search?q=整改")
    assert [(one["id"], marked(one["text"])) for one in found.body["items"]] == [(letter_id, ["整改"])]
    assert counts(found, "office") == {"cgj": 1}
    assert (await nobody.get("/public/search?q=王小军")).body["total"] == 0
