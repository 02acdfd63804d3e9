"""Contacts as pages: kept, found by characters and pinyin, brought in and taken out; the house alone says official."""

from __future__ import annotations

import json

import pytest
from support.scene import Scene

from minxin.core.actor import Actor
from minxin.core.errors import NotFoundError
from minxin.mailbox.mail.records import Box

VCARD = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:张伟\r\nN:张;伟;;;\r\nEMAIL;TYPE=INTERNET:zhangwei@far.example\r\n"
    "TEL:13900000000\r\nEND:VCARD\r\n"
    "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:没有邮箱\r\nEND:VCARD\r\n"
)


async def box_of(scene: Scene, viewer: str = "writer") -> tuple[Actor, Box]:
    actor = scene.actors[viewer]
    box = await scene.city.services.boxes.own(actor)
    assert box is not None
    return actor, box


async def add(scene: Scene, name: str, addresses: str, viewer: str = "writer") -> str:
    actor, box = await box_of(scene, viewer)
    return (await scene.city.services.contacts.add(actor, box.id, name=name, addresses=addresses)).id


async def suggested(scene: Scene, words: str, viewer: str = "writer") -> list[dict[str, str]]:
    text = await scene.browsers[viewer].get(f"/box/suggest?q={words}")
    people: list[dict[str, str]] = json.loads(text)["people"]
    return people


async def test_a_contact_is_added_changed_and_deleted_in_the_page(scene: Scene) -> None:
    browser = scene.browsers["writer"]
    await browser.get("/box/contacts")
    shown = await browser.submit(
        "/box/contacts/new",
        name=" 王  小明 ",
        addresses="wxm@far.example\r\nWxm@FAR.example\r\n\r\nm@home.example",
        note="邻居",
    )
    actor, box = await box_of(scene)
    (contact,) = await scene.city.services.contacts.all(actor, box.id)

    assert "联系人已保存" in shown
    assert (contact.name, contact.addresses) == ("王 小明", ("wxm@far.example", "m@home.example"))
    await browser.get(f"/box/contacts/{contact.id}")
    path = f"/box/contacts/{contact.id}"
    assert "王小明" in await browser.submit(path, name="王小明", addresses="wxm@far.example", note="")
    await browser.get(path)
    assert "联系人已删除" in await browser.submit(f"{path}/delete")
    await browser.get(path)
    assert browser.status == 404


@pytest.mark.parametrize(
    ("name", "addresses", "said"),
    [
        ("", "a@far.example", "请填写姓名或单位名称"),
        ("王", "", "请填写邮箱地址"),
        ("王", "a@far.example\nnobody", "“nobody”不是完整的邮箱地址"),
        ("王", "\n".join(f"a{number}@far.example" for number in range(6)), "最多 5 个"),
    ],
)
async def test_what_is_no_contact_stays_in_the_form(scene: Scene, name: str, addresses: str, said: str) -> None:
    browser = scene.browsers["writer"]
    await browser.get("/box/contacts")
    answer = await browser.submit("/box/contacts/new", name=name, addresses=addresses)

    assert browser.status == 422
    assert said in answer


async def test_contacts_of_another_box_are_not_there(scene: Scene) -> None:
    made = await add(scene, "王小明", "wxm@far.example")
    neighbour, _ = await box_of(scene, "neighbour")

    with pytest.raises(NotFoundError):
        await scene.city.services.contacts.one(neighbour, made)


async def test_a_file_of_vcards_is_brought_in_once_and_taken_out_again(scene: Scene) -> None:
    browser = scene.browsers["writer"]
    for _ in range(2):
        await browser.get("/box/contacts")
        hidden = browser.hidden("/box/contacts/import")
        shown = await browser.send_files("/box/contacts/import", [("c.vcf", VCARD.encode())], **hidden)
        assert "联系人已导入" in shown
    actor, box = await box_of(scene)

    assert [one.name for one in await scene.city.services.contacts.all(actor, box.id)] == ["张伟"]
    exported = await browser.get("/box/contacts/export")
    assert "VERSION:4.0\r\nFN:张伟" in exported
    assert "EMAIL:zhangwei@far.example" in exported
    assert "VERSION:3.0" in await browser.get("/box/contacts/export?version=3.0")
    await browser.get("/box/contacts/export?version=1.0")
    assert browser.status == 404


@pytest.mark.parametrize("file", [b"", b"\xff\xd8\xff\xe0 no card", b"BEGIN:VCARD\r\nFN:x\r\nEND:VCARD\r\n"])
async def test_a_file_without_contacts_is_refused_with_a_sentence(scene: Scene, file: bytes) -> None:
    browser = scene.browsers["writer"]
    await browser.get("/box/contacts")
    answer = await browser.send_files("/box/contacts/import", [("c.vcf", file)] if file else [])

    assert browser.status == 422
    assert ("没有带邮箱地址的联系人" if file else "请选择 vCard 文件") in answer


@pytest.mark.parametrize("words", ["小明", "王小", "wxm", "wangxiao", "WXM", "xm", "王 小明", "far.example"])
async def test_a_contact_is_suggested_by_characters_pinyin_and_first_letters(scene: Scene, words: str) -> None:
    await add(scene, "王小明", "ming@far.example")
    await add(scene, "李四", "lisi@home.example")

    assert [one["address"] for one in await suggested(scene, words)] == ["ming@far.example"]


async def test_nothing_is_suggested_for_nothing(scene: Scene) -> None:
    await add(scene, "王小明", "ming@far.example")
    assert await suggested(scene, "") == []
    assert await suggested(scene, "zzz") == []


async def test_offices_are_suggested_by_name_and_marked_by_the_house_alone(scene: Scene) -> None:
    box = await scene.city.services.mailroom.keeping.box_of_office("cgj")
    await add(scene, "滨海市城市管理局", "forged@far.example")
    found = await suggested(scene, "城市管理")

    assert [(one["address"], one["official"]) for one in found] == [
        ("forged@far.example", ""),
        (box.address, "滨海市城市管理局"),
    ]
    page = await scene.browsers["writer"].get("/box/contacts")
    assert "forged@far.example" in page
    assert "官方：" not in page

    await add(scene, "投诉城管", box.address)
    assert "官方：滨海市城市管理局" in await scene.browsers["writer"].get("/box/contacts")


async def test_colleagues_with_their_posts_are_suggested_to_staff_and_not_to_citizens(scene: Scene) -> None:
    signer, box = await box_of(scene, "signer")
    account = await scene.city.services.accounts.people.access_account(signer, signer.id)
    name = account.name

    assert box.address in [one["address"] for one in await suggested(scene, name, "handler")]
    assert box.address not in [one["address"] for one in await suggested(scene, name)]


async def test_who_wrote_a_mail_becomes_a_contact_by_a_button(scene: Scene) -> None:
    actor, box = await box_of(scene)
    raw = "From: 李四 <lisi@home.example>\r\nSubject: x\r\n\r\nx\r\n".encode()
    item, _ = await scene.city.services.mailroom.mailboxes.append(actor, f"{box.id}.inbox", raw)
    browser = scene.browsers["writer"]
    await browser.get("/box/contacts")
    token = browser.hidden("/box/contacts/new")["csrf_token"]
    for _ in range(2):
        await browser.post(f"/box/{item}/contact", {"csrf_token": token})

    assert browser.path == f"/box/{item}"
    (contact,) = await scene.city.services.contacts.all(actor, box.id)
    assert (contact.name, contact.addresses) == ("李四", ("lisi@home.example",))


async def test_an_offices_page_shows_the_address_of_its_box_to_everybody(scene: Scene) -> None:
    anonymous = scene.browsers["anonymous"]
    assert "cgj@gov" not in await anonymous.get("/offices/cgj")
    box = await scene.city.services.mailroom.keeping.box_of_office("cgj")

    assert box.address in await anonymous.get("/offices/cgj")
