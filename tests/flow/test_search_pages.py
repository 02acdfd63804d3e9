"""Searching over real HTTP: who finds what, the words marked, the list narrowed, what pages say of the engine."""

from __future__ import annotations

from support.desk import Staff, judged, open_offices
from support.letters import CLERK, become_citizen, send_letter
from support.web import Browser, City

from minxin.core.actor import Role


async def _dispatched(city: City, browser: Browser) -> None:
    await open_offices(city)
    await become_citizen(browser, city)
    letter_id = await send_letter(browser, public="1")
    order = await judged(city, letter_id)
    await city.services.desk.dispatch(CLERK, order.id, "cgj", "", origin="test")


async def test_staff_find_the_letters_that_they_may_see_and_no_others(
    city: City, browser: Browser, staff: Staff
) -> None:
    await _dispatched(city, browser)
    handler, elsewhere = await staff(Role.HANDLER), await staff(Role.HANDLER, office_id="sthjj")
    text = await handler.get("/desk/search?q=油煙")
    assert "烧烤店<mark>油烟</mark>扰民" in text
    assert "1 封来信" in text
    assert "目前只查找了最近的来信" in text
    assert "没有找到来信" in await elsewhere.get("/desk/search?q=油烟")
    assert "没有找到来信" in await handler.get("/desk/search?q=油烟&state=closed")
    await handler.get("/desk/search?q=油")
    assert (handler.status, "请至少输入两个汉字" in handler.text) == (422, True)


async def test_everybody_may_search_what_is_published_and_finds_no_letter_there(city: City, browser: Browser) -> None:
    await _dispatched(city, browser)
    assert "没有找到公开答复" in await browser.get("/published/search?q=油烟")


async def test_administrator_is_told_that_the_engine_does_not_answer_and_what_waits(
    city: City, browser: Browser, staff: Staff
) -> None:
    await _dispatched(city, browser)
    administrator = await staff(Role.ADMINISTRATOR)
    text = await administrator.get("/admin/search")
    assert "检索服务没有应答" in text
    assert "待入索引的来信" in text
