"""The mailbox as a page: folders, search, one mail, its HTML in a document of its own, and what was there before."""

from __future__ import annotations

import re
from datetime import timedelta
from email.message import EmailMessage

from support.scene import Scene

from minxin.core.actor import Role
from minxin.core.changes import Changes, blob_of
from minxin.core.paging import PageRequest
from minxin.core.store import Queue
from minxin.mailbox.boxes import message_id
from minxin.mailbox.mail.keys import role_folder
from minxin.mailbox.mail.old import take_over_old
from minxin.mailbox.mail.opening import OPEN_JOB
from minxin.mailbox.mail.records import SEEN, FolderRole, MailItem, OldFile, OldMessage

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301010018dd8db0"
    "0000000049454e44ae426082"
)


def letter() -> bytes:
    message = EmailMessage()
    message["From"] = "李四 <lisi@home.example>"
    message["Subject"] = "路灯 <script>alert(1)</script>"
    message.set_content("楼下的路灯坏了。")
    message.add_alternative(
        '<p onclick="x()">楼下的<b>路灯</b>坏了。</p><script>alert(1)</script><img src="cid:photo">'
        '<img src="https://spy.example/pixel.png"><form action="https://spy.example"><input></form>',
        subtype="html",
    )
    message.get_payload()[1].add_related(PIXEL, "image", "png", cid="<photo>")
    return message.as_bytes()


async def put(scene: Scene, raw: bytes, role: FolderRole = FolderRole.INBOX) -> str:
    writer = scene.actors["writer"]
    await scene.city.services.boxes.own(writer)
    made, _ = await scene.city.services.mailroom.mailboxes.append(writer, role_folder(writer.id, role), raw)
    return made


async def test_a_mail_is_listed_shown_as_text_and_its_html_stands_alone(scene: Scene) -> None:
    browser = scene.browsers["writer"]
    made = await put(scene, letter())
    listed = await browser.get("/box")
    shown = await browser.get(f"/box/{made}")
    html = await browser.get(f"/box/{made}/html")

    assert "路灯 &lt;script&gt;" in listed
    assert "@citizen.binhai.example" in listed
    assert "楼下的路灯坏了。" in shown
    assert f'href="/box/{made}/html"' in shown
    assert "<b>路灯</b>" in html
    assert re.findall(r'src="([^"]*)"', html) == [f"/box/{made}/files/0"]
    for word in ("script>alert", "onclick", "spy.example", "<form", "<input"):
        assert word not in html
    policy = browser.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    file, data = await scene.city.services.boxes.file(scene.actors["writer"], made, 0)
    assert (file.content_type, data) == ("image/png", PIXEL)


async def test_a_mail_without_html_has_no_page_of_it(scene: Scene) -> None:
    made = await put(scene, b"Subject: x\r\n\r\nplain\r\n")
    browser = scene.browsers["writer"]
    assert f"/box/{made}/html" not in await browser.get(f"/box/{made}")
    await browser.get(f"/box/{made}/html")
    assert browser.status == 404


async def test_folders_and_search_lead_to_the_mail(scene: Scene) -> None:
    browser = scene.browsers["writer"]
    made = await put(scene, letter(), FolderRole.ARCHIVE)
    inbox, archive = await browser.get("/box"), await browser.get("/box?folder=archive")
    assert (await scene.city.services.mailroom.mailboxes.open(scene.actors["writer"], made)).text.files
    found, nothing = await browser.get("/box?q=路燈"), await browser.get("/box?q=水管")

    assert f"/box/{made}" not in inbox
    assert f"/box/{made}" in archive
    assert f"/box/{made}" in found
    assert f"/box/{made}" not in nothing
    await browser.get("/box?folder=nobody")
    assert browser.status == 404


async def test_notices_of_one_letter_are_one_conversation(scene: Scene) -> None:
    writer, house = scene.actors["writer"], scene.city.services.mailroom.house
    written = await scene.written()
    for key in ("one", "two"):
        words = {"sender": "市城管局", "subject": f"第{key}条", "text": "已签收", "letter_id": written.letter}
        await scene.city.store.commit(house.notice(writer.id, scene.city.clock.now(), key=key, **words))
    browser = scene.browsers["writer"]
    assert "第one条" in await browser.get("/box")
    shown = await browser.get(f"/box/{message_id(writer.id, 'one')}")

    assert f"/box/{message_id(writer.id, 'two')}" in shown
    assert f'href="/letters/{written.letter}"' in shown
    assert "官方" in shown


async def test_old_messages_become_mail_under_their_ids_once(scene: Scene) -> None:
    store, room, writer = scene.city.store, scene.city.services.mailroom, scene.actors["writer"]
    blob, now = blob_of(b"list"), scene.city.clock.now()
    file = OldFile("清单.txt", "text/plain", blob.id, 4)
    words = {"account_id": writer.id, "at": now, "sender": "市城管局", "subject": "答复", "text": "已修好"}
    old = [
        OldMessage(id=message_id(writer.id, "a"), letter_id="letter", read_at=now, files=(file,), **words),
        OldMessage(id="unread", **words),
        OldMessage(id="nobody's", **(words | {"account_id": "gone"})),
    ]
    await store.commit(Changes(inserts=list(old), blobs=[blob]))
    taken = await take_over_old(store, room.keeping, room.house)
    again = await take_over_old(store, room.keeping, room.house)
    items = await store.get_all(MailItem, [one.id for one in old])
    read = await scene.city.services.boxes.message(writer, old[0].id)

    assert (taken, again) == (3, 0)
    assert await store.old_messages("", 10) == []
    assert {one.id: (one.flags, one.opened_at, one.official) for one in items.values()} == {
        old[0].id: ((SEEN,), now, True),
        "unread": ((), None, True),
    }
    assert (read.text, read.letter_id, read.read_at) == ("已修好", "letter", now)
    assert (await scene.city.services.boxes.file(writer, old[0].id, 0))[1] == b"list"
    assert len((await scene.city.services.boxes.list(writer, PageRequest())).items) == 2


async def test_whoever_becomes_active_gets_his_box_by_a_job(scene: Scene) -> None:
    city = scene.city
    account = await city.staff("newcomer", Role.HANDLER, phone="13900000888")
    assert await city.store.boxes_of(account.id) == []
    claims = await city.store.claim(Queue.JOBS, [OPEN_JOB], city.clock.now(), timedelta(minutes=1), 50)
    assert account.id in {claim.work.payload["account_id"] for claim in claims}
    for claim in claims:
        changes = await city.services.mailroom.keeping.open_task(claim.work.payload["account_id"])
        assert await city.store.finish(claim, city.clock.now(), changes)

    (box,) = await city.store.boxes_of(account.id)
    assert box.id == account.id
    assert box.address.startswith("liming")  # with a number: others of the scene have the name too
    assert box.address.endswith("@gov.binhai.example")
