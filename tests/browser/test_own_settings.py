"""What somebody sets for himself: a vacation notice, a signature, contacts; and where he sees who logged in as him."""

from __future__ import annotations

import pytest
from support import steps
from support.chromium import PHONE, Stage

pytestmark = pytest.mark.browser

ANSWER = "我三月十日回来，急事请拨打 12345。"


async def test_settings_contacts_and_log_ins_on_desktop_and_phone(stage: Stage) -> None:
    citizen = await steps.log_in(await stage.citizen(), "citizen1")
    await citizen.go("/box/settings")
    await citizen.look("settings")
    await citizen.press("保存自动回复")
    await citizen.look("refused")
    await citizen.fill("自动回复主题", "外出，三月十日回来")
    await citizen.fill("自动回复正文", ANSWER)
    await citizen.press("预览")
    await citizen.sees("自动回复：外出，三月十日回来", ANSWER)
    await citizen.press("保存自动回复")
    await citizen.sees("正在自动回复")
    await citizen.fill("写新邮件时自动加在末尾", "王芳\n海晏区鼓楼街道")
    await citizen.press("保存签名")
    await citizen.fill("邮箱地址或域名", "@shop.example")
    await citizen.page.get_by_role("button", name="屏蔽", exact=True).click()
    await citizen.sees("@shop.example", "王芳")
    await citizen.look("set")

    await citizen.go("/box/contacts")
    await citizen.look("no-contacts")
    for name, address in (
        ("王小明", "wangxiaoming@far.example"),
        ("张伟", "zhangwei.with.a.long.name@mail.home.example"),
    ):
        await citizen.fill("姓名或单位名称", name)
        await citizen.fill("邮箱地址", address)
        await citizen.press("保存联系人")
    await citizen.sees("王小明", "张伟")
    await citizen.look("contacts")
    await citizen.page.get_by_role("link", name="王小明", exact=True).click()
    await citizen.look("contact")
    await citizen.go("/account/security")
    await citizen.sees("最近的登录", "登录成功", "本设备")
    await citizen.look("security")

    phone = await steps.log_in(await stage.person("phone", PHONE), "citizen1")
    for path, name in (("/box/settings", "settings"), ("/box/contacts", "contacts"), ("/account/security", "security")):
        await phone.go(path)
        await phone.look(f"{name}-phone")
