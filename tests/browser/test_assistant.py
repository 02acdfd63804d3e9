"""The citizen asks on her telephone: readings, a question, a person who is not there, and entries beside her letter."""

from __future__ import annotations

import pytest
from playwright.async_api import expect
from support import steps
from support.chromium import Person, Stage

pytestmark = pytest.mark.browser

QUESTION = "楼下烧烤店油烟大,孩子咳嗽,物业还乱收停车费"
KNOWN = "身份证丢了怎么补办"


async def test_citizen_is_narrowed_down_handed_over_and_writes_with_her_own_words(stage: Stage) -> None:
    citizen = await stage.citizen()
    await citizen.go("/")
    await expect(citizen.page.get_by_role("link", name="大字版")).to_be_in_viewport()
    await citizen.fill("您遇到了什么事？", QUESTION)
    await citizen.press("问一问")
    await citizen.look("first-card")
    await steps.refuse_readings(citizen)
    await citizen.sees("没有找到可靠的答案")
    await expect(citizen.page.locator("#leave").get_by_role("button", name="写信")).to_be_visible()
    await citizen.look("ways")

    await citizen.press("找人工")
    await citizen.sees("正在为您转人工", "目前没有工作人员能够接待", QUESTION)
    await citizen.look("nobody-there")
    await citizen.press("写成来信")
    await citizen.fill("手机号码或登录名", "citizen2")
    await citizen.fill("密码", steps.PASSWORD)
    await citizen.press("登录", citizen.page.locator("main"))
    await citizen.look("carried")


async def test_answer_is_an_entry_with_its_source_and_further_questions_are_understood(stage: Stage) -> None:
    citizen = await stage.citizen()
    await citizen.go("/ask")
    await citizen.fill("您的问题", KNOWN)
    await citizen.press("发送")
    await _choose(citizen, "身份证丢")
    await citizen.sees("来源：", "市公安局", "依据：", "核对")
    await citizen.look("answer")
    await citizen.fill("您的问题", "在哪办?")
    await citizen.press("发送")
    await citizen.sees("关于这件事，原文是这样写的：")
    await citizen.look("where")
    await citizen.press("解决了")
    await citizen.sees("您的评价：已解决", "很高兴帮到您")
    await citizen.press("收回")
    await expect(citizen.page.locator("main")).not_to_contain_text("您的评价")


async def test_asking_works_without_scripts_and_in_large_english_print(stage: Stage) -> None:
    citizen = await stage.citizen(scripted=False)
    await citizen.go("/ask?lang=en&text=large")
    await citizen.fill("Your question", KNOWN)
    await citizen.press("Send")
    await expect(citizen.page.locator("#latest")).to_be_in_viewport()
    await citizen.look("english")
    await citizen.press("Ask for a person")
    await citizen.sees("I am calling a person")


async def test_entry_beside_the_letter_ends_without_one(stage: Stage) -> None:
    citizen = await steps.log_in(await stage.citizen(), "citizen4")
    await citizen.go("/write")
    await citizen.page.get_by_role("radio", name="咨询").check()
    await citizen.fill("标题", "身份证丢了")
    await citizen.fill("来信内容", "我的身份证前天丢了，请问怎么补办，要带什么材料，多少钱？")
    beside = citizen.page.locator("[data-advice] details").first
    await expect(beside).to_be_visible()
    await beside.locator("summary").click()
    await citizen.look("beside")
    await beside.get_by_role("button", name="这就解决了").click()
    await citizen.sees("不用写信了吗？", "草稿将被删除")
    await citizen.look("solved")
    await citizen.press("已经解决，删除草稿")
    await citizen.sees("草稿已删除，没有发送来信")
    await citizen.go("/letters")
    await expect(citizen.page.locator("main")).not_to_contain_text("身份证丢了")


async def _choose(citizen: Person, words: str) -> None:
    """Take the reading with these words, when several are offered."""
    latest = citizen.page.locator("#latest")
    await expect(latest).to_be_visible()
    reading = latest.get_by_role("button", name=words)
    if await reading.count():
        await reading.first.click()
