"""What the people of the browser tests do again and again, step by step and by what stands on the pages."""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import Page, expect
from support.chromium import Person
from support.photos import photograph as photograph
from support.photos import says_where as says_where

from minxin.deploy.populate import PASSWORD

CODE = re.compile(r"\d{6}")
REFUSED_MOST = 5
OWN_PASSWORD = "灯塔下面的第三块石头"
PARTS = {
    "调查情况": "3月2日晚到现场检查，该店未安装油烟净化设施，反映情况属实。",
    "依据": "《滨海市餐饮业油烟管理办法》第十四条",
    "处理结果": "已责令停止排放，并限期安装净化设施。",
    "联系方式": "油烟管理科 0399-5550114",
    "救济途径": "对答复不满意的，可以在三十日内申请复查。",
}
PROMISE = ("2099-06-30", "装好油烟净化器")


async def log_in(person: Person, login: str) -> Person:
    """Log in as one of the demonstration's people."""
    await give_password(person, login)
    await expect(person.page.get_by_role("heading", name="我的账户")).to_be_visible()
    return person


async def give_password(person: Person, login: str) -> None:
    """Do the first step of the log-in."""
    await person.go("/login")
    await person.fill("手机号码或登录名", login)
    await person.fill("密码", PASSWORD)
    await person.press("登录", person.page.locator("main"))


async def phone_shows(person: Person, phone: str, words: str) -> Page:
    """Take the telephone in hand (a second window) and wait for a message to it."""
    screen = await person.context.new_page()
    await screen.goto(f"{person.base}/demo/phone")
    await screen.get_by_label("手机号码").fill(phone)
    await screen.get_by_role("button", name="只看此手机").click()
    await person.finds(screen.locator(".sms-text").filter(has_text=words).first)
    return screen


async def code_on(person: Person, phone: str) -> str:
    """Return the code that came to the telephone last."""
    screen = await phone_shows(person, phone, "验证码")
    found = CODE.search(await screen.locator(".sms-text").first.inner_text())
    assert found
    await screen.close()
    return found.group()


async def begin_registration(person: Person, name: str, id_number: str, phone: str) -> None:
    """Fill in both steps of the registration, with the code from the telephone; what is left is to press the button."""
    await person.go("/register")
    await person.fill("手机号码", phone)
    await person.press("发送验证码")
    await person.sees("验证码已发送到")
    await person.fill("短信验证码", await code_on(person, phone))
    await person.fill("姓名", name)
    await person.fill("身份证号码", id_number)
    await person.fill("密码", OWN_PASSWORD)
    await person.page.get_by_role("checkbox").check()


async def write(person: Person, subject: str, text: str, *, public: bool = False) -> tuple[str, str, str]:
    """Write a letter and send it; return its id, its number and its query code."""
    await person.go("/write")
    await person.page.get_by_role("radio", name=re.compile("^投诉")).check()
    await person.fill("标题", subject)
    await person.fill("来信内容", text)
    if public:
        await person.page.get_by_label("可公开，不显示姓名").check()
    return await send(person)


async def send(person: Person) -> tuple[str, str, str]:
    """Send what is written; return the letter's id, its number and its query code from the receipt."""
    await person.press("核对并发送")
    await person.press("发送来信")
    await expect(person.page.get_by_role("heading", name="回执")).to_be_visible()
    letter_id = person.page.url.split("/")[-2]
    number = await person.page.locator("#letter-number").inner_text()
    return letter_id, number, await person.page.locator("#query-code").inner_text()


async def open_order(person: Person, shelf: str, subject: str) -> None:
    """Open the letter with this subject from a list of the desk."""
    await person.go(f"/desk?list={shelf}")
    await person.finds(person.page.get_by_role("link", name=subject))
    await person.page.get_by_role("link", name=subject).click()


async def unfold(person: Person, move: str) -> None:
    """Open the form of a move that is folded away."""
    await person.page.locator(f"#move-{move} > summary").click()


async def draft_answer(person: Person, **changed: str) -> None:
    """Begin the answer, or go on with it, and fill in its five parts and its promise."""
    await person.page.get_by_role("link", name="拟写答复").click()
    for label, text in {**PARTS, **changed}.items():
        await person.page.get_by_label(label, exact=True).fill(text)
    await person.fill("承诺事项", " ".join(PROMISE))


async def pass_on(person: Person, shelf: str, subject: str, button: str, told: str) -> None:
    """Open the letter from a list and press the one button that brings it on."""
    await open_order(person, shelf, subject)
    await person.press(button)
    await person.sees(told)


async def rate(person: Person, solved: bool, level: str, reason: str = "") -> None:
    """Answer the three questions about the answer."""
    await person.follow("评价办理结果")
    await person.choose("承办单位联系过您吗？", "是")
    await person.choose("您反映的事解决了吗？", "是" if solved else "否")
    await person.choose("您对办理结果满意吗？", level)
    await person.fill("哪里没有解决，或者哪里不满意？", reason)
    await person.press("提交评价")


async def download(person: Person, link: str, within: str = "main") -> bytes:
    """Follow a link that saves a file and return what was saved."""
    async with person.page.expect_download() as waiting:
        await person.page.locator(within).get_by_role("link", name=link).click()
    return await asyncio.to_thread((await (await waiting.value).path()).read_bytes)


async def refuse_readings(person: Person) -> None:
    """Say "none of these" to whatever the assistant offers, until it knows nothing more."""
    latest = person.page.locator("#latest")
    await expect(latest).to_be_visible()
    for _ in range(REFUSED_MOST):
        refusals = latest.get_by_role("button", name=re.compile("没有我要的|都不是|没解决"))
        if not await refusals.count():
            return
        await refusals.first.click()
        await person.page.wait_for_load_state()
