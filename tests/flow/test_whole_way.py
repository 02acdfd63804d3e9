"""A letter goes the whole way, over real HTTP and SMTP sockets, through the installed command."""

from __future__ import annotations

import asyncio
import re
import smtplib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from email.message import EmailMessage
from typing import Any

import msgspec
import pytest
from support.dispatching import order_at, until
from support.live import HOST, LiveCity, audit_verify
from support.people import People
from support.web import Browser

OFFICE = "chengguan"
PARTS = {
    "finding": "经现场检查，反映情况属实。",
    "basis": "《滨海市城市照明管理办法》第十二条",
    "result": "已更换灯具，6月30日前完成全部检修。",
    "contact": "王工 0399-5550000",
    "remedy": "对答复不满意的，可以申请复查。",
}
PROMISE = {"text": "完成全部检修", "until": "2099-06-30"}


@pytest.fixture
async def city(live_city: LiveCity) -> AsyncIterator[LiveCity]:
    await live_city.start()
    yield live_city
    assert await live_city.stop() == 0


@pytest.fixture
async def people(city: LiveCity) -> AsyncIterator[People]:
    async with AsyncExitStack() as stack:
        yield People(city, stack)


async def _write(browser: Browser, text: str) -> str:
    """Write by the form; return the letter's id."""
    await browser.get("/write")
    await browser.submit("/write", kind="complaint", subject="路灯不亮", text=text, place="文庙街")
    assert browser.path.endswith("/receipt"), browser.text
    return browser.path.split("/")[2]


async def _answer(people: People, order: str, signer: str, **signature: str) -> None:
    """Draft, review and sign an answer."""
    handler = await people.api(f"{OFFICE}.handler1")
    await handler.post(f"/orders/{order}/submit", **PARTS, promises=[PROMISE])
    assert handler.status == 200
    reviewer = await people.api(f"{OFFICE}.reviewer1")
    await reviewer.post(f"/orders/{order}/approve")
    assert reviewer.status == 200
    signing = await people.api(signer)
    await signing.post(f"/orders/{order}/sign_off", **signature)
    assert signing.status == 200


async def test_letter_goes_from_the_form_to_a_satisfied_writer(city: LiveCity, people: People) -> None:
    writer = await people.browser("citizen7")
    letter_id = await _write(writer, "文庙街路灯坏了一个星期，晚上老人摔过跤，请城管局尽快维修路灯。")
    order = await order_at(people.api, letter_id, OFFICE)

    handler = await people.api(f"{OFFICE}.handler1")
    await handler.post(f"/orders/{order}/sign_for")
    assert handler.status == 200
    await writer.get(f"/letters/{letter_id}")
    assert "签收" in writer.text and "承办人" in writer.text
    assert await until(lambda: _sms(city, "给您写了信"))

    asked = await handler.post(f"/orders/{order}/ask_papers", text="请提供路灯杆号的照片。")
    assert handler.status == 200, asked["errors"]
    await writer.get(f"/letters/{letter_id}/orders/{order}/papers")
    await writer.submit(f"/letters/{letter_id}/orders/{order}/papers", text="杆号 W-1024")
    assert writer.status == 200

    incomplete = await handler.post(f"/orders/{order}/submit", **{**PARTS, "basis": ""}, promises=[])
    assert handler.status == 422
    assert [error["field"] for error in incomplete["errors"]] == ["basis"]
    await _answer(people, order, f"{OFFICE}.signer1")

    assert await until(lambda: _in_box(writer, "给您写了答复|已答复"))
    await writer.get(f"/letters/{letter_id}")
    assert PARTS["basis"] in writer.text and PROMISE["text"] in writer.text

    citizen = await people.api("citizen7")
    await citizen.post(f"/orders/{order}/rate", level="dissatisfied", contacted=True, solved=False, reason="灯又灭了")
    assert citizen.status == 200
    await _answer(people, order, "zhongxin.manager1", reason="灯具已再次更换，结论不变")
    await citizen.post(f"/orders/{order}/rate", level="satisfied", contacted=True, solved=True, reason="")
    letter = await citizen.get(f"/letters/{letter_id}")
    assert letter["stage"] == "closed"

    manager = await people.browser("zhongxin.manager1")
    await manager.get("/manage")
    assert manager.status == 200
    assert (await audit_verify(city.data))[0] == 0


async def test_mail_of_a_registered_citizen_is_a_letter_and_of_a_stranger_is_held(
    city: LiveCity, people: People
) -> None:
    first = await asyncio.to_thread(_send, city, "citizen8@home.example", "<one@home.example>")
    again = await asyncio.to_thread(_send, city, "citizen8@home.example", "<one@home.example>")
    stranger = await asyncio.to_thread(_send, city, "stranger@elsewhere.example", "<two@elsewhere.example>")
    assert first == again == stranger
    assert first[0] == 250

    writer = await people.api("citizen8")

    async def routed() -> Any:
        letters = (await writer.get("/letters"))["items"]
        return [letter for letter in letters if letter["subject"] == "自来水浑浊" and letter["stage"] != "received"]

    (letter,) = await until(routed)
    assert len((await writer.get("/letters"))["items"]) == 1
    assert await until(lambda: _sms(city, f"编号{letter['number']}"))
    clerk = await people.browser("zhongxin.clerk1")
    await clerk.get("/held-mail")
    assert "自来水浑浊" in clerk.text


async def _sms(city: LiveCity, words: str) -> list[str]:
    texts = [msgspec.json.decode(path.read_bytes())["text"] for path in (city.data / "sms").glob("*") if path.is_file()]
    return [text for text in texts if words in text]


async def _in_box(browser: Browser, words: str) -> bool:
    return bool(re.search(words, await browser.get("/box")))


def _send(city: LiveCity, sender: str, message_id: str) -> tuple[int, str]:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "mayor@binhai.example", "自来水浑浊"
    mail["Message-ID"], mail["Date"] = message_id, "Mon, 02 Mar 2026 10:00:00 +0800"
    mail.set_content("家里的自来水这三天一直是黄的，水务公司电话打不通。")
    with smtplib.SMTP(HOST, city.smtp_port, timeout=20) as client:
        client.ehlo("home.example")
        client.mail(sender)
        client.rcpt("mayor@binhai.example")
        status, reply = client.data(mail.as_bytes())
    return status, reply.decode()
