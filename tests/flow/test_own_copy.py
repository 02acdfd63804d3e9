"""A citizen takes a copy of everything that is kept of her, as the pages give it to her and to nobody else."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote

import pytest
from aiohttp import ClientError, ClientResponse
from support.scene import Scene
from support.web import PASSWORD, STAFF_PASSWORD, Browser

from minxin.consult.chat import decisions
from minxin.consult.chat.records import Author, HandOver
from minxin.consult.letterbox import Letterbox
from minxin.consult.records import Attachment, LetterDraft
from minxin.core.changes import Changes, blob_of
from minxin.core.errors import DamagedError
from minxin.mailbox import boxes
from minxin.mailbox.records import Account
from minxin.mailbox.reveals import Datum

PATH = "/account/export"
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=x()>'


async def ask(scene: Scene, browser: Browser, password: str = PASSWORD) -> tuple[ClientResponse, bytes]:
    """Fill in the form and return the answer as bytes."""
    await browser.get(PATH)
    assert browser.status == 200, browser.text
    fields = {**browser.hidden(PATH), "password": password}
    async with scene.session.post(scene.site + PATH, data=fields, headers=browser._headers({})) as response:
        return response, await response.read()


async def copied(scene: Scene, viewer: str = "writer") -> zipfile.ZipFile:
    """Take a copy and open it."""
    response, data = await ask(scene, scene.browsers[viewer])
    assert (response.status, response.content_type) == (200, "application/zip"), data[:500]
    found = zipfile.ZipFile(io.BytesIO(data))
    assert found.testzip() is None
    return found


def read(archive: zipfile.ZipFile, path: str) -> Any:
    return json.loads(archive.read(path))


def paths(archive: zipfile.ZipFile, pattern: str) -> list[str]:
    return [name for name in archive.namelist() if re.fullmatch(pattern, name)]


class Links(HTMLParser):
    """Collects what a page leads to or loads, and whatever could run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.runs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("href", "src")]
        self.runs += [name for name, _ in attrs if name.startswith("on")]
        self.runs += [tag] if tag in ("script", "iframe", "object", "form", "img") else []


async def belongings(scene: Scene) -> None:
    """Give the writer one of everything, said by somebody who means harm."""
    writer, now = scene.actors["writer"], scene.city.clock.now()
    account = await scene.city.store.get(Account, writer.id)
    assert account is not None
    files = [("清单.txt", "text/plain", b"list")]
    words = {"sender": "市长信箱", "subject": HOSTILE, "text": HOSTILE}
    message = boxes.deliver(scene.city.services.mailroom.house, account, now, key="k", files=files, **words)
    photo, draft_file = blob_of(b"photo"), blob_of(b"draft file")
    file = Attachment("f", photo.id, "照片.txt", "text/plain", 5)
    talk = decisions.begin("her browser", writer.id, now)
    talk, first = decisions.say(talk, Author.VISITOR, f"路灯坏了 {HOSTILE}", now, attachments=(file,))
    talk, second = decisions.say(talk, Author.ASSISTANT, "请稍等", now)
    called = decisions.call_person(talk, HandOver.ASKED, now, now + timedelta(minutes=5))
    draft = LetterDraft(
        id="d",
        writer_id=writer.id,
        updated_at=now,
        subject=HOSTILE,
        text="还没写完",
        attachments=(Attachment("df", draft_file.id, "a.txt", "text/plain", 10),),
    )
    await scene.city.store.commit(
        message + decisions.written(called, [first, second]) + Changes(inserts=[draft], blobs=[photo, draft_file])
    )


async def test_her_account_stands_in_it_with_its_real_values(scene: Scene) -> None:
    people = scene.city.accounts.people
    await people.reveal(scene.actors["handler"], "account-writer", Datum.PHONE, "约时间上门", "l", "h", in_hands=True)
    archive = await copied(scene)
    account = read(archive, "account.json")

    assert account["account"]["name"] == "王小明"
    assert account["account"]["phone"] == "13800000001"
    assert [(one["what"], one["reason"]) for one in account["looked_at"]] == [("phone", "约时间上门")]
    assert len(account["log_ins"]) == 1
    assert {one["action"] for one in account["acts"]} >= {"log_in", "copy_own_data"}
    assert all(one["origin"] for one in account["acts"] if one["action"] == "log_in")
    index = archive.read("index.html").decode()
    assert '<html lang="zh-CN">' in index
    assert all(text in index for text in ("王小明", "13800000001", "约时间上门", "我的个人信息副本"))
    assert "password" not in archive.read("account.json").decode().replace("change_password", "")


async def test_letters_stand_in_it_as_they_came_and_as_they_stand(scene: Scene) -> None:
    closed = await scene.closed(await scene.written())
    mailed = await scene.mailed()
    sealed = await scene.written(sealed=True)
    archive = await copied(scene)

    found = {read(archive, path)["letter"]["id"]: path for path in paths(archive, "letters/[^/]+/letter.json")}
    assert found.keys() == {closed.letter, mailed.letter, sealed.letter}
    folder = found[closed.letter].rpartition("/")[0]
    copy = read(archive, f"{folder}/letter.json")
    (order,) = copy["letter"]["orders"]
    assert order["rating"]["level"] == "satisfied"
    assert order["reply"]["parts"]["finding"]
    assert [step["kind"] for step in copy["steps"]][0] == "received"
    assert copy["receipt"]["query_code"]
    assert archive.read(copy["files"][0]["path"]).decode().startswith("第 ")
    assert json.loads(archive.read(copy["original"]))["text"] == "楼下油烟很大。"
    page = archive.read(f"{folder}/letter.html").decode()
    assert all(text in page for text in ("楼下油烟很大。", "满意", order["reply"]["parts"]["finding"]))
    mail = read(archive, found[mailed.letter])["original"]
    assert mail.endswith("original.eml")
    assert archive.read(mail).endswith(b"\r\n\r\nby mail\r\n")


async def test_what_goes_on_inside_the_office_is_not_in_it(scene: Scene) -> None:
    await scene.closed(await scene.written())
    archive = await copied(scene)
    everything = b"".join(archive.read(name) for name in archive.namelist()).decode("utf-8", "replace")

    (path,) = paths(archive, "letters/[^/]+/letter.json")
    (order,) = read(archive, path)["letter"]["orders"]
    assert (read(archive, path)["letter"]["advice"], order["inside"]) == (None, None)
    assert not [scene.actors[who].id for who in ("handler", "reviewer", "signer") if scene.actors[who].id in everything]


async def test_conversations_messages_and_drafts_stand_in_it_with_their_files(scene: Scene) -> None:
    await belongings(scene)
    archive = await copied(scene)

    (talk_path,) = paths(archive, "conversations/[^/]+/conversation.json")
    talk = read(archive, talk_path)
    assert [one["author"] for one in talk["messages"]] == ["visitor", "assistant"]
    assert archive.read(talk["messages"][0]["files"][0]["path"]) == b"photo"
    messages = [read(archive, path) for path in paths(archive, "messages/[^/]+/message.json")]
    kept = next(one for one in messages if one["subject"] == HOSTILE)
    assert archive.read(kept["files"][0]["path"]) == b"list"
    assert b"Message-ID: " in archive.read(kept["original"])
    draft = read(archive, "drafts/1/draft.json")
    assert draft["draft"]["text"] == "还没写完"
    assert archive.read(draft["files"][0]["path"]) == b"draft file"


async def test_what_lies_on_her_disk_stands_in_it_at_its_place(scene: Scene) -> None:
    files, writer = scene.city.services.disk.files, scene.actors["writer"]
    folder = await files.make_folder(writer, "", "合同", origin="h")
    kept = await files.put(writer, folder.id, "第 1 份 50%#.txt", b"first", origin="h")
    await files.put(writer, folder.id, kept.name, b"second", origin="h")
    thrown = await files.put(writer, "", "旧.txt", b"old", origin="h")
    await files.throw_away(writer, thrown.id, origin="h")
    archive = await copied(scene)

    assert archive.read(f"disk/files/合同/{kept.name}") == b"second"
    assert archive.read(f"disk/versions/1/合同/{kept.name}") == b"first"
    found = {one["place"]: one for one in read(archive, "disk/disk.json")}
    assert found.keys() == {f"合同/{kept.name}", "旧.txt"}
    assert found["旧.txt"]["binned_at"] is not None
    links = [resolved("", link) for link in links_of(archive, "index.html")]
    assert f"disk/files/合同/{kept.name}" in links
    assert set(links) <= set(archive.namelist())


async def test_its_pages_stand_for_themselves_and_run_nothing(scene: Scene) -> None:
    await belongings(scene)
    await scene.closed(await scene.written())
    archive = await copied(scene)

    names = set(archive.namelist())
    pages = paths(archive, r".*\.html")
    assert len(pages) >= 5
    for page in pages:
        links = Links()
        text = archive.read(page).decode()
        links.feed(text)
        assert links.runs == [], page
        assert "<script>" not in text
        folder = page.rpartition("/")[0]
        for link in links.found:
            assert resolved(folder, link) in names, (page, link)
    reached = {resolved(page.rpartition("/")[0], link) for page in pages for link in links_of(archive, page)}
    assert set(pages) <= reached | {"index.html"}


def links_of(archive: zipfile.ZipFile, page: str) -> list[str]:
    links = Links()
    links.feed(archive.read(page).decode())
    return links.found


def resolved(folder: str, link: str) -> str:
    parts = folder.split("/") if folder else []
    for part in unquote(link).split("/"):
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)


async def test_nothing_of_anybody_else_is_in_it(scene: Scene) -> None:
    other = await scene.written("neighbour")
    await belongings(scene)
    archive = await copied(scene, "neighbour")

    (path,) = paths(archive, "letters/[^/]+/letter.json")
    assert read(archive, path)["letter"]["id"] == other.letter
    assert paths(archive, "conversations/.*") == []
    assert paths(archive, "drafts/.*") == []
    assert len(paths(archive, "messages/[^/]+/message.json")) == 1  # that the copy was made
    assert read(archive, "account.json")["account"]["phone"] == "13800000002"


async def test_a_wrong_password_gives_nothing_and_is_counted(scene: Scene) -> None:
    browser = scene.browsers["writer"]
    response, data = await ask(scene, browser, "wrong")
    assert response.status == 422
    assert b"error-password" in data
    for _ in range(9):
        await ask(scene, browser, "wrong")
    response, _ = await ask(scene, browser)
    assert response.status == 429


async def test_a_copy_is_recorded_and_she_is_told(scene: Scene) -> None:
    await copied(scene)
    store, writer = scene.city.store, scene.actors["writer"]

    events = await store.events(f"account:{writer.id}")
    assert [one.event.kind for one in events][-1] == "copied"
    entries = [entry.entry async for batch in store.all_audit() for entry in batch]
    assert [(one.actor, one.result) for one in entries if one.action == "copy_own_data"] == [(writer.id, "ok")]
    message = await scene.browsers["writer"].get("/box")
    assert "您的个人信息副本已下载" in message
    with pytest.raises(AssertionError, match="no code"):
        await scene.city.sms_code("13800000001")  # delivers what waits; it holds no code
    assert "下载了您的个人信息副本" in scene.city.drawer.sent[-1][1]


async def test_a_few_a_day_are_enough(scene: Scene) -> None:
    for _ in range(3):
        await copied(scene)
    response, data = await ask(scene, scene.browsers["writer"])
    assert response.status == 429
    assert int(response.headers["Retry-After"]) <= 24 * 3600
    assert "application/zip" not in response.content_type
    assert "我的个人信息副本" in data.decode()

    scene.city.clock.advance(timedelta(hours=24, minutes=1))
    await scene.browsers["writer"].log_in("writer", PASSWORD)
    await copied(scene)


async def test_staff_have_a_copy_of_their_own_account_too(scene: Scene) -> None:
    response, data = await ask(scene, scene.browsers["handler"], STAFF_PASSWORD)
    assert response.status == 200
    account = read(zipfile.ZipFile(io.BytesIO(data)), "account.json")["account"]
    assert (account["login"], account["post"]) == ("handler", "handler岗")


async def test_bytes_that_can_not_be_read_leave_the_rest_whole(scene: Scene) -> None:
    await scene.written()

    async def damaged(*_: object) -> None:
        raise DamagedError

    with patch.object(Letterbox, "attachment", damaged):
        archive = await copied(scene)
    (path,) = paths(archive, "letters/[^/]+/letter.json")
    assert read(archive, path)["files"][0]["path"] is None
    assert "无法读取" in archive.read(path.replace(".json", ".html")).decode()


async def test_a_copy_that_breaks_off_does_not_look_whole(scene: Scene) -> None:
    await scene.written()

    async def broken(*_: object) -> None:
        raise RuntimeError("the disk is gone")

    with patch.object(Letterbox, "original", broken), pytest.raises(ClientError):
        await ask(scene, scene.browsers["writer"])


async def test_the_file_is_named_in_the_readers_language_and_never_shown_by_the_browser(scene: Scene) -> None:
    response, _ = await ask(scene, scene.browsers["writer"])
    assert "filename*=UTF-8''%E4%B8%AA%E4%BA%BA" in response.headers["Content-Disposition"]
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Cache-Control"] == "no-store"

    english = scene.browsers["neighbour"]
    await english.get("/?lang=en")
    response, data = await ask(scene, english)
    assert "copy-of-my-data-2026" in response.headers["Content-Disposition"]
    assert "A copy of my data" in zipfile.ZipFile(io.BytesIO(data)).read("index.html").decode()
