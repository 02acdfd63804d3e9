"""An official notice from the office's screen over a second person to the citizens of a district."""

from __future__ import annotations

import pytest
from support import steps
from support.chromium import PHONE, Stage

pytestmark = pytest.mark.browser

SUBJECT = "停水通知"
TEXT = "六月三日零时至六时，海晏区部分小区停水检修，请提前储水。"


async def test_notice_to_a_district_is_approved_by_another_and_reaches_who_lives_there(stage: Stage) -> None:
    citizen = await steps.log_in(await stage.person("citizen", PHONE), "citizen1")
    await citizen.go("/account")
    await citizen.follow("居住区域（用于接收本区通知）")
    await citizen.page.locator("#field-area").select_option("海晏区/鼓楼街道")
    await citizen.press("保存")
    await citizen.sees("已保存。")
    await citizen.look("area")

    author = await steps.log_in(await stage.person("author"), "chengguan.handler1")
    await author.go("/desk/official")
    await author.look("empty")
    await author.follow("起草官方通知")
    await author.press("保存并预览")
    await author.look("refused")
    await author.fill("标题", SUBJECT)
    await author.fill("通知正文", TEXT)
    await author.page.locator("#field-area").select_option("海晏区")
    await author.look("form")
    await author.press("保存并预览")
    await author.sees("收件人将看到", "海晏区", "文号：批准时编号")
    await author.look("preview")
    await author.press("送审")
    await author.sees("待批准")
    await author.look("waiting")

    chief = await steps.log_in(await stage.person("chief", PHONE), "chengguan.reviewer1")
    await chief.go("/desk/official")
    await chief.look("list")
    await chief.follow(SUBJECT)
    await chief.sees("批准后，上面的内容将原样发给 1 个邮箱。")
    await chief.look("decision")
    await chief.press("批准并发送")
    await chief.finds(chief.page.get_by_text("已发完"))
    await chief.look("sent")

    await citizen.go("/box")
    await citizen.finds(citizen.page.get_by_role("button", name=SUBJECT))
    await citizen.look("box")
    await citizen.press(SUBJECT)
    await citizen.sees("提前储水", "官方通知", "T20")
    await citizen.look("message")


async def test_wrong_lines_of_a_list_are_told_on_the_phone_too(stage: Stage) -> None:
    author = await steps.log_in(await stage.person("author", PHONE), "chengguan.handler1")
    await author.go("/desk/official/new")
    await author.fill("标题", SUBJECT)
    await author.fill("通知正文", TEXT)
    await author.choose("发给谁？", "指定名单")
    await author.fill("收件人名单", "13900009999\n张三\nnobody@citizen.binhai.example")
    await author.press("保存并预览")
    await author.sees("名单中有 3 行不能使用", "139****9999")
    await author.look("wrong-lines")
