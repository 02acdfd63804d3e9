"""From a time of life to one's own list: found, asked, printed on one page, saved as PDF, kept in the mailbox."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect
from support import steps
from support.chromium import Person, Stage

pytestmark = pytest.mark.browser

_PAGES = re.compile(rb"/Type\s*/Page\b")


async def test_a_family_gets_one_list_for_what_a_death_brings(stage: Stage) -> None:
    citizen = await steps.log_in(await stage.person("citizen"), "citizen12")
    await citizen.go("/matters")
    await citizen.look("catalogue")
    await citizen.follow("身后事")
    await citizen.look("death")
    for name in ("死亡注销户口", "丧葬补助金和抚恤金申领", "不动产继承登记"):
        await citizen.page.get_by_role("checkbox", name=f"选择 {name}").check()
    await citizen.press("为所选事项生成清单")
    await citizen.press("下一步", citizen.page.locator("main form p.actions").first)
    await citizen.press("下一步")
    await expect(citizen.page.get_by_role("alert")).to_contain_text("请选择一项。")
    await citizen.look("nothing-chosen")
    await _answer_all(citizen)
    await citizen.sees("遗体接运、火化和基本殡葬费用减免", "要先办")
    await citizen.look("list")

    printed = await citizen.page.pdf(format="A4", prefer_css_page_size=True)
    assert len(_PAGES.findall(printed)) == 1
    async with citizen.page.expect_download() as download:
        await citizen.press("存为 PDF")
    assert (await download.value).suggested_filename == "plan.pdf"
    await citizen.press("发到我的信箱")
    await citizen.sees("清单已发到您的信箱。")
    await citizen.press("我的办事清单")
    await citizen.sees("不动产继承登记", "plan.pdf")
    await citizen.look("in-the-box")


async def _answer_all(citizen: Person) -> None:
    """Choose the last answer to every question until there is a list."""
    for _ in range(15):
        if await citizen.page.locator(".plan-matters").count():
            return
        await citizen.page.get_by_role("radio").last.check()
        await citizen.press("下一步")
    raise AssertionError("there is always another question")
