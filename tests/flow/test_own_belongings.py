"""What somebody set for himself stands in the copy of his data, and goes with his account."""

from __future__ import annotations

import io
import json
import zipfile

from support.scene import Scene
from support.web import PASSWORD

from minxin.mailbox.contacts.records import Contact
from minxin.mailbox.loginrecords import EVERY
from minxin.mailbox.mail.settings import BoxSettings, Vacation


async def set_all(scene: Scene) -> str:
    writer, services = scene.actors["writer"], scene.city.services
    box = await services.boxes.own(writer)
    assert box is not None
    vacation = Vacation(subject="外出", text="十日回来")
    await services.mailroom.settings.set_all(
        writer, box.id, signature="王芳", vacation=vacation, blocked=["@shop.example"]
    )
    return (await services.contacts.add(writer, box.id, name="李四", addresses="li@far.example", note="邻居")).id


async def test_settings_contacts_and_log_ins_are_in_the_copy(scene: Scene) -> None:
    await set_all(scene)
    browser = scene.browsers["writer"]
    await browser.get("/account/export")
    fields = {**browser.hidden("/account/export"), "password": PASSWORD}
    request = browser._session.request(
        "POST", browser.base + "/account/export", data=fields, headers=browser._headers({})
    )
    async with request as response:
        archive = zipfile.ZipFile(io.BytesIO(await response.read()))
    settings = json.loads(archive.read("mailbox/settings.json"))
    account = json.loads(archive.read("account.json"))

    assert (settings["signature"], settings["blocked"]) == ("王芳", ["@shop.example"])
    assert settings["vacation"]["text"] == "十日回来"
    assert "FN:李四\r\n" in archive.read("mailbox/contacts.vcf").decode()
    assert [(one["door"], one["right"]) for one in account["history"]] == [("web", True)]
    assert "mailbox/contacts.vcf" in archive.read("index.html").decode()


async def test_settings_contacts_and_log_ins_go_with_the_account(scene: Scene) -> None:
    contact = await set_all(scene)
    writer, store, browser = scene.actors["writer"], scene.city.store, scene.browsers["writer"]
    assert await store.log_ins_of(writer.id, EVERY)
    await browser.get("/account/close")
    await browser.submit("/account/close", password=PASSWORD)

    assert await store.get(BoxSettings, writer.id) is None
    assert await store.get(Contact, contact) is None
    assert await store.contacts_of(writer.id) == []
    assert await store.log_ins_of(writer.id, EVERY) == []
