"""The network disk over real HTTP: what lies on it, what is seen of it, and how it goes with letters."""

from __future__ import annotations

import re

import pytest
from support.desk import Staff
from support.disk import picture
from support.letters import become_citizen
from support.photos import photograph, says_where
from support.web import Browser, City

from minxin.consult.records import Letter
from minxin.core.actor import Role
from minxin.core.changes import blob_of
from minxin.mailbox.disk.records import TOP, DiskItem
from minxin.mailbox.disk.rules import DiskRules
from minxin.mailbox.disk.service import NetworkDisk
from minxin.mailbox.disk.tending import DiskTraces
from minxin.webui.handouts import Handout, pdf_of

_ITEM = re.compile(r'href="/disk/items/([\w-]{22})"')


@pytest.fixture
async def owner(browser: Browser, city: City) -> Browser:
    await become_citizen(browser, city)
    await browser.get("/disk")
    return browser


def items(browser: Browser) -> list[str]:
    """Return the ids of the files on the page."""
    return _ITEM.findall(browser.text)


async def put(browser: Browser, name: str, data: bytes) -> str:
    """Put a file on the disk through the page, and return its id."""
    known = set(items(await at(browser, "/disk")))
    await browser.send_files("/disk/files", [(name, data)])
    assert "文件已存入网络硬盘" in browser.text, browser.text[-3000:]
    (new,) = set(items(browser)) - known or known
    return new


async def at(browser: Browser, path: str) -> Browser:
    await browser.get(path)
    assert browser.status == 200, browser.text[-3000:]
    return browser


async def download(browser: Browser, path: str) -> tuple[bytes, str]:
    async with browser._session.get(browser.base + path, headers=browser._headers({})) as response:
        assert response.status == 200
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        return await response.read(), response.headers["Content-Disposition"]


async def test_an_empty_disk_says_how_much_it_holds(owner: Browser) -> None:
    assert "已用 0 B，共 10 MB（0 %）" in owner.text
    assert "这里还没有文件" in owner.text


async def test_a_file_comes_back_byte_for_byte_and_only_as_a_download(owner: Browser) -> None:
    item = await put(owner, "<script>.html", b"<script>alert(1)</script>")
    data, disposition = await download(owner, f"/disk/items/{item}/file")
    assert data == b"<script>alert(1)</script>"
    assert disposition.startswith("attachment;")
    await at(owner, f"/disk/items/{item}")
    assert "<script>alert" not in owner.text


async def test_files_lie_in_folders_and_move_between_them(owner: Browser) -> None:
    await owner.submit("/disk/folders", folder=TOP, name="照片")
    folder = owner.path.partition("folder=")[2]
    await owner.send_files("/disk/files", [("海.txt", b"1"), ("山.txt", b"2")])
    first, _ = items(owner)
    await at(owner, f"/disk/items/{first}")
    await owner.submit(f"/disk/items/{first}/name", name="海边.txt")
    assert "海边.txt" in owner.text
    await owner.submit(f"/disk/items/{first}/move", folder=TOP)
    await at(owner, "/disk")
    assert items(owner) == [first]
    await at(owner, f"/disk?folder={folder}")
    assert len(items(owner)) == 1
    await owner.submit(f"/disk/items/{folder}/name", name="风景")
    assert "<h1>网络硬盘</h1>" in owner.text and "风景" in owner.text


async def test_a_taken_name_is_told_beside_the_field(owner: Browser) -> None:
    await owner.submit("/disk/folders", folder=TOP, name="照片")
    await at(owner, "/disk")
    await owner.submit("/disk/folders", folder=TOP, name="照片")
    assert owner.status == 422
    assert "这里已有名为“照片”的文件或文件夹" in owner.text


async def test_the_bin_keeps_and_gives_back_and_ends(owner: Browser, city: City) -> None:
    first, second = await put(owner, "a.txt", b"1" * 100), await put(owner, "b.txt", b"2" * 100)
    for item in (first, second):
        await at(owner, "/disk")
        await owner.submit(f"/disk/items/{item}/bin")
    assert "这里还没有文件" in owner.text and "已用 200 B" in owner.text
    await at(owner, "/disk/bin")
    await owner.submit(f"/disk/items/{first}/restore")
    await owner.submit(f"/disk/items/{second}/delete")
    assert "回收站是空的" in owner.text and "已用 100 B" in owner.text
    assert await city.store.get(DiskItem, second) is None
    await at(owner, f"/disk/items/{first}")


async def test_older_versions_are_kept_brought_back_and_deleted(owner: Browser) -> None:
    item = await put(owner, "plan.txt", b"first")
    assert await put(owner, "plan.txt", b"second") == item
    assert (await download(owner, f"/disk/items/{item}/file?version=1"))[0] == b"first"
    await at(owner, f"/disk/items/{item}")
    await owner.submit(f"/disk/items/{item}/versions", number="1", what="bring")
    assert (await download(owner, f"/disk/items/{item}/file"))[0] == b"first"
    await at(owner, f"/disk/items/{item}")
    await owner.submit(f"/disk/items/{item}/versions", number="1", what="drop")
    await at(owner, "/disk")
    assert "已用 5 B" in owner.text
    await owner.get(f"/disk/items/{item}/file?version=1")
    assert owner.status == 404


async def test_a_picture_is_shown_written_anew(owner: Browser) -> None:
    item = await put(owner, "b.png", picture() + b"<script>tail</script>")
    assert f'src="/disk/items/{item}/picture"' in (await at(owner, f"/disk/items/{item}")).text
    async with owner._session.get(f"{owner.base}/disk/items/{item}/picture", headers=owner._headers({})) as response:
        shown = await response.read()
        assert response.content_type == "image/png"
        assert "sandbox" in response.headers["Content-Security-Policy"]
    assert shown.startswith(b"\x89PNG") and b"script" not in shown


async def test_a_preview_does_not_say_where_a_picture_was_taken_and_the_original_is_kept(owner: Browser) -> None:
    photo = photograph("blue")
    assert says_where(photo)
    item = await put(owner, "b.jpg", photo)
    assert "拍摄地点" in (await at(owner, f"/disk/items/{item}")).text
    async with owner._session.get(f"{owner.base}/disk/items/{item}/picture", headers=owner._headers({})) as response:
        assert not says_where(await response.read())
    assert (await download(owner, f"/disk/items/{item}/file"))[0] == photo


async def test_what_only_calls_itself_a_picture_has_no_preview(owner: Browser) -> None:
    item = await put(owner, "b.png", b"\x89PNG\r\n\x1a\nnothing of the kind")
    await owner.get(f"/disk/items/{item}/picture")
    assert owner.status == 404


async def test_the_text_of_a_pdf_file_is_shown_on_ask(owner: Browser) -> None:
    data = await pdf_of(Handout("Road works", (("Street", "Harbour Road"),), (), ""))
    item = await put(owner, "plan.pdf", data)
    assert "Harbour Road" not in (await at(owner, f"/disk/items/{item}")).text
    assert "Harbour Road" in (await at(owner, f"/disk/items/{item}?preview=1")).text


async def test_a_broken_pdf_file_is_told_and_stays_downloadable(owner: Browser) -> None:
    item = await put(owner, "plan.pdf", b"%PDF-1.7\n" + b"\xff" * 500)
    assert "这个文件无法预览" in (await at(owner, f"/disk/items/{item}?preview=1")).text
    assert len((await download(owner, f"/disk/items/{item}/file"))[0]) == 509


async def test_chinese_text_is_shown_in_either_code(owner: Browser) -> None:
    for number, codec in enumerate(("utf-8", "gb18030")):
        item = await put(owner, f"{number}.txt", "滨海路的灯".encode(codec))
        assert "滨海路的灯" in (await at(owner, f"/disk/items/{item}")).text


async def test_a_full_disk_takes_nothing_and_says_what_is_missing(
    owner: Browser, city: City, small: NetworkDisk
) -> None:
    await put(owner, "a.txt", b"1" * 700)
    await owner.send_files("/disk/files", [("b.txt", b"2" * 400)])
    assert owner.status == 507
    assert "这次需要 400 B，总共 1000 B，还剩 300 B" in owner.text
    await put(owner, "c.txt", b"3" * 300)
    assert "已用 1000 B，共 1000 B（100 %）" in owner.text
    assert "网络硬盘快满了" in owner.text


async def test_a_disk_that_fills_up_warns_from_eighty_percent(owner: Browser, small: NetworkDisk) -> None:
    await put(owner, "a.txt", b"1" * 799)
    assert "空间已用去大半" not in owner.text
    await put(owner, "b.txt", b"1")
    assert "空间已用去大半" in owner.text
    await put(owner, "c.txt", b"1" * 150)
    assert "网络硬盘快满了" in owner.text


@pytest.fixture
def small(city: City) -> NetworkDisk:
    """Let citizens' disks hold a thousand bytes."""
    kit = city.services.disk.files._kit
    object.__setattr__(kit, "rules", DiskRules(citizen_bytes=1000))
    return city.services.disk


async def test_who_is_not_verified_has_no_disk(browser: Browser, city: City) -> None:
    await become_citizen(browser, city, verified=False)
    await browser.get("/disk")
    assert browser.status == 403
    assert "您的账户还在核验中" in browser.text


async def test_staff_have_a_disk_of_their_own(staff: Staff) -> None:
    handler = await staff(Role.HANDLER)
    await put(handler, "a.txt", b"1")
    other = await staff(Role.ADMINISTRATOR)
    await at(other, "/disk")
    assert items(other) == []


async def test_a_letter_takes_a_file_of_the_disk_without_a_second_copy(owner: Browser, city: City) -> None:
    data = await pdf_of(Handout("Road works", (), (), ""))
    item = await put(owner, "plan.pdf", data)
    await owner.get("/write")
    await owner.submit("/drafts/disk", kind="complaint", subject="路灯", text="不亮", place="文庙街")
    assert owner.path.startswith("/disk/attach/"), owner.text[-2000:]
    action = owner.path
    await owner.submit(action, item=item)
    assert owner.path.startswith("/drafts/") and "plan.pdf" in owner.text and "不亮" in owner.text
    letter_id = await send_letter_of(owner)
    letter = await city.store.get(Letter, letter_id)
    assert letter is not None
    assert [file.blob_id for file in letter.attachments] == [blob_of(data).id]


async def send_letter_of(browser: Browser) -> str:
    fields = {"kind": "complaint", "subject": "路灯", "text": "海晏区文庙街的路灯三天不亮", "place": "文庙街"}
    await browser.submit("/write/check", **fields)
    await browser.submit("/write", **fields)
    assert browser.path.endswith("/receipt"), browser.text[-3000:]
    return browser.path.split("/")[2]


async def test_a_letter_is_begun_with_a_file_of_the_disk(owner: Browser) -> None:
    item = await put(owner, "note.txt", b"words")
    await at(owner, f"/disk/items/{item}")
    await owner.submit(f"/disk/items/{item}/letter")
    assert owner.path.startswith("/drafts/") and "note.txt" in owner.text


async def test_a_file_that_letters_do_not_take_is_told_where_it_was_chosen(owner: Browser) -> None:
    item = await put(owner, "film.mp4", b"\0\0\0\x18ftypmp42")
    await at(owner, f"/disk/items/{item}")
    await owner.submit(f"/disk/items/{item}/letter")
    assert owner.status == 422 and "film.mp4" in owner.text


async def test_a_file_of_a_letter_is_kept_on_the_disk_without_a_second_copy(owner: Browser, city: City) -> None:
    await owner.get("/write")
    await owner.send_files("/drafts", [("答复.txt", "见附件".encode())], kind="complaint", subject="路灯", text="不亮")
    letter = await city.store.get(Letter, await send_letter_of(owner))
    assert letter is not None
    (file,) = letter.attachments
    await at(owner, f"/letters/{letter.id}")
    await owner.submit(f"/letters/{letter.id}/files/{file.id}/keep")
    item = await city.store.get(DiskItem, owner.path.rpartition("/")[2])
    assert item is not None and (item.name, item.current.blob_id) == ("答复.txt", file.blob_id)


async def test_closing_the_account_deletes_the_disk(owner: Browser, city: City) -> None:
    item = await put(owner, "a.txt", b"1")
    stored = await city.store.get(DiskItem, item)
    assert stored is not None
    await city.store.commit(await DiskTraces(city.store).end(stored.owner_id, city.clock.now()))
    assert await city.store.disk_items(stored.owner_id) == []
    assert await city.store.used([f"disk:{stored.owner_id}"]) == {f"disk:{stored.owner_id}": 0}
