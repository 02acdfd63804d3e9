"""Which office is mine: from the first page, by estate and by duty, down to the clause, on a phone and a desktop."""

from __future__ import annotations

import pytest
from playwright.async_api import expect
from support import steps
from support.chromium import DESKTOP, PHONE, Stage

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scripted", [True, False])
async def test_somebody_finds_the_office_of_his_estate_and_what_it_does(stage: Stage, scripted: bool) -> None:
    visitor = await stage.person("visitor", PHONE, scripted=scripted)
    await visitor.go("/offices")
    await visitor.look("offices")
    await visitor.fill("我归哪个单位管？", "文庙社区")
    await visitor.press("查找单位")
    found = visitor.page.locator("#found")
    await expect(found).to_contain_text("鼓楼街道")
    await visitor.look("found")
    await found.get_by_role("link").first.click()
    await visitor.sees("主要职责", "管辖范围", "上级单位")
    await visitor.look("street")
    await visitor.page.set_viewport_size(DESKTOP)
    await visitor.go("/offices/chengguan")
    await visitor.look("bureau")
    await visitor.go("/offices")
    await visitor.look("offices-wide")
    await visitor.fill("我归哪个单位管？", "路灯")
    await visitor.press("查找单位")
    await visitor.look("found-wide")


async def test_manager_looks_at_the_limits_that_a_new_calendar_moves(stage: Stage) -> None:
    manager = await steps.log_in(await stage.person("manager", PHONE), "zhongxin.manager1")
    await manager.go("/manage")
    await manager.follow("节假日安排：期限变化")
    await manager.sees("新节假日安排带来的时限变化")
    await manager.look("calendar")
