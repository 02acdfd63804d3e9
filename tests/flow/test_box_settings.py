"""Settings of a box as a page: signature, vacation notice with days and preview, blocked senders; shared boxes too."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from support.scene import Scene

from minxin.mailbox.mail.keys import role_folder
from minxin.mailbox.mail.records import FolderRole
from minxin.mailbox.mail.settings import BoxSettings


async def settings_of(scene: Scene, viewer: str = "writer") -> BoxSettings:
    actor = scene.actors[viewer]
    await scene.city.services.boxes.own(actor)
    return await scene.city.services.mailroom.settings.of(actor, actor.id)


async def put(scene: Scene, sender: str) -> str:
    writer = scene.actors["writer"]
    await scene.city.services.boxes.own(writer)
    raw = f"From: {sender}\r\nSubject: offer\r\n\r\nx\r\n".encode()
    inbox = role_folder(writer.id, FolderRole.INBOX)
    made, _ = await scene.city.services.mailroom.mailboxes.append(writer, inbox, raw)
    return made


async def test_a_signature_is_kept_as_plain_text_and_one_that_is_too_long_stays_in_the_form(scene: Scene) -> None:
    browser = scene.browsers["writer"]
    await browser.get("/box/settings")
    shown = await browser.submit("/box/settings/signature", signature="王芳  \r\n<b>海晏区</b>\r\n\r\n")

    assert "签名已保存" in shown
    assert "&lt;b&gt;海晏区&lt;/b&gt;" in shown
    assert (await settings_of(scene)).signature == "王芳\n<b>海晏区</b>"

    refused = await browser.submit("/box/settings/signature", signature="长" * 501)
    assert browser.status == 422
    assert "签名最多 500 个字" in refused
    assert "长" * 501 in refused


async def test_a_vacation_notice_holds_for_whole_days_in_shanghai_and_can_be_looked_at_first(scene: Scene) -> None:
    browser = scene.browsers["writer"]
    await browser.get("/box/settings")
    typed = {"subject": "出差", "text": "三月十日回来", "begins": "2026-03-03", "ends": "2026-03-10"}
    preview = await browser.submit("/box/settings/vacation", what="preview", **typed)

    assert "自动回复：出差" in preview
    assert (await settings_of(scene)).vacation is None

    kept = await browser.submit("/box/settings/vacation", **typed)
    assert "自动回复已保存" in kept
    assert "尚未开始" in kept
    assert 'value="2026-03-10"' in kept
    vacation = (await settings_of(scene)).vacation
    assert vacation is not None
    assert vacation.begins == datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
    assert vacation.ends == datetime(2026, 3, 10, 16, 0, tzinfo=UTC)

    assert "正在自动回复" in await browser.submit("/box/settings/vacation", **{**typed, "begins": "2026-03-02"})
    ended = await browser.submit("/box/settings/vacation/end")
    assert "自动回复已关闭" in ended
    assert (await settings_of(scene)).vacation is None


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"subject": " ", "text": ""}, ("请填写自动回复的主题", "请填写自动回复的正文")),
        ({"subject": "s", "text": "t", "begins": "morgen"}, ("日期不正确",)),
        ({"subject": "s", "text": "t", "begins": "2026-03-10", "ends": "2026-03-09"}, ("最后一天早于第一天",)),
    ],
)
async def test_what_is_wrong_with_a_notice_is_said_beside_its_field(
    scene: Scene, typed: dict[str, str], said: tuple[str, ...]
) -> None:
    browser = scene.browsers["writer"]
    await browser.get("/box/settings")
    answer = await browser.submit("/box/settings/vacation", **typed)

    assert browser.status == 422
    for words in said:
        assert words in answer
    assert (await settings_of(scene)).vacation is None


async def test_senders_are_blocked_by_typing_them_or_from_their_mail_and_unblocked_again(scene: Scene) -> None:
    browser = scene.browsers["writer"]
    await browser.get("/box/settings")
    await browser.submit("/box/settings/blocked", sender=" Offer@Shop.EXAMPLE ")
    await browser.submit("/box/settings/blocked", sender="@bulk.example")
    made = await put(scene, "Li <li@far.example>")
    token = browser.hidden("/box/settings/blocked")["csrf_token"]
    await browser.post(f"/box/{made}/block", {"csrf_token": token})

    assert browser.path == f"/box/{made}"
    assert (await settings_of(scene)).blocked == ("@bulk.example", "li@far.example", "offer@shop.example")

    await browser.post(f"/box/{made}/block", {"csrf_token": token, "what": "domain"})
    await browser.post("/box/settings/blocked/remove", {"csrf_token": token, "sender": "offer@shop.example"})
    assert (await settings_of(scene)).blocked == ("@bulk.example", "@far.example", "li@far.example")


@pytest.mark.parametrize(
    "sender",
    ["nobody", "", "a b@c.example", "chengguan@gov.binhai.example", "@gov.binhai.example", "@citizen.binhai.example"],
)
async def test_what_is_no_sender_and_what_offices_write_can_not_be_blocked(scene: Scene, sender: str) -> None:
    browser = scene.browsers["writer"]
    await browser.get("/box/settings")
    await browser.submit("/box/settings/blocked", sender=sender)

    assert browser.status == 422
    assert (await settings_of(scene)).blocked == ()


async def test_a_notice_of_the_house_can_not_be_blocked(scene: Scene) -> None:
    browser = scene.browsers["writer"]
    message = (await scene.belongings())["message"]
    await browser.get("/box/settings")
    token = browser.hidden("/box/settings/blocked")["csrf_token"]
    await browser.post(f"/box/{message}/block", {"csrf_token": token})

    assert browser.status == 422
    assert (await settings_of(scene)).blocked == ()


async def test_the_people_of_an_office_share_the_settings_of_its_box_and_nobody_else_sees_them(scene: Scene) -> None:
    handler, signer = scene.browsers["handler"], scene.browsers["signer"]
    office = scene.actors["handler"].office_id
    assert office is not None
    box = await scene.city.services.mailroom.keeping.box_of_office(office)
    await handler.get(f"/box/settings?box={box.id}")
    await handler.submit("/box/settings/signature", signature="市城管局")

    assert "市城管局" in await signer.get(f"/box/settings?box={box.id}")
    for viewer in ("writer", "handler_elsewhere", "administrator"):
        await scene.browsers[viewer].get(f"/box/settings?box={box.id}")
        assert scene.browsers[viewer].status == 404
    await scene.browsers["writer"].get("/box/settings")
    token = scene.browsers["writer"].hidden("/box/settings/signature")
    await scene.browsers["writer"].post("/box/settings/signature", {**token, "box": box.id, "signature": "x"})
    assert scene.browsers["writer"].status == 404
