"""Reading and writing with scripts switched off: the same pages, the same letters, only without the comfort."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect
from support import steps
from support.chromium import Person, Stage

pytestmark = pytest.mark.browser

SUBJECT = "南门菜市场外烧烤油烟"
TEXT = "南门菜市场外的烧烤店油烟直排，窗户都不敢开，请城管局来查。"


async def test_a_letter_is_written_handled_and_read_without_scripts(stage: Stage) -> None:
    citizen = await steps.log_in(await stage.citizen(scripted=False), "citizen11")
    letter = await _write(citizen)
    handler = await steps.log_in(await stage.person("handler", scripted=False), "chengguan.handler1")
    await steps.open_order(handler, "to_sign", SUBJECT)
    await handler.press("签收")
    await steps.draft_answer(handler)
    await handler.press("保存草稿", handler.page.locator(".reply-actions"))
    await handler.sees("草稿已保存。")
    await handler.press("送审")
    await handler.sees("答复已送审。")
    for post, shelf, button in (
        ("reviewer1", "in_review", "审核通过，送签发"),
        ("signer1", "to_sign_off", "签发并送达来信人"),
    ):
        person = await steps.log_in(await stage.person(post, scripted=False), f"chengguan.{post}")
        await steps.open_order(person, shelf, SUBJECT)
        await person.press(button)

    await citizen.go("/box")
    await citizen.finds(citizen.page.get_by_role("button", name="您的来信已答复"))
    await citizen.press("您的来信已答复")
    await citizen.sees(steps.PARTS["处理结果"])
    await citizen.go(f"/letters/{letter}")
    await citizen.sees(*steps.PARTS.values())
    await expect(citizen.page.get_by_role("button", name="朗读")).to_be_hidden()
    await citizen.look("answer")
    await steps.rate(citizen, solved=True, level="非常满意")
    await citizen.sees("谢谢您的评价。", "已办结")


async def _write(citizen: Person) -> str:
    await citizen.go("/write")
    await citizen.press("核对并发送")
    await citizen.sees("请选择来信类型。")
    await citizen.page.get_by_role("radio", name=re.compile("^投诉")).check()
    await citizen.fill("标题", SUBJECT)
    await citizen.fill("来信内容", TEXT)
    await citizen.page.get_by_label("照片和附件").set_input_files(
        {"name": "油烟.jpg", "mimeType": "image/jpeg", "buffer": steps.photograph("grey")}
    )
    await citizen.press("保存草稿")
    await citizen.sees("草稿已保存，可以以后继续写。", "油烟.jpg")
    await citizen.look("draft")
    letter, number, _ = await steps.send(citizen)
    await citizen.follow("查看来信")
    await citizen.sees(number, "油烟.jpg")
    return letter
