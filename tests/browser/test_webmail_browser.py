"""Mail in Chromium: written and read by two citizens, kept while it is typed, put in order by keys."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import ViewportSize, expect
from support import steps
from support.chromium import ARTIFACTS, DESKTOP, PHONE, Film, Person, Stage, open_chromium
from support.scene import Scene, open_scene
from support.web import application_of, open_city, serve

from minxin.core.paging import PageRequest
from minxin.mailbox.mail.keys import role_folder
from minxin.mailbox.mail.records import FLAGGED, Box, FolderRole, MailItem

pytestmark = pytest.mark.browser
ALL = PageRequest(None, 200)


@dataclass
class Town:
    """The small city with the browser before it; ``called`` are the addresses that somebody outside was asked for."""

    scene: Scene
    stage: Stage
    spy: str
    called: list[str]

    async def person(self, who: str, viewport: ViewportSize = DESKTOP, *, scripted: bool = True) -> Person:
        """Open a window for somebody of the scene, who is logged in."""
        person = await self.stage.person(who, viewport, scripted=scripted)
        cookies = self.scene.browsers[who].cookies.items()
        await person.context.add_cookies(
            [{"name": name, "value": value, "url": self.stage.base} for name, value in cookies]
        )
        return person

    async def box(self, who: str) -> Box:
        box = await self.scene.city.services.boxes.own(self.scene.actors[who])
        assert box is not None
        return box

    async def put(self, raw: bytes, who: str = "writer", role: FolderRole = FolderRole.INBOX) -> str:
        """Put a mail into a box, a second after the one before."""
        self.scene.city.clock.advance(timedelta(seconds=1))
        folder = role_folder((await self.box(who)).id, role)
        mailboxes = self.scene.city.services.mailroom.mailboxes
        made, _ = await mailboxes.append(self.scene.actors[who], folder, raw)
        await mailboxes.open(self.scene.actors[who], made)
        return made

    async def items(self, role: FolderRole, who: str = "writer") -> list[MailItem]:
        folder = role_folder((await self.box(who)).id, role)
        mailboxes = self.scene.city.services.mailroom.mailboxes
        return (await mailboxes.items(self.scene.actors[who], folder, ALL)).items


@pytest.fixture
async def town(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    called: list[str] = []

    async def answer(asked: web.Request) -> web.Response:
        called.append(asked.path)
        return web.Response(text="")

    listener = web.Application()
    listener.router.add_route("*", "/{any:.*}", answer)
    film = Film(ARTIFACTS / request.node.name.removeprefix("test_"))
    async with (
        serve(listener) as spy,
        open_city(tmp_path, secure_cookies=False) as city,
        open_chromium() as chromium,
        serve(application_of(city)) as site,
        open_scene(city, site) as scene,
    ):
        town = Town(scene, Stage(chromium, site, film), spy, called)
        yield town
        town.stage.is_content()


async def test_a_mail_with_a_file_goes_to_another_citizen_who_answers_on_his_phone(town: Town) -> None:
    writer, neighbour = await town.person("writer"), await town.person("neighbour", PHONE)
    await writer.go("/box")
    await writer.look("empty")
    await writer.follow("写邮件")
    await writer.fill("收件人", f"邻居 <{(await town.box('neighbour')).address}>")
    await writer.fill("邮件主题", "楼下的路灯")
    await writer.fill(
        "邮件正文", "您好，楼下的路灯坏了，一起报修吗？\n照片在附件里，办理页面 https://www.example.cn/lamp。"
    )
    await writer.page.get_by_label("添加附件").set_input_files(
        {"name": "路灯.jpg", "mimeType": "image/jpeg", "buffer": steps.photograph("steelblue")}
    )
    await expect(writer.page.locator("[data-attached]")).to_contain_text("路灯.jpg")
    await expect(writer.page.locator("[data-saved]")).to_contain_text("已自动保存")
    await writer.look("compose")
    await writer.page.get_by_role("button", name="发送", exact=True).dblclick()
    await writer.sees("邮件已发出", "楼下的路灯")
    await writer.look("sent")
    assert len(await town.items(FolderRole.INBOX, "neighbour")) == 1

    await neighbour.go("/box")
    await neighbour.look("phone-list")
    await neighbour.press("楼下的路灯")
    await neighbour.sees("一起报修吗")
    link = neighbour.page.get_by_role("link", name="https://www.example.cn/lamp")
    assert await link.get_attribute("rel") == "noopener noreferrer nofollow"
    await expect(neighbour.page.get_by_role("img", name="路灯.jpg 的预览")).to_be_visible()
    await neighbour.look("phone-mail")
    await neighbour.follow("回复")
    await expect(neighbour.page.get_by_label("邮件主题")).to_have_value("Re: 楼下的路灯")
    await neighbour.page.keyboard.type("好的，一起报修。")
    await neighbour.look("phone-answer")
    await neighbour.press("发送")
    await neighbour.sees("邮件已发出")

    await writer.go("/box")
    await writer.press("Re: 楼下的路灯")
    await writer.sees("好的，一起报修。")
    await expect(writer.page.locator(".mailbox-said")).to_have_count(1)
    await writer.look("conversation")


async def test_a_draft_survives_a_closed_window_and_a_page_left_in_the_middle_of_a_word(town: Town) -> None:
    writer = await town.person("writer")
    await writer.go("/box/compose")
    await writer.fill("收件人", "半个地址")
    await writer.fill("邮件主题", "没有写完")
    await writer.fill("邮件正文", "第一句。")
    await expect(writer.page.locator("[data-saved]")).to_contain_text("已自动保存")
    await writer.page.get_by_label("邮件正文").fill("第一句。第二句")
    await writer.go("/box?folder=drafts")  # before the next saving is due
    await writer.finds(writer.page.get_by_text("第二句"))
    await writer.look("drafts")
    await writer.page.close()
    writer.page = await writer.context.new_page()
    await writer.go("/box?folder=drafts")
    await writer.follow("没有写完")
    await expect(writer.page.get_by_label("邮件正文")).to_have_value(re.compile("第一句。第二句"))
    await expect(writer.page.get_by_label("收件人")).to_have_value("半个地址")
    await writer.press("发送")
    await writer.sees("不是完整的邮箱地址")
    await writer.look("refused")
    await expect(writer.page.get_by_label("邮件正文")).to_have_value(re.compile("第二句"))
    assert len(await town.items(FolderRole.DRAFTS)) == 1
    await writer.press("舍弃")
    await writer.sees("草稿已舍弃")
    assert await town.items(FolderRole.DRAFTS) == []


async def test_many_mails_are_ticked_and_moved_at_once(town: Town) -> None:
    for number in range(30):
        await town.put(f"From: 王五 <wang@far.example>\r\nSubject: 通知 {number:02}\r\n\r\n第 {number} 条\r\n".encode())
    writer = await town.person("writer")
    await writer.go("/box/folders")
    await writer.fill("文件夹名称", "工作/2026")
    await writer.press("建文件夹")
    await writer.sees("文件夹已建立")
    await writer.look("folders")
    await writer.go("/box")
    await writer.page.get_by_label("选中： 通知 29").check()
    await expect(writer.page.get_by_label("选中本页全部")).to_be_visible()
    await writer.page.get_by_label("选中本页全部").check()
    await writer.sees("已选 25 封")
    await writer.look("ticked")
    await writer.page.get_by_label("移动到哪个文件夹").select_option(label="工作/2026")
    await writer.press("移动")
    await writer.sees("已移动", "通知 04")
    assert len(await town.items(FolderRole.INBOX)) == 5
    await writer.go("/box?q=第 7 条")
    await expect(writer.page.locator(".message-snippet mark").first).to_have_text("第")
    await writer.look("found")


async def test_everything_is_done_by_keys(town: Town) -> None:
    for number in range(3):
        await town.put(f"From: 王五 <wang@far.example>\r\nSubject: 信 {number}\r\n\r\nx\r\n".encode())
    writer = await town.person("writer")
    keys = writer.page.keyboard
    await writer.go("/box")
    await keys.press("?")
    await expect(writer.page.get_by_role("dialog")).to_be_visible()
    await writer.look("keys")
    await keys.press("Escape")
    await keys.press("j")
    await keys.press("j")
    await expect(writer.page.get_by_role("button", name="信 1", exact=True)).to_be_focused()
    await keys.press("s")
    await writer.sees("已标星")
    flagged = [one.subject for one in await town.items(FolderRole.INBOX) if FLAGGED in one.flags]
    assert flagged == ["信 1"]
    await keys.press("j")
    await keys.press("o")
    await expect(writer.page.get_by_role("heading", name="信 2")).to_be_visible()
    await writer.look("opened")
    await keys.press("j")
    await expect(writer.page.get_by_role("heading", name="信 1")).to_be_visible()
    await keys.press("e")
    await writer.sees("已归档")
    assert [one.subject for one in await town.items(FolderRole.ARCHIVE)] == ["信 1"]
    await keys.press("j")
    await keys.press("#")
    await writer.sees("已删除")
    assert [one.subject for one in await town.items(FolderRole.TRASH)] == ["信 2"]
    await keys.press("/")
    await keys.type("jcr")
    await expect(writer.page.get_by_role("searchbox")).to_have_value("jcr")
    await writer.go("/box")
    await keys.press("j")
    await keys.press("r")
    await expect(writer.page.get_by_label("收件人")).to_have_value("王五 <wang@far.example>")
    await writer.go("/box")
    await keys.press("c")
    await expect(writer.page.get_by_role("heading", name="写邮件")).to_be_visible()


async def test_hostile_html_runs_nothing_and_loads_nothing_until_its_reader_asks(town: Town) -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "spy@far.example", "看图"
    message.set_content("纯文本")
    message.add_alternative(
        f'<p id="shown">看图</p><script>window.__x=1;fetch("{town.spy}/script")</script>'
        f'<img src="{town.spy}/pixel.png"><img src=x onerror="window.__x=1">'
        f'<link rel="stylesheet" href="{town.spy}/style.css"><div style="background:url({town.spy}/back.png)">x</div>'
        '<img src="https://far.example/asked.png"><form action="/logout" method="post"><button>go</button></form>',
        subtype="html",
    )
    made = await town.put(message.as_bytes())
    writer = await town.person("writer")
    await writer.go(f"/box/{made}")
    await writer.look("mail")
    async with writer.context.expect_page() as opening:
        await writer.follow("按原样式显示")
    shown = await opening.value
    await expect(shown.locator("p")).to_have_text("看图")
    assert await shown.locator("form, script, link, [style]").count() == 0
    assert town.called == []
    assert writer.foreign == []
    await writer.page.locator("summary", has_text="网络图片").click()
    await writer.sees("对方就会知道")
    await writer.look("asked")
    async with writer.context.expect_page() as opening:
        await writer.follow("加载网络图片并显示")
    asked = await opening.value
    await asked.wait_for_load_state()
    assert town.called == []  # plain HTTP is never loaded
    assert writer.foreign == ["https://far.example/asked.png"]
    for page in (shown, asked):
        # The document itself may run nothing; the test's own words are run beside its policy.
        assert await page.evaluate("() => window.__x") is None
    writer.foreign = []
    writer.complaints = [one for one in writer.complaints if "ERR_NAME_NOT_RESOLVED" not in one]


async def test_the_box_is_read_in_english_and_large_print_on_a_phone(town: Town) -> None:
    room = town.scene.city.services.mailroom
    office = await room.keeping.box_of_office(town.scene.actors["handler"].office_id or "")
    handler = town.scene.actors["handler"]
    raw = "From: 李四 <lisi@far.example>\r\nSubject: 求助：楼下油烟\r\n\r\n请帮忙。\r\n".encode()
    made, _ = await room.mailboxes.append(handler, role_folder(office.id, FolderRole.INBOX), raw)
    await room.mailboxes.open(handler, made)
    staff = await town.person("handler", PHONE)
    await staff.go(f"/box?box={office.id}&lang=en")
    await staff.look("english-list")
    await staff.press("求助：楼下油烟")
    await staff.press("Take it upon me")
    await staff.sees("taken by")
    await staff.look("english-mail")
    await staff.go(f"/box/compose?answer={made}&text=large")
    await staff.look("english-large-answer")
    await staff.go(f"/box/folders?box={office.id}")
    await staff.look("english-folders")


async def test_mail_is_written_and_sent_without_scripts(town: Town) -> None:
    writer = await town.person("writer", PHONE, scripted=False)
    await writer.go("/box/compose")
    await writer.fill("收件人", (await town.box("neighbour")).address)
    await writer.fill("邮件主题", "不用脚本")
    await writer.fill("邮件正文", "也能发出。")
    await writer.page.get_by_label("添加附件").set_input_files(
        {"name": "a.txt", "mimeType": "text/plain", "buffer": b"1"}
    )
    await writer.press("上传附件")
    await writer.sees("a.txt")
    await writer.press("发送")
    await writer.sees("邮件已发出")
    assert [one.subject for one in await town.items(FolderRole.INBOX, "neighbour")] == ["不用脚本"]
