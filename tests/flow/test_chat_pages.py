"""The live chat through its pages: visitor and staff in two browsers, with sockets, with polls and with forms alone."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, WSServerHandshakeError
from support.desk import Staff
from support.letters import become_citizen
from support.web import PASSWORD, Browser, City

from minxin.consult.chat.records import Conversation, Stage
from minxin.core.actor import Role
from minxin.core.store import Queue

ASK = "楼下烧烤店每晚油烟很大怎么办"


async def call_person(browser: Browser, text: str = ASK) -> None:
    """Say something to the assistant and call a person."""
    await browser.get("/ask")
    await browser.submit("/ask", q=text)
    await browser.submit("/ask", q="", do="person")


async def the_conversation(city: City) -> Conversation:
    found = await city.store.conversations_in(tuple(Stage))
    assert len(found) == 1
    return found[0]


@asynccontextmanager
async def socket(browser: Browser, path: str, **headers: str) -> AsyncIterator[ClientWebSocketResponse]:
    given = {"Origin": browser.base, **headers}
    async with ClientSession() as session:
        async with session.ws_connect(browser.base + path, headers=browser._headers(given)) as opened:
            yield opened


async def hear(opened: ClientWebSocketResponse, wanted: str) -> dict[str, Any]:
    """Return the first frame that holds the words."""
    async with asyncio.timeout(5):
        while True:
            message = await opened.receive()
            assert message.type is WSMsgType.TEXT, message
            if wanted in message.data:
                frame: dict[str, Any] = json.loads(message.data)
                return frame


async def go_on_duty(browser: Browser) -> None:
    await browser.get("/desk/chats")
    await browser.submit("/desk/chats/duty", on="1", most="3")
    assert "离岗" in browser.text, browser.text


async def test_visitor_and_staff_talk_over_sockets(city: City, browser: Browser, staff: Staff) -> None:
    clerk = await staff(Role.CLERK, office_id="zhongxin")
    await go_on_duty(clerk)
    await call_person(browser)
    assert "clerk0岗正在为您服务" in browser.text
    one = await the_conversation(city)

    await clerk.get(f"/desk/chats/{one.id}")
    assert ASK in clerk.text
    async with (
        socket(browser, f"/ask/live?after={one.length}") as visitor_hears,
        socket(clerk, f"/desk/chats/live?chat={one.id}&after={one.length}") as staff_hears,
    ):
        await clerk.submit(f"/desk/chats/{one.id}/say", text="您好，请问是哪条路？")
        frame = await hear(visitor_hears, "请问是哪条路")
        assert [message["author"] for message in frame["messages"]] == ["staff"]
        await browser.get("/ask")
        await browser.submit("/ask/say", text="听涛路 <b>12</b> 号")
        frame = await hear(staff_hears, "听涛路")
        assert "&lt;b&gt;12" in frame["messages"][-1]["html"]
        await visitor_hears.send_str("typing")
        assert await hear(staff_hears, '"typing":["visitor"]')
        await staff_hears.send_str("typing")
        assert await hear(visitor_hears, '"typing":["staff"]')

    await clerk.get(f"/desk/chats/{one.id}")
    await clerk.submit(f"/desk/chats/{one.id}/say", text="已登记，今晚去查。")
    await clerk.submit(f"/desk/chats/{one.id}/end")
    await browser.get("/ask")
    assert "本次咨询已结束" in browser.text
    await browser.submit("/ask/rate", rating="4")
    assert "您评了 4 分" in browser.text
    assert (await the_conversation(city)).rating == 4


async def test_threat_of_a_visitor_is_marked_for_the_staff_alone_who_may_still_answer(
    city: City, browser: Browser, staff: Staff
) -> None:
    clerk = await staff(Role.CLERK, office_id="zhongxin")
    await go_on_duty(clerk)
    await call_person(browser)
    one = await the_conversation(city)
    path = f"/desk/chats/{one.id}"
    async with socket(clerk, f"/desk/chats/live?chat={one.id}&after={one.length}") as staff_hears:
        await browser.submit("/ask/say", text="再不来人我弄死你<b>")
        frame = await hear(staff_hears, "弄死你")
    assert "威胁 <mark>弄死你</mark>" in frame["messages"][-1]["html"]
    await clerk.get(path)
    assert clerk.text.count("可能含有辱骂或者威胁：") == 1
    assert "威胁 <mark>弄死你</mark>" in clerk.text
    await clerk.submit(f"{path}/say", text="请不要说“弄死你”，我们今晚去查。")
    assert clerk.status == 200
    assert clerk.text.count("可能含有辱骂或者威胁：") == 1
    await browser.get("/ask")
    assert "我们今晚去查" in browser.text
    assert "可能含有辱骂或者威胁" not in browser.text


async def test_a_citizen_whom_nobody_serves_has_a_letter_with_its_number_at_once(city: City, browser: Browser) -> None:
    await become_citizen(browser, city)
    await browser.log_in("13812345678", PASSWORD)
    before = await city.store.waiting(Queue.JOBS)
    await call_person(browser)
    assert "您的咨询已转为来信 2026-000001" in browser.text
    assert (await the_conversation(city)).stage is Stage.LETTER
    assert await city.store.waiting(Queue.JOBS) == before + 1


async def test_an_unknown_visitor_is_told_when_somebody_is_there_and_has_a_letter_after_log_in(
    city: City, browser: Browser, other_browser: Browser
) -> None:
    await become_citizen(other_browser, city)
    await call_person(browser)
    assert "目前没有工作人员能够接待" in browser.text
    assert "起有人在岗" in browser.text
    assert (await the_conversation(city)).stage is Stage.LEFT

    await browser.log_in("13812345678", PASSWORD)
    assert (await the_conversation(city)).stage is Stage.LETTER
    await browser.get("/ask")
    assert "2026-000001" in browser.text


async def test_his_words_are_carried_into_a_draft_through_the_log_in(
    city: City, browser: Browser, other_browser: Browser
) -> None:
    await become_citizen(other_browser, city)
    await call_person(browser)
    await browser.submit("/ask/letter")
    assert browser.path.startswith("/login")
    await browser.submit("/login", identifier="13812345678", password=PASSWORD)
    assert browser.path.startswith("/ask")
    await browser.submit("/ask/letter")
    assert browser.path.startswith("/drafts/"), browser.path
    assert ASK in browser.text


async def test_a_page_without_sockets_polls(city: City, browser: Browser, staff: Staff) -> None:
    clerk = await staff(Role.CLERK, office_id="zhongxin")
    await go_on_duty(clerk)
    await call_person(browser)
    one = await the_conversation(city)
    frame = json.loads(await browser.get(f"/ask/poll?after={one.length}"))
    assert (frame["stage"], frame.get("messages", [])) == ("served", [])

    waiting = asyncio.create_task(browser.get(f"/ask/poll?after={one.length}&mark={frame['mark']}"))
    await clerk.get(f"/desk/chats/{one.id}")
    await clerk.submit(f"/desk/chats/{one.id}/say", text="您好")
    async with asyncio.timeout(5):
        frame = json.loads(await waiting)
    assert [message["seq"] for message in frame["messages"]] == [one.length + 1]


async def test_a_script_is_told_the_number_or_what_is_wrong(city: City, browser: Browser, staff: Staff) -> None:
    clerk = await staff(Role.CLERK, office_id="zhongxin")
    await go_on_duty(clerk)
    await call_person(browser)
    fields = {**browser.hidden("/ask/say"), "text": "在吗"}
    one = await the_conversation(city)
    said = [json.loads(await browser.post("/ask/say", fields, Accept="application/json")) for _ in range(2)]
    assert said == [{"seq": one.length + 1}] * 2, "the same token is the same message"
    answer = json.loads(
        await browser.post("/ask/say", {**fields, "form_token": "", "text": " "}, Accept="application/json")
    )
    assert browser.status == 422
    assert answer == {"error": "请写点内容，或者选择一个文件。"}


async def test_a_file_comes_with_the_words_and_opens_to_both(city: City, browser: Browser, staff: Staff) -> None:
    clerk = await staff(Role.CLERK, office_id="zhongxin")
    await go_on_duty(clerk)
    await call_person(browser)
    await browser.send_files("/ask/say", [("说明.txt", "店门口照片".encode())], text="见附件")
    assert browser.status == 200, browser.text
    one = await the_conversation(city)
    (path,) = re.findall(r'href="(/ask/files/[^"]+)"', browser.text)
    assert await browser.get(path) == "店门口照片"
    await clerk.get(f"/desk/chats/{one.id}")
    (path,) = re.findall(r'href="(/desk/chats/[^"]+/files/[^"]+)"', clerk.text)
    assert await clerk.get(path) == "店门口照片"


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}])
async def test_a_foreign_page_gets_no_socket(
    city: City, browser: Browser, staff: Staff, headers: dict[str, str]
) -> None:
    await go_on_duty(await staff(Role.CLERK, office_id="zhongxin"))
    await call_person(browser)
    with pytest.raises(WSServerHandshakeError) as refused:
        async with socket(browser, "/ask/live", **headers):
            pass
    assert refused.value.status == 403


async def test_another_browser_finds_no_conversation(city: City, browser: Browser, other_browser: Browser) -> None:
    await call_person(browser)
    await other_browser.get("/ask/poll")
    assert other_browser.status == 404
    with pytest.raises(WSServerHandshakeError) as refused:
        async with socket(other_browser, "/ask/live"):
            pass
    assert refused.value.status == 404


async def test_who_logs_out_leaves_nothing_to_the_next_at_this_machine(city: City, browser: Browser) -> None:
    await become_citizen(browser, city)
    await browser.log_in("13812345678", PASSWORD)
    await call_person(browser)
    await browser.submit("/logout")
    await browser.get("/ask")
    assert ASK not in browser.text


async def test_a_socket_that_sends_too_much_is_closed(city: City, browser: Browser, staff: Staff) -> None:
    await go_on_duty(await staff(Role.CLERK, office_id="zhongxin"))
    await call_person(browser)
    async with socket(browser, "/ask/live?after=99") as opened:
        for _ in range(50):
            await opened.send_str("typing")
        async with asyncio.timeout(5):
            while (message := await opened.receive()).type is WSMsgType.TEXT:
                pass
    assert message.type in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING)


async def test_staff_pass_a_conversation_on_and_the_lists_show_it(city: City, browser: Browser, staff: Staff) -> None:
    clerk = await staff(Role.CLERK, office_id="zhongxin")
    handler = await staff(Role.HANDLER)
    await go_on_duty(clerk)
    await go_on_duty(handler)
    await call_person(browser)
    one = await the_conversation(city)
    await clerk.get("/desk/chats")
    assert ASK in clerk.text
    await clerk.get(f"/desk/chats/{one.id}")
    assert '<option value="cgj">' in clerk.text
    await clerk.submit(f"/desk/chats/{one.id}/say", text="这要问城管局")
    assert "<strong>您</strong>" in clerk.text
    await clerk.submit(f"/desk/chats/{one.id}/transfer", office_id="cgj")
    await handler.get(f"/desk/chats/{one.id}")
    assert "这要问城管局" in handler.text
    assert "<strong>clerk0岗</strong>" in handler.text
    assert "<strong>您</strong>" not in handler.text
    await handler.get("/desk/chats")
    assert ASK in handler.text
    assert (await the_conversation(city)).staff_post == "handler1岗"
    await clerk.get(f"/desk/chats/{one.id}")
    assert clerk.status == 200, "the centre goes on reading"


async def test_nobody_is_passed_on_to_an_office_where_nobody_is(city: City, browser: Browser, staff: Staff) -> None:
    clerk = await staff(Role.CLERK, office_id="zhongxin")
    await go_on_duty(clerk)
    await call_person(browser)
    one = await the_conversation(city)
    await clerk.get(f"/desk/chats/{one.id}")
    assert "目前没有其他单位的人员在岗" in clerk.text
    await clerk.submit(f"/desk/chats/{one.id}/transfer", office_id="cgj")
    assert clerk.status == 422
    assert "这个单位目前没有人在岗" in clerk.text
    assert (await the_conversation(city)).staff_post == "clerk0岗"


async def test_managers_see_the_figures(city: City, browser: Browser, staff: Staff) -> None:
    manager = await staff(Role.MANAGER, office_id="zhongxin")
    await call_person(browser)
    city.clock.advance(timedelta(minutes=1))
    await manager.get("/manage/chats")
    assert "转人工情况" in manager.text


async def test_an_idle_log_in_ends_though_its_page_stays_open(city: City, staff: Staff) -> None:
    clerk = await staff(Role.CLERK, office_id="zhongxin")
    for _ in range(4):
        city.clock.advance(timedelta(minutes=10))
        await clerk.get("/desk/chats/poll")
    assert clerk.path.startswith("/login")


async def test_staff_are_told_when_a_conversation_is_theirs_no_more(city: City, browser: Browser, staff: Staff) -> None:
    clerk = await staff(Role.CLERK, office_id="zhongxin")
    await become_citizen(browser, city)
    await browser.log_in("13812345678", PASSWORD)
    await go_on_duty(clerk)
    await call_person(browser)
    one = await the_conversation(city)
    async with socket(clerk, f"/desk/chats/live?chat={one.id}&after={one.length}") as hears:
        city.clock.advance(timedelta(minutes=6))
        await city.services.chat.tending.tend()
        await city.services.chat.tending.tend()
        assert (await the_conversation(city)).stage is Stage.LETTER
        assert (await hear(hears, "您不能再查看这段咨询"))["stage"] == "gone"
