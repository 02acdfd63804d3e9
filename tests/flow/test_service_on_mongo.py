"""The whole service on MongoDB, through its own doors: what works on the file works there, and nothing opens a file."""

from __future__ import annotations

import asyncio
import re
import smtplib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from support.caller import Caller
from support.dispatching import order_at, until
from support.live import HOST, LiveCity, audit_verify
from support.mongo_city import moved
from support.people import People
from support.web import Browser

OFFICE = "chengguan"
NOTE = b"a note beside the letter\n"
ITEM = re.compile(r'href="/disk/items/([\w-]{22})"')
PARTS = {
    "finding": "经现场检查，反映情况属实。",
    "basis": "《滨海市城市照明管理办法》第十二条",
    "result": "已更换灯具，6月30日前完成全部检修。",
    "contact": "王工 0399-5550000",
    "remedy": "对答复不满意的，可以申请复查。",
}
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("on_mongo")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(prepared: Path, folder: Path) -> AsyncIterator[LiveCity]:
    """One service for all tests of this module."""
    opened = await moved(prepared, folder)
    await opened.start()
    yield opened
    assert await opened.stop() == 0
    assert not list(opened.data.glob("*.db*")), "something made a file of its own"


@pytest_asyncio.fixture(loop_scope="module")
async def people(city: LiveCity) -> AsyncIterator[People]:
    async with AsyncExitStack() as stack:
        yield People(city, stack)


async def sms(city: LiveCity, words: str) -> list[str]:
    """Return the texts that went out with these words."""
    texts = [msgspec.json.decode(path.read_bytes())["text"] for path in (city.data / "sms").glob("*") if path.is_file()]
    return [text for text in texts if words in text]


async def download(browser: Browser, path: str) -> bytes:
    async with browser._session.get(browser.base + path, headers=browser._headers({})) as response:
        assert response.status == 200
        return await response.read()


async def test_letter_with_a_file_goes_the_whole_way(city: LiveCity, people: People) -> None:
    writer = await people.browser("citizen7")
    await writer.get("/write")
    text = "文庙街路灯坏了一个星期，晚上老人摔过跤，请城管局尽快维修路灯。"
    fields = {"kind": "complaint", "subject": "路灯不亮", "text": text, "place": "文庙街"}
    await writer.send_files("/write", [("note.txt", NOTE)], **fields)
    assert writer.path.endswith("/receipt"), writer.text
    letter_id = writer.path.split("/")[2]
    order = await order_at(people.api, letter_id, OFFICE)
    promise = {"text": "完成全部检修", "until": "2099-06-30"}
    for login, move, given in (
        ("handler1", "sign_for", {}),
        ("handler1", "submit", {**PARTS, "promises": [promise]}),
        ("reviewer1", "approve", {}),
        ("signer1", "sign_off", {}),
    ):
        staff = await people.api(f"{OFFICE}.{login}")
        await staff.post(f"/orders/{order}/{move}", **given)
        assert staff.status == 200, move

    await writer.get(f"/letters/{letter_id}")
    assert PARTS["basis"] in writer.text
    file = re.search(rf'href="(/letters/{letter_id}/files/[^"]+)"', writer.text)
    assert file is not None, writer.text
    assert await download(writer, file[1]) == NOTE
    assert await until(lambda: sms(city, "给您写了"))

    async def told() -> bool:
        await writer.get("/box")
        return "给您写了答复" in writer.text or "已答复" in writer.text

    assert await until(told)


async def test_mail_comes_in_by_smtp_and_becomes_one_letter(city: LiveCity) -> None:
    first = await asyncio.to_thread(_send, city)
    again = await asyncio.to_thread(_send, city)
    assert first == again and first[0] == 250
    async with city.browser("citizen8") as browser:
        writer = Caller(browser)

        async def routed() -> Any:
            letters = (await writer.get("/letters"))["items"]
            return [letter for letter in letters if letter["subject"] == "自来水浑浊" and letter["stage"] != "received"]

        assert len(await until(routed)) == 1


def _send(city: LiveCity) -> tuple[int, bytes]:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "citizen8@home.example", "mayor@binhai.example", "自来水浑浊"
    mail["Message-ID"] = "<one@home.example>"
    mail.set_content("学府街道的自来水连续三天浑浊发黄。")
    with smtplib.SMTP(HOST, city.smtp_port, timeout=60) as client:
        client.ehlo("home.example")
        client.mail("citizen8@home.example")
        client.rcpt("mayor@binhai.example")
        return client.data(mail.as_bytes())


async def test_citizens_write_to_each_other_and_find_it(city: LiveCity) -> None:
    async with city.browser("citizen9") as sender, city.browser("citizen10") as reader:
        await reader.get("/box/addresses")
        await reader.get("/box")
        address = re.search(r"[\w.]+@citizen\.binhai\.example", reader.text)
        assert address is not None, reader.text
        await sender.get("/box/compose")
        await sender.submit("/box/compose", act="send", to=address[0], subject="周末爬山", text="周六早上八点出发。")
        assert sender.status == 200, sender.text

        async def arrived() -> bool:
            await reader.get("/box")
            return "周末爬山" in reader.text

        assert await until(arrived)


async def test_file_on_the_disk_is_what_was_put_there(city: LiveCity) -> None:
    async with city.browser("citizen11") as owner:
        await owner.get("/disk")
        await owner.send_files("/disk/files", [("plan.txt", NOTE * 9_000)])
        assert "文件已存入网络硬盘" in owner.text
        item = ITEM.search(owner.text)
        assert item is not None
        assert await download(owner, f"/disk/items/{item[1]}/file") == NOTE * 9_000


async def test_visitor_calls_a_person_and_is_answered(city: LiveCity) -> None:
    async with city.browser("zhongxin.clerk2") as clerk, city.browser() as visitor:
        await clerk.get("/desk/chats")
        await clerk.submit("/desk/chats/duty", on="1", most="3")
        await visitor.get("/ask")
        await visitor.submit("/ask", q="楼下烧烤店每晚油烟很大怎么办")
        assert visitor.status == 200
        await visitor.submit("/ask", q="", do="person")
        assert "正在为您服务" in visitor.text, visitor.text


async def test_official_notice_reaches_the_boxes(city: LiveCity) -> None:
    async with city.browser(f"{OFFICE}.handler1") as author, city.browser(f"{OFFICE}.reviewer1") as chief:
        path = "/desk/official/new"
        await author.get(path)
        await author.submit(path, subject="停水通知", text="六月三日停水检修。", reach="all", area="", replies="")
        notice = author.path.rsplit("/", 1)[1]
        await author.submit(f"/desk/official/{notice}/submit")
        await chief.get(f"/desk/official/{notice}")
        await chief.submit(f"/desk/official/{notice}/approve")
        assert chief.status == 200, chief.text
    async with city.browser("citizen12") as reader:

        async def arrived() -> bool:
            await reader.get("/box")
            return "停水通知" in reader.text

        assert await until(arrived)


async def test_figures_search_and_lists_are_shown(city: LiveCity) -> None:
    async with city.browser("zhongxin.manager1") as manager:
        for path in ("/manage", "/desk", "/manage/hot", "/desk/knowledge?q=路灯"):
            await manager.get(path)
            assert manager.status == 200, path


async def test_every_chain_holds_beside_the_service(city: LiveCity) -> None:
    status, output = await audit_verify(city.data, city.store)
    assert status == 0, output
