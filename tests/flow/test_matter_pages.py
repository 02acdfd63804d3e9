"""The matters catalogue and the planner as anybody walks through them, and the list in a citizen's box."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest
from aiohttp import FormData
from support.desk import Staff
from support.letters import become_citizen
from support.matters import ALL
from support.web import Browser, City

from minxin.consult.matters.entries import entry_of
from minxin.consult.matters.records import Matter
from minxin.core.actor import Role
from minxin.core.changes import Changes


@pytest.fixture(autouse=True)
async def matters(city: City) -> None:
    await city.store.commit(Changes(inserts=list(ALL)))


async def plan(browser: Browser, *codes: str, path: str = "/plan", **answers: str) -> str:
    """Send the planner's form with these matters and answers."""
    fields = FormData({"csrf_token": browser.hidden("/plan")["csrf_token"]})
    for code in codes:
        fields.add_field("matter", code)
    for name, value in answers.items():
        fields.add_field(name if name in ("asked", "drop") else f"answer.{name}", value)
    return await browser._go("POST", path, fields, {})


async def test_catalogue_is_found_by_life_by_office_and_by_words(browser: Browser) -> None:
    text = await browser.get("/matters")
    assert browser.status == 200
    assert 'href="/matters?life=business"' in text
    assert "不办了的事项" not in text
    text = await browser.get("/matters?life=work")
    assert "食品经营许可" in text
    assert "开店登记" not in text
    assert "砍树审批" in await browser.get("/matters?office=cgj")
    text = await browser.submit("/matters", q="我想开小店")
    assert browser.status == 200
    assert 'href="/matters/SC-1"' in text
    assert 'href="/matters/YL-1"' not in text
    for nothing in ("/matters?life=moon", "/matters?office=none", "/matters/ZZ-9", "/matters/none"):
        await browser.get(nothing)
        assert browser.status == 404, nothing


async def test_search_without_words_or_with_too_many_says_so_beside_the_field(browser: Browser) -> None:
    for words in (" ", "开" * 61):
        await browser.get("/matters")
        text = await browser.submit("/matters", q=words)
        assert browser.status == 422
        assert 'id="error-q"' in text


async def test_a_matter_is_shown_with_everything_and_its_form_is_a_pdf(browser: Browser) -> None:
    text = await browser.get("/matters/SC-2")
    for shown in (
        "健康证明",
        "仅限：",
        "food？serve。",
        "某法第一条",
        "一号窗口",
        "https://map.example/?q=1",
        "先有执照",
        "餐饮许可",
    ):
        assert shown in text, shown
    assert 'href="/plan?matter=SC-2"' in text
    assert "Papers to bring" in await browser.get("/matters/SC-2?lang=en")
    async with browser._session.get(f"{browser.base}/matters/SC-2/forms/apply") as response:
        assert response.status == 200
        assert (await response.read()).startswith(b"%PDF-")
        assert "attachment" in response.headers["Content-Disposition"]
    await browser.get("/matters/SC-2/forms/none")
    assert browser.status == 404


async def test_planner_asks_what_matters_and_gives_the_list_in_order(browser: Browser) -> None:
    await browser.get("/plan?matter=SC-2&matter=none")
    assert 'value="SC-2" checked' in browser.text
    text = await plan(browser, "SC-2", "YL-1")
    assert "licence？" in text
    assert 'type="radio"' in text
    text = await plan(browser, "SC-2", "YL-1", asked="licence")
    assert browser.status == 422
    assert "请选择一项。" in text
    text = await plan(browser, "SC-2", "YL-1", licence="no")
    assert "food？" in text
    text = await plan(browser, "SC-2", "YL-1", licence="no", food="serve")
    assert browser.status == 200
    assert text.index("开店登记</a>") < text.index("食品经营许可</a>") < text.index("砍树审批</a>")
    assert "要先办" in text
    assert "先有执照" in text
    assert "30.50 元" in text
    assert "健康证明" in text
    assert text.count("居民身份证</strong>") == 1
    text = await plan(browser, "SC-2", licence="no", food="serve", drop="food")
    assert "food？" in text


async def test_bad_choices_and_answers_are_told_clearly(browser: Browser) -> None:
    await browser.get("/plan")
    for codes, answers, told in (
        ((), {}, "请至少选择一个事项"),
        (("XX",), {}, "没有编码为 XX 的事项"),
        (("SC-2",), {"moon": "yes"}, "没有编号为 moon 的问题"),
        (("SC-2",), {"food": "stone"}, "没有这个选项"),
        (tuple(f"X{number}" for number in range(13)), {}, "一次最多选择 12 个事项"),
    ):
        assert told in await plan(browser, *codes, **answers)
        assert browser.status == 422
    await plan(browser, "SC-2", path="/plan/pdf")
    assert browser.status == 422


async def test_list_goes_into_the_citizen_s_box_once_with_its_pdf(city: City, browser: Browser) -> None:
    await become_citizen(browser, city)
    await browser.get("/plan")
    assert "发到我的信箱" in await plan(browser, "YL-1")
    for _ in range(2):
        await browser.get("/plan")
        text = await plan(browser, "YL-1", path="/plan/box")
        assert browser.path == "/box"
    assert text.count("我的办事清单</button>") == 1
    message = re.findall(r'formaction="(/box/[^"/]+)/open', text)[0]
    text = await browser.submit(f"{message}/open")
    assert "砍树审批" in text
    assert f'href="{message}/files/0"' in text
    request = browser._session.get(browser.base + f"{message}/files/0", headers=browser._headers({}))
    async with request as response:
        assert response.content_type == "application/pdf"
        assert (await response.read()).startswith(b"%PDF-")
    await browser.get(f"{message}/files/1")
    assert browser.status == 404


async def test_nobody_fills_a_box_without_end(city: City, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("minxin.mailbox.box_service.MOST_A_DAY", 1)
    await become_citizen(browser, city)
    await browser.get("/plan")
    await plan(browser, "YL-1", path="/plan/box")
    assert browser.path == "/box"
    await browser.get("/plan")
    await plan(browser, "SC-1", path="/plan/box")
    assert browser.status == 429


async def test_staff_and_strangers_have_no_mailbox_to_send_a_list_to(browser: Browser, staff: Staff) -> None:
    await browser.get("/plan")
    assert "发到我的信箱" not in await plan(browser, "YL-1")
    await browser.get("/plan")
    await plan(browser, "YL-1", path="/plan/box")
    assert browser.status == 401
    clerk = await staff(Role.CLERK)
    await clerk.get("/plan")
    await plan(clerk, "YL-1", path="/plan/box")
    assert clerk.status == 404


async def test_administrator_takes_in_a_file_whole_or_sees_every_fault(city: City, staff: Staff) -> None:
    administrator = await staff(Role.ADMINISTRATOR)
    entries = [_plain(one) for one in ALL]
    entries[0]["name"] = "开店登记（新）"
    await administrator.get("/admin/matters")
    await administrator.send_files("/admin/matters", [("m.json", json.dumps({"matters": entries}).encode())])
    assert administrator.status == 200
    assert "事项已导入。" in administrator.text
    assert "开店登记（新）" in await administrator.get("/matters/SC-1")

    entries[0]["prerequisites"] = [{"matter": "SC-2"}]
    entries[2] |= {"office": "nowhere", "name": ""}
    await administrator.get("/admin/matters")
    text = await administrator.send_files("/admin/matters", [("m.json", json.dumps({"matters": entries}).encode())])
    assert administrator.status == 422
    assert "没有导入任何事项。" in text
    assert "没有编号为 nowhere 的单位。" in text
    assert "形成循环：" in text
    assert "开店登记（新）（SC-1） → 食品经营许可（SC-2） → 开店登记（新）（SC-1）" in text
    await administrator.send_files("/admin/matters", [("m.json", b"{")])
    assert "文件无法读取" in administrator.text
    await administrator.send_files("/admin/matters", [])
    assert "请选择文件。" in administrator.text
    assert "砍树审批" in await administrator.get("/matters/YL-1")

    before = [entry_of(one) for one in await city.store.matters()]
    saved = json.loads(await administrator.get("/admin/matters/file"))
    assert [one["code"] for one in saved["matters"]] == [one.code for one in before]


def _plain(one: Matter) -> Any:
    return msgspec.to_builtins(entry_of(one))
