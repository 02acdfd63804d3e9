"""A citizen on her telephone and a member of the staff at his desk talk with each other, in two browsers at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect
from support.chromium import Person, Stage

from minxin.deploy.city import load_city
from minxin.deploy.populate import PASSWORD
from minxin.deploy.settings import BUILTIN_CITY

pytestmark = pytest.mark.browser
CLERK = f"{load_city(BUILTIN_CITY).centre}.clerk1"
SMOKE = "楼下烧烤店每天晚上油烟很大，孩子咳嗽，怎么办？"


async def come_on_duty(stage: Stage) -> Person:
    """Log a clerk in and have him on duty."""
    staff = await stage.person("staff")
    await staff.go("/login?next=/desk/chats")
    await staff.fill("登录名", CLERK)
    await staff.fill("密码", PASSWORD)
    await staff.press("登录", staff.page.locator("main"))
    await staff.sees("离岗中", "没有人在排队")
    await staff.look("off_duty")
    await staff.press("上岗")
    await staff.sees("您已上岗", "目前在岗 1 人")
    return staff


async def call_person(person: Person, question: str) -> None:
    """Ask the assistant something, and then for a person."""
    await person.go("/ask")
    await person.fill("您的问题", question)
    await person.press("发送", person.page.locator("main"))
    await person.press("找人工", person.page.locator("main"))


async def say(person: Person, label: str, words: str) -> None:
    """Say something in the chat."""
    await person.fill(label, words)
    await person.press("发送", person.page.locator("[data-chat-form]"))


async def test_citizen_and_staff_talk_with_each_other(stage: Stage, tmp_path: Path) -> None:
    staff = await come_on_duty(stage)
    citizen = await stage.citizen()
    await call_person(citizen, SMOKE)
    await citizen.sees("正在为您服务")
    await citizen.look("a_person_is_there")

    # The list renews itself: nobody reloads it.
    mine = staff.page.get_by_role("link", name=SMOKE, exact=True).first
    await expect(mine).to_be_visible()
    await staff.look("somebody_came")
    await mine.click()
    await staff.sees("孩子咳嗽", "未登录")
    await staff.look("whole_transcript")

    await staff.page.locator("textarea[name=text]").press_sequentially("您好")
    await expect(citizen.page.get_by_text("工作人员正在输入")).to_be_visible()
    await say(staff, "您的答复", "您好，请问是哪条路的店？")
    await citizen.sees("请问是哪条路的店？")
    photo = tmp_path / "店门口.txt"
    photo.write_text("店门口没有油烟净化器", encoding="utf-8")
    await citizen.page.locator("input[type=file]").set_input_files(photo)
    await say(citizen, "您的消息", "听涛路 12 号，<b>每晚</b>六点到十一点。")
    await staff.sees("听涛路 12 号，<b>每晚</b>六点到十一点。", "店门口.txt")
    await expect(citizen.page.locator("textarea[name=text]")).to_have_value("")
    await citizen.look("said")
    await staff.look("answer")

    await say(staff, "您的答复", "已登记，执法队今晚去查，三天内给您电话。")
    await citizen.sees("执法队今晚去查")
    await staff.press("结束咨询")
    await staff.sees("咨询已结束", "您目前没有接待中的咨询")
    await citizen.sees("本次咨询已结束", "服务怎么样")
    await citizen.choose("服务怎么样？5 分最好。", "5")
    await citizen.press("提交评价")
    await citizen.sees("您评了 5 分")
    await citizen.look("rated")


async def test_who_comes_when_nobody_is_there_is_told_what_to_do(stage: Stage) -> None:
    visitor = await stage.citizen("visitor")
    await call_person(visitor, "路灯坏了三天没人修")
    await visitor.sees("目前没有工作人员能够接待", "起有人在岗", "留言等候")
    await visitor.look("nobody_there")
    await visitor.follow("登录", visitor.page.locator("main"))
    await visitor.fill("登录名", "citizen1")
    await visitor.fill("密码", PASSWORD)
    await visitor.press("登录", visitor.page.locator("main"))
    await visitor.sees("您的咨询已转为来信 20")
    await visitor.look("letter")

    plain = await stage.citizen("plain", scripted=False)
    await call_person(plain, "公租房怎么申请")
    await plain.sees("目前没有工作人员能够接待")
    await say(plain, "您的消息", "我在鼓楼街道")
    await plain.sees("我在鼓楼街道")
