"""One letter, from the question to the closed case: the citizen on her telephone, the office, the centre."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, expect
from support import steps
from support.chromium import Person, Stage

pytestmark = pytest.mark.browser

NAME, ID_NUMBER, TELEPHONE = "吴亦芳", "399305199203198999", "19900000068"
QUESTION = "楼下烧烤店油烟大,孩子咳嗽,物业还乱收停车费"
SUBJECT = "文庙小区楼下烧烤店油烟直排"
TEXT = "文庙小区3号楼楼下的烧烤店每天晚上油烟直排，没有装油烟净化器，孩子一直咳嗽，希望城管来查。"
OFFICE = "滨海市城市管理局"
PHOTOS = [
    {"name": f"油烟{number}.jpg", "mimeType": "image/jpeg", "buffer": steps.photograph(colour)}
    for number, colour in ((1, "grey"), (2, "brown"))
]


async def test_a_letter_goes_from_the_question_to_the_closed_case(stage: Stage) -> None:
    citizen = await stage.citizen()
    await _ask(citizen)
    await _register(citizen)
    letter, number, code = await _write(citizen)
    await _ask_when_and_where(citizen, number, code, await stage.citizen("neighbour"))

    handler = await steps.log_in(await stage.person("handler"), "chengguan.handler1")
    await _sign_for(handler)
    await citizen.go(f"/letters/{letter}")
    await citizen.sees(f"{OFFICE}签收", "承办", "办理中")
    await citizen.look("signed-for")
    await (await steps.phone_shows(citizen, TELEPHONE, "给您写了信")).close()
    await _reveal(handler, citizen)
    await _papers(handler, citizen, letter)

    reviewer = await steps.log_in(await stage.person("reviewer"), "chengguan.reviewer1")
    signer = await steps.log_in(await stage.person("signer"), "chengguan.signer1")
    await _answer(handler)
    await steps.pass_on(reviewer, "in_review", SUBJECT, "审核通过，送签发", "审核通过，等待签发。")
    await steps.pass_on(signer, "to_sign_off", SUBJECT, "签发并送达来信人", "已签发，答复已送达来信人。")
    await _read(citizen, letter)
    await _publish(handler, reviewer, await stage.citizen("stranger"))

    await steps.rate(citizen, solved=False, level="不满意", reason="净化器还没有装")
    await citizen.sees("这件来信将重新办理，并由上一级签发。", "重办中", "净化器还没有装")
    await citizen.look("redone")
    manager = await steps.log_in(await stage.person("manager"), "zhongxin.manager1")
    await _answer_again(handler, reviewer, manager)
    await citizen.go(f"/letters/{letter}")
    await steps.rate(citizen, solved=True, level="满意")
    await citizen.sees("谢谢您的评价。", "已办结", "第一次答复", "对答复仍不满意？")
    await citizen.look("closed")


async def _ask(citizen: Person) -> None:
    await citizen.go("/")
    await expect(citizen.page.get_by_role("link", name="大字版")).to_be_in_viewport()
    await citizen.look("home")
    await citizen.fill("您遇到了什么事？", QUESTION)
    await citizen.press("问一问")
    await steps.refuse_readings(citizen)
    best = citizen.page.locator("#offices li").first
    await expect(best).to_contain_text(OFFICE)
    await expect(best.locator("mark").first).to_be_visible()
    await citizen.look("ask")
    await citizen.press("写信")
    await citizen.sees("请先登录，登录后自动进入您要访问的页面。")
    await citizen.look("log-in-first")


async def _register(citizen: Person) -> None:
    await steps.begin_registration(citizen, NAME, ID_NUMBER[:-1] + "8", TELEPHONE)
    await citizen.press("注册")
    await expect(citizen.page.get_by_role("alert")).to_be_focused()
    await expect(citizen.page.locator("#error-id_number")).to_be_visible()
    await citizen.look("wrong-id-number")
    await citizen.fill("身份证号码", ID_NUMBER)
    await citizen.fill("密码", steps.OWN_PASSWORD)
    await citizen.press("注册")
    await citizen.sees("注册成功，实名已核验。", "还没有人查看过您的完整姓名", "@citizen.binhai.example")
    shown = await citizen.page.content()
    assert not [secret for secret in (NAME, ID_NUMBER, TELEPHONE) if secret in shown]
    await citizen.look("account")


async def _write(citizen: Person) -> tuple[str, str, str]:
    await citizen.go("/write")
    await expect(citizen.page.get_by_label("来信内容")).to_have_value(QUESTION)
    await citizen.page.get_by_role("radio", name=re.compile("^投诉")).check()
    await citizen.fill("标题", SUBJECT)
    await citizen.fill("来信内容", TEXT)
    await citizen.fill("地点", "鼓楼街道文庙小区3号楼")
    await citizen.page.get_by_label("可公开，不显示姓名").check()
    await citizen.page.get_by_label("照片和附件").set_input_files(PHOTOS)
    await expect(citizen.page.locator(".files li")).to_have_count(len(PHOTOS))
    await expect(citizen.page.locator("[data-autosave-status]")).to_contain_text("草稿")
    await expect(citizen.page.locator("[data-advice]")).to_contain_text(OFFICE)
    await citizen.look("write")
    await citizen.page.reload()
    await expect(citizen.page.get_by_label("来信内容")).to_have_value(TEXT)
    await expect(citizen.page.locator(".files li")).to_have_count(len(PHOTOS))
    await citizen.press("核对并发送")
    await citizen.sees("已保存为草稿，还没有发送。", OFFICE)
    await citizen.look("check")
    await citizen.page.go_back()
    return await steps.send(citizen)


async def _ask_when_and_where(citizen: Person, number: str, code: str, neighbour: Person) -> None:
    assert re.fullmatch(r"20\d\d-\d{6,}", number) and re.fullmatch(r"\w{10}", code)
    await citizen.look("receipt")
    await citizen.page.get_by_role("link", name="为什么是这一天？ 答复期限").click()
    await citizen.sees("从次日起逐日计算", "计入")
    await citizen.look("why-this-date")
    screen = await steps.phone_shows(citizen, TELEPHONE, number)
    await citizen.look("text-messages", screen)
    await screen.close()

    await neighbour.go("/query")
    await neighbour.fill("来信编号", number)
    await neighbour.fill("查询码", code)
    await neighbour.press("查询")
    await neighbour.sees("办理进度", "收到来信", "只有来信人登录后可以查看。")
    await expect(neighbour.page.locator("main")).not_to_contain_text("烧烤")
    await neighbour.look("status")


async def _sign_for(handler: Person) -> None:
    await handler.go("/desk?list=to_sign")
    await handler.finds(handler.page.get_by_role("link", name=SUBJECT))
    await handler.look("board")
    await handler.follow(SUBJECT)
    await expect(handler.page.locator("#writer")).to_contain_text("吴**")
    await handler.sees("为什么派给这个单位", "依据的词语：")
    assert NAME not in await handler.page.content()
    await handler.look("letter")
    async with handler.page.expect_download() as waiting:
        await handler.page.locator(".files a").first.click()
    saved = await (await waiting.value).path()
    assert not steps.says_where(saved.read_bytes())
    await handler.press("签收")
    await handler.sees("已签收，来信人已获告知。")


async def _reveal(handler: Person, citizen: Person) -> None:
    reason = "明天上门查看油烟，需要称呼"
    await handler.page.get_by_text("显示身份").click()
    await handler.choose("查看内容", "姓名")
    await handler.fill("用途", reason)
    await handler.press("显示一次")
    await expect(handler.page.locator("#revealed")).to_have_text(NAME)
    await handler.look("revealed")
    await handler.follow("返回来信")

    await citizen.go("/account")
    await expect(citizen.page.locator("#reveals")).to_contain_text(reason)
    await expect(citizen.page.locator("#reveals")).to_contain_text(OFFICE)
    await citizen.look("who-looked")


async def _papers(handler: Person, citizen: Person, letter: str) -> None:
    await steps.unfold(handler, "ask_papers")
    await handler.fill("需要补充什么，为什么", "请补充烧烤店门口的照片，以便确认是哪一家。")
    await handler.look("ask-for-papers")
    await handler.press("请来信人补充")
    await handler.sees("已请来信人补充材料，暂停计时。", "尚未收到，暂停计时")

    await citizen.go(f"/letters/{letter}")
    await citizen.sees("请补充烧烤店门口的照片", "暂停计时", "等待您补充材料")
    await citizen.look("clock-stands-still")
    await citizen.follow("提交材料")
    await citizen.fill("补充说明", "招牌是“老陈烧烤”")
    await citizen.page.get_by_label("照片和附件").set_input_files(PHOTOS[:1])
    await citizen.look("papers")
    await citizen.press("提交材料")
    await citizen.sees("材料已送达承办单位，办理时限恢复计算。", "您补充了材料，恢复计时")

    await steps.open_order(handler, "in_progress", SUBJECT)
    await handler.sees("招牌是“老陈烧烤”")
    await handler.look("papers-came")


async def _answer(handler: Person) -> None:
    await steps.draft_answer(handler, 依据="")
    await handler.look("draft")
    await handler.press("送审")
    await expect(handler.page.get_by_role("alert")).to_be_focused()
    await expect(handler.page.locator("#error-basis")).to_be_visible()
    await expect(handler.page.get_by_label("处理结果", exact=True)).to_have_value(steps.PARTS["处理结果"])
    await handler.look("basis-is-missing")
    await handler.page.get_by_label("依据", exact=True).fill(steps.PARTS["依据"])
    await handler.press("送审")
    await handler.sees("答复已送审。")


async def _read(citizen: Person, letter: str) -> None:
    await citizen.go("/box")
    news = citizen.page.get_by_role("button", name=re.compile("答复")).first
    await citizen.finds(news)
    await citizen.look("mailbox")
    await news.click()
    await citizen.sees(f"【承诺事项】{steps.PROMISE[1]}")
    await citizen.look("message")
    await citizen.follow("查看来信")
    await citizen.sees(*steps.PARTS, *steps.PARTS.values(), "承诺事项", steps.PROMISE[1])
    await _read_aloud(citizen, citizen.page.get_by_role("button", name="朗读"))
    await citizen.look("answer")


async def _read_aloud(citizen: Person, button: Locator) -> None:
    await citizen.page.evaluate("() => { speechSynthesis.speak = (speech) => { window.spoken = speech.text; }; }")
    await button.click()
    await expect(button).to_have_attribute("aria-pressed", "true")
    assert steps.PARTS["处理结果"] in await citizen.page.evaluate("window.spoken")


async def _publish(handler: Person, reviewer: Person, stranger: Person) -> None:
    await steps.open_order(handler, "answered", SUBJECT)
    await handler.follow("拟公开")
    await handler.sees("系统发现：", "与原文对照")
    await handler.look("public-copy")
    await handler.press("提交复核")
    await handler.sees("公开件已提交，等待第二人复核。")
    await stranger.go("/published")
    await stranger.sees("还没有公开的来信。")

    await reviewer.go("/desk/publications")
    await reviewer.follow(SUBJECT)
    await reviewer.sees("没有姓名、号码、车牌、账号和门牌")
    await reviewer.look("second-pair-of-eyes")
    await reviewer.press("同意公开")
    await reviewer.sees("已公开。")

    await stranger.page.reload()
    await stranger.follow(SUBJECT)
    await stranger.sees(steps.PARTS["处理结果"])
    shown = await stranger.page.content()
    assert not [secret for secret in (NAME, "吴**", TELEPHONE, "3号楼") if secret in shown]
    await stranger.look("published")


async def _answer_again(handler: Person, reviewer: Person, manager: Person) -> None:
    await steps.open_order(handler, "redone", SUBJECT)
    await handler.sees("净化器还没有装", "重办的答复由上一级签发。", "第一次答复")
    await handler.look("done-again")
    await steps.draft_answer(handler, 处理结果="净化器已于3月20日装好，经检测达标。")
    await handler.press("送审")
    await handler.sees("答复已送审。")
    await steps.pass_on(reviewer, "in_review", SUBJECT, "审核通过，送签发", "审核通过，等待签发。")
    await steps.pass_on(manager, "redone_to_sign", SUBJECT, "签发并送达来信人", "已签发，答复已送达来信人。")
