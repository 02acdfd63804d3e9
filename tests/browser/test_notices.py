"""A meeting notice from the office's screen to a colleague's telephone and box, and how people wish to be told."""

from __future__ import annotations

import pytest
from support import steps
from support.chromium import PHONE, Stage

pytestmark = pytest.mark.browser

SUBJECT = "安全生产会议"
TEXT = "周五上午九点在三楼会议室开会，请带上季度报表。"


async def test_meeting_notice_reaches_the_group_and_its_author_sees_who_has_opened_it(stage: Stage) -> None:
    author = await steps.log_in(await stage.person("author"), "chengguan.handler1")
    await author.go("/desk/groups/new")
    await author.fill("通讯组名称", "科长")
    for box in await author.page.get_by_role("group", name="本单位人员").get_by_role("checkbox").all():
        await box.check()
    await author.look("group")
    await author.press("保存")
    await author.sees("通讯组", "科长")
    await author.look("groups")

    await author.go("/desk/notices/new")
    await author.press("发出通知")
    await author.look("refused")
    await author.page.get_by_role("checkbox", name="科长").check()
    await author.fill("标题", SUBJECT)
    await author.fill("通知正文", TEXT)
    await author.press("发出通知")
    await author.sees("打开情况", "未打开")
    await author.look("sent")

    colleague = await steps.log_in(await stage.person("colleague", PHONE), "chengguan.reviewer1")
    await colleague.go("/box")
    await colleague.finds(colleague.page.get_by_role("button", name=SUBJECT))
    await colleague.press(SUBJECT)
    await colleague.sees("三楼会议室")
    await colleague.go("/account/notices")
    await colleague.look("ways")
    await colleague.choose("您希望怎样收到提醒？", "不要提醒")
    await colleague.press("保存")

    await author.page.reload()
    await author.press("提醒未打开的人")
    await author.sees("不到一小时")
    await author.look("one-has-opened")


async def test_administrator_sees_what_became_of_messages(stage: Stage) -> None:
    administrator = await steps.log_in(await stage.person("administrator"), "zhongxin.administrator1")
    await administrator.go("/admin/sms")
    await administrator.sees("发送情况", "没有发送失败的短信")
    await administrator.look("messages")
