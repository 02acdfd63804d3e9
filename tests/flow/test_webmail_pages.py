"""Mail in the browser without scripts: written, kept as a draft, sent once, read, answered, and put in order."""

from __future__ import annotations

import html
import re
from email import message_from_bytes

import pytest
from support.scene import Scene
from support.web import Browser

from minxin.core.changes import Changes, blob_of
from minxin.core.paging import PageRequest
from minxin.mailbox.mail.keys import mail_usage, role_folder
from minxin.mailbox.mail.records import ANSWERED, DRAFT, FLAGGED, FORWARDED, SEEN, Box, FolderRole, MailItem

ALL = PageRequest(None, 200)
HTML = (
    b"Subject: html\r\nContent-Type: text/html\r\n\r\n"
    b'<p onclick="x()">shown</p><script>alert(1)</script><img src="https://far.example/p.png"><img src="http://far.example/q.png">'
    b'<a href="https://far.example/">there</a>'
)


async def box_of(scene: Scene, who: str) -> Box:
    box = await scene.city.services.boxes.own(scene.actors[who])
    assert box is not None
    return box


async def items(scene: Scene, who: str, role: FolderRole) -> list[MailItem]:
    actor = scene.actors[who]
    folder = role_folder((await box_of(scene, who)).id, role)
    return (await scene.city.services.mailroom.mailboxes.items(actor, folder, ALL)).items


async def put(scene: Scene, raw: bytes, who: str = "writer", role: FolderRole = FolderRole.INBOX) -> str:
    folder = role_folder((await box_of(scene, who)).id, role)
    made, _ = await scene.city.services.mailroom.mailboxes.append(scene.actors[who], folder, raw)
    await scene.city.services.mailroom.mailboxes.open(scene.actors[who], made)
    return made


async def compose(browser: Browser, act: str, path: str = "/box/compose", **fields: str) -> str:
    """Open the page, change some fields, and press a button."""
    await browser.get(path)
    return await press(browser, act, **fields)


def typed(text: str) -> dict[str, str]:
    """Return what stands in the fields of the page."""
    found = {
        name: html.unescape(value)
        for name, value in re.findall(r'<input class="[^"]*" id="field-(\w+)"[^>]*? value="([^"]*)"', text, re.DOTALL)
    }
    area = re.search(r'<textarea id="field-text"[^>]*>\n(.*?)</textarea>', text, re.DOTALL)
    assert area is not None
    return {**found, "text": html.unescape(area[1])}


async def press(browser: Browser, act: str, **fields: str) -> str:
    standing = typed(browser.text)
    return await browser.submit("/box/compose", **{**standing, **fields, "act": act})


async def test_a_mail_reaches_the_other_citizen_who_answers_it(scene: Scene) -> None:
    writer, neighbour = scene.browsers["writer"], scene.browsers["neighbour"]
    to, back = (await box_of(scene, "neighbour")).address, (await box_of(scene, "writer")).address
    shown = await compose(writer, "send", to=f"邻居 <{to}>", subject="楼下的路灯", text="一起报修吗？")
    assert "邮件已发出" in shown
    (sent,) = await items(scene, "writer", FolderRole.SENT)
    assert writer.path == f"/box/{sent.id}"
    assert await items(scene, "writer", FolderRole.DRAFTS) == []

    (came,) = await items(scene, "neighbour", FolderRole.INBOX)
    assert "楼下的路灯" in await neighbour.get("/box")
    assert "一起报修吗？" in await neighbour.submit(f"/box/{came.id}/open")
    answer = await neighbour.get(f"/box/compose?answer={came.id}")
    assert typed(answer)["subject"] == "Re: 楼下的路灯"
    assert back in typed(answer)["to"]
    assert "> 一起报修吗？" in typed(answer)["text"]
    await press(neighbour, "send", text=f"好的。\n{typed(answer)['text']}")
    (answered,) = await items(scene, "neighbour", FolderRole.INBOX)
    assert ANSWERED in answered.flags

    (reply,) = await items(scene, "writer", FolderRole.INBOX)
    assert reply.thread_id == sent.thread_id
    conversation = await writer.get(f"/box/{reply.id}")
    assert f'href="/box/{sent.id}"' in conversation
    assert "会话共 2 封" in await writer.get("/box")


async def test_two_presses_of_send_send_once(scene: Scene) -> None:
    browser = scene.browsers["writer"]
    to = (await box_of(scene, "neighbour")).address
    await browser.get("/box/compose")
    fields = {**browser.hidden("/box/compose"), "to": to, "subject": "一次", "text": "x", "act": "send"}
    await browser.post("/box/compose", fields)
    first = browser.path
    await browser.post("/box/compose", fields)

    assert browser.path == first
    assert len(await items(scene, "neighbour", FolderRole.INBOX)) == 1
    assert len(await items(scene, "writer", FolderRole.SENT)) == 1
    assert await items(scene, "writer", FolderRole.DRAFTS) == []
    late = await browser.post("/box/drafts", fields)
    assert '"spent":true' in late
    assert await items(scene, "writer", FolderRole.DRAFTS) == []


async def test_a_draft_is_one_real_mail_however_often_it_is_saved(scene: Scene) -> None:
    browser, store = scene.browsers["writer"], scene.city.store
    await compose(browser, "save", to="半个地", cc="c@far.example", bcc="h@far.example", subject="草", text="第一行")
    address = browser.path
    await press(browser, "save", text="第二行")
    assert browser.path == address
    (item,) = await items(scene, "writer", FolderRole.DRAFTS)
    raw = message_from_bytes(await scene.city.services.mailroom.mailboxes.raw(scene.actors["writer"], item.id))
    again = typed(await browser.get(f"/box/compose?draft={item.id}"))

    assert item.flags == (DRAFT, SEEN)
    assert (raw["Cc"], raw["Bcc"], raw["To"]) == ("c@far.example", "h@far.example", None)
    assert (again["to"], again["bcc"], again["text"].strip()) == ("半个地", "h@far.example", "第二行")
    assert f"/box/compose?draft={item.id}" in await browser.get("/box?folder=drafts")
    used = mail_usage((await box_of(scene, "writer")).id)
    assert (await store.used([used]))[used] == item.size_bytes
    await compose(browser, "discard", f"/box/compose?draft={item.id}")
    assert await items(scene, "writer", FolderRole.DRAFTS) == []


async def test_what_is_wrong_is_told_and_nothing_typed_is_lost(scene: Scene) -> None:
    browser = scene.browsers["writer"]
    refused = await compose(browser, "send", to="nobody", subject="主题", text="正文")
    assert browser.status == 422
    assert "不是完整的邮箱地址" in refused
    assert typed(refused) | {"to": "nobody", "subject": "主题"} == typed(refused)
    assert "正文" in typed(refused)["text"]
    assert len(await items(scene, "writer", FolderRole.DRAFTS)) == 1
    unknown = await press(browser, "send", to="nobody-here@citizen.binhai.example")
    assert browser.status == 422
    assert "正文" in typed(unknown)["text"]
    assert "请填写收件人" in await press(browser, "send", to="")
    assert await items(scene, "writer", FolderRole.SENT) == []


async def test_a_full_box_refuses_the_draft_and_keeps_what_was_typed(scene: Scene) -> None:
    browser, box = scene.browsers["writer"], await box_of(scene, "writer")
    full = Box(**{name: getattr(box, name) for name in box.__struct_fields__} | {"mail_quota": 10})
    await scene.city.store.commit(Changes(puts=[full]))
    shown = await compose(browser, "send", to="a@far.example", text="很长的正文")
    assert browser.status == 507
    assert "很长的正文" in typed(shown)["text"]


async def test_files_go_along_and_are_taken_out_again(scene: Scene) -> None:
    browser = scene.browsers["writer"]
    await browser.get("/box/compose")
    fields = typed(browser.text) | {"to": (await box_of(scene, "neighbour")).address, "subject": "附件"}
    files = [("图纸.txt", b"plan " * 2_000), ("多余.txt", b"x")]
    shown = await browser.send_files("/box/compose", files, **fields, act="attach")
    assert "图纸.txt" in shown
    places = dict(zip(("图纸.txt", "多余.txt"), re.findall(r'value="drop-(\d+)"', shown), strict=True))
    shown = await press(browser, f"drop-{places['多余.txt']}")
    assert "多余.txt" not in shown
    await press(browser, "send")
    (came,) = await items(scene, "neighbour", FolderRole.INBOX)
    file, data = await scene.city.services.boxes.file(scene.actors["neighbour"], came.id, 0)
    assert (file.name, data) == ("图纸.txt", files[0][1])

    forward = await scene.browsers["neighbour"].get(f"/box/compose?answer={came.id}&way=forward")
    assert "图纸.txt" in forward
    await press(scene.browsers["neighbour"], "send", to=(await box_of(scene, "writer")).address)
    (back,) = await items(scene, "writer", FolderRole.INBOX)
    assert back.subject == "Fwd: 附件"
    (passed_on,) = await items(scene, "neighbour", FolderRole.INBOX)
    assert passed_on.flags == (FORWARDED,)
    assert "已转发" in await scene.browsers["neighbour"].get("/box")
    assert (await scene.city.services.boxes.file(scene.actors["writer"], back.id, 0))[1] == files[0][1]


async def test_a_file_of_the_disk_goes_along_without_a_second_copy(scene: Scene) -> None:
    browser, actor, store = scene.browsers["writer"], scene.actors["writer"], scene.city.store
    data = b"scan " * 4_000
    item = await scene.city.services.disk.files.put(actor, "", "扫描.txt", data, origin="test")
    await compose(browser, "disk", to="a@far.example", subject="盘")
    assert "扫描.txt" in browser.text
    shown = await browser.submit("/box/compose/disk", item=item.id)
    assert "扫描.txt" in shown
    (draft,) = await items(scene, "writer", FolderRole.DRAFTS)
    named = await store.reader.read(
        lambda db: db.execute("SELECT COUNT(*) FROM blob_names WHERE blob_id = ?", (blob_of(data).id,)).fetchone()[0]
    )
    assert named == 2
    assert draft.files == 1


async def test_mail_is_put_in_order_many_at_once(scene: Scene) -> None:
    browser = scene.browsers["writer"]
    made = [await put(scene, f"Subject: mail {number}\r\n\r\nx\r\n".encode()) for number in range(4)]
    await browser.get("/box")

    async def act(what: str, *which: int, **fields: str) -> None:
        ticked = [("item", made[number]) for number in which]
        token = browser.hidden("/box/acts") or browser.hidden("/box")
        await browser._go("POST", "/box/acts", _pairs(token, ticked, act=what, **fields), {})

    await act("read", 0, 1)
    assert {one.id for one in await items(scene, "writer", FolderRole.INBOX) if one.seen} == {made[0], made[1]}
    await act("flag", 2)
    assert FLAGGED in (await scene.city.services.mailroom.mailboxes.item(scene.actors["writer"], made[2])).flags
    await act("archive", 0, 1)
    assert len(await items(scene, "writer", FolderRole.ARCHIVE)) == 2
    await act("trash", 2)
    await act("junk", 3)
    assert "还没有消息" in browser.text or "mail 3" not in browser.text
    await browser.get("/box?folder=trash")
    await act("inbox", 2)
    assert [one.id for one in await items(scene, "writer", FolderRole.INBOX)] == [made[2]]
    await act("purge", 0)
    assert browser.status == 404  # it does not lie in the trash
    await browser.get("/box?folder=junk")
    await browser.submit("/box/empty")
    assert await items(scene, "writer", FolderRole.JUNK) == []
    await browser.get("/box")
    await act("read")
    assert "请先选中邮件" in browser.text


def _pairs(token: dict[str, str], ticked: list[tuple[str, str]], **fields: str) -> dict[str, str]:
    """aiohttp takes pairs where a name stands more than once."""
    return [*token.items(), *ticked, *fields.items()]  # type: ignore[return-value]


async def test_folders_are_made_renamed_used_and_deleted(scene: Scene) -> None:
    browser, actor = scene.browsers["writer"], scene.actors["writer"]
    made = await put(scene, b"Subject: x\r\n\r\nx\r\n")
    await browser.get("/box/folders")
    await browser.submit("/box/folders", name="工作")
    assert "工作" in browser.text
    assert "已经有" in await browser.submit("/box/folders", name="工作")
    shown = await scene.city.services.mailroom.mailboxes.folders(actor, (await box_of(scene, "writer")).id)
    folder = next(one.folder for one in shown if one.folder.name == "工作")
    await browser.get(f"/box/{made}")
    await browser.submit("/box/acts", item=made, act="move", target=folder.id)
    assert "已移动" in browser.text
    assert f"/box/{made}" in await browser.get(f"/box?folder={folder.id}")
    await browser.get("/box/folders")
    await browser.submit(f"/box/folders/{folder.id}/name", name="单位")
    assert "单位" in browser.text
    await browser.submit(f"/box/folders/{folder.id}/delete")
    assert "文件夹已删除" in browser.text
    assert ">单位<" not in browser.text
    await browser.get(f"/box/{made}")
    assert browser.status == 404


async def test_a_search_says_where_it_found_its_words(scene: Scene) -> None:
    browser = scene.browsers["writer"]
    far = "前面的话。" * 60
    await put(scene, f"From: li@far.example\r\nSubject: 通知\r\n\r\n{far}楼道里的路灯坏了\r\n".encode())
    shown = await browser.get("/box?q=路燈")
    assert "楼道里的<mark>路灯</mark>坏了" in shown
    assert "收件箱" in shown


async def test_html_runs_nothing_and_asks_nobody_unless_the_reader_does(scene: Scene) -> None:
    browser = scene.browsers["writer"]
    made = await put(scene, HTML)
    shown = await browser.get(f"/box/{made}")
    assert f'href="/box/{made}/pictures"' in shown
    assert "far.example" not in re.sub(r'href="[^"]*"', "", shown) or "<img" not in shown.split("message-text")[1][:500]
    closed = await browser.get(f"/box/{made}/html")
    assert "<img" in closed
    assert "far.example/p.png" not in closed
    assert "img-src 'self';" in browser.headers["Content-Security-Policy"]
    assert 'target="_blank"' in closed
    assert 'rel="noopener noreferrer nofollow"' in closed
    opened = await browser.get(f"/box/{made}/pictures")
    policy = browser.headers["Content-Security-Policy"]
    assert "https://far.example/p.png" in opened
    assert "http://far.example/q.png" not in opened
    assert "<script" not in opened
    assert "img-src 'self' https:;" in policy
    assert "allow-scripts" not in policy
    assert browser.headers["Referrer-Policy"] == "no-referrer"


async def test_colleagues_see_who_has_taken_a_mail_of_their_office(scene: Scene) -> None:
    handler, reviewer = scene.browsers["handler"], scene.browsers["reviewer"]
    room = scene.city.services.mailroom
    box = await room.keeping.box_of_office(scene.actors["handler"].office_id or "")
    made, _ = await room.mailboxes.append(
        scene.actors["handler"], role_folder(box.id, FolderRole.INBOX), "Subject: 求助\r\n\r\nx\r\n".encode()
    )
    assert f"/box?box={box.id}" in await handler.get("/box")
    assert "求助" in await handler.get(f"/box?box={box.id}")
    await handler.get(f"/box/{made}")
    shown = await handler.submit(f"/box/{made}/take")
    assert "已认领" in shown
    assert "已认领" in await reviewer.get(f"/box?box={box.id}")
    await reviewer.get(f"/box/{made}")
    assert "已认领" not in await reviewer.submit(f"/box/{made}/take", release="1")
    await scene.browsers["writer"].get(f"/box?box={box.id}")
    assert scene.browsers["writer"].status == 404


@pytest.mark.parametrize("kind", ["mbox", "zip"])
async def test_a_box_is_taken_along_whole(scene: Scene, kind: str) -> None:
    browser = scene.browsers["writer"]
    await put(scene, b"Subject: taken along\r\n\r\nx\r\n")
    async with browser._session.get(f"{browser.base}/box/export.{kind}", headers=browser._headers({})) as response:
        data = await response.read()
    assert response.status == 200
    assert (b"taken along" in data) if kind == "mbox" else data.startswith(b"PK")
