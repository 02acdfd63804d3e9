"""The offices' own pages, as anybody reads them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from aiohttp import ClientSession
from msgspec.structs import replace
from support.matters import TREE
from support.web import NOON, OFFICE, Browser, City

from minxin.consult.records import Office, PublicCopy, PublicState
from minxin.core.changes import Changes

STREET = Office(
    id="gulou",
    name="鼓楼街道办事处",
    short="鼓楼街道",
    name_en="Gulou Street",
    level="street",
    duties=("督促物业维护小区",),
    address="鼓楼路1号",
    hours="周一至周五",
    phone="0399-5551234",
    parent="cgj",
)
BUREAU = replace(OFFICE, level="city", duties=("维护路灯", "查处油烟 <扰民>"))


@pytest.fixture(autouse=True)
async def offices(city: City) -> None:
    copies = [
        PublicCopy(
            id=f"copy{number}",
            number=f"2026-00000{number}",
            office_id=office_id,
            state=PublicState.PUBLISHED,
            subject=f"来信{number}",
            text="门口的路灯坏了",
            answer="修好了",
            proposed_at=NOON + timedelta(hours=number),
            proposed_by="reviewer",
            decided_at=NOON + timedelta(hours=number),
        )
        for number, office_id in enumerate(("cgj", "gulou", "cgj"))
    ]
    kept = {one.id: one for one in await city.store.offices()}
    bureau = replace(BUREAU, version=kept["cgj"].version) if "cgj" in kept else BUREAU
    changes = Changes(inserts=[STREET, TREE, *copies])
    (changes.puts if "cgj" in kept else changes.inserts).append(bureau)
    await city.store.commit(changes)


async def test_offices_stand_by_level_and_lead_to_their_pages(browser: Browser) -> None:
    text = await browser.get("/offices")
    assert browser.status == 200
    assert (
        text.index("市级单位")
        < text.index("滨海市城市管理局</a>")
        < text.index("街道和镇")
        < text.index("鼓楼街道办事处</a>")
    )
    assert "Streets and towns" in await browser.get("/offices?lang=en")
    assert "Gulou Street" in browser.text


async def test_an_office_shows_duties_matters_answers_and_who_is_above_it(browser: Browser) -> None:
    text = await browser.get("/offices/cgj")
    assert browser.status == 200
    assert '<li id="duty-2" tabindex="-1">查处油烟 &lt;扰民&gt;</li>' in text
    assert 'href="/matters/YL-1"' in text
    assert 'href="/published/copy2"' in text
    assert 'href="/published/copy1"' not in text
    assert 'href="/offices/gulou"' in text
    text = await browser.get("/offices/gulou")
    assert "海晏区 鼓楼街道" in text
    assert 'href="tel:0399-5551234"' in text
    assert 'href="/offices/cgj"' in text
    text = await browser.get("/published?office=cgj")
    assert "来信2" in text
    assert "来信1" not in text
    for nothing in ("/offices/none", "/published?office=none"):
        await browser.get(nothing)
        assert browser.status == 404, nothing


async def test_a_closed_office_names_its_successor(browser: Browser) -> None:
    text = await browser.get("/offices/closed")
    assert browser.status == 410
    assert 'href="/offices/cgj"' in text


async def test_an_office_is_found_by_estate_by_duty_and_not_by_nonsense(browser: Browser) -> None:
    await browser.get("/offices")
    text = await browser.submit("/offices", q="翠湖小区归谁管")
    assert "当地由以下单位负责" in text
    found = text[text.index('id="found"') : text.index("</section>", text.index('id="found"'))]
    assert 'href="/offices/gulou"' in found
    text = await browser.submit("/offices", q="路灯")
    assert 'href="/offices/cgj#duty-1"' in text
    assert "没有找到相符的单位" in await browser.submit("/offices", q="量子力学")
    for words in (" ", "灯" * 61):
        text = await browser.submit("/offices", q=words)
        assert browser.status == 422
        assert 'id="error-q"' in text


async def test_programs_read_offices_by_words_and_one_with_its_matters(browser: Browser) -> None:
    async with ClientSession(browser.base) as session:
        async with session.get("/api/v1/offices", params={"q": "翠湖小区"}) as response:
            assert [one["id"] for one in (await response.json())["items"]] == ["gulou"]
        async with session.get("/api/v1/offices/gulou") as response:
            one = await response.json()
            assert (one["area"], one["parent"], one["path"]) == (["海晏区", "鼓楼街道"], "cgj", "/offices/gulou")
        async with session.get("/api/v1/offices/cgj") as response:
            whole = await response.json()
            assert (whole["below"], whole["matters"][0]["code"]) == (["gulou"], "YL-1")
        async with session.get("/api/v1/offices/none") as response:
            assert response.status == 404
