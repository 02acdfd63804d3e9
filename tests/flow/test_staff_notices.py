"""Notices of an office to groups of its staff, through the pages: sent, opened, reminded."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.desk import Staff
from support.texting import send_all
from support.web import OFFICE, City

from minxin.core.actor import Actor, Role
from minxin.core.errors import InvalidInputError, NotAllowedError, NotFoundError
from minxin.core.paging import PageRequest
from minxin.core.store import Queue
from minxin.deploy.office_notices import office_names
from minxin.deploy.workers import Worker
from minxin.mailbox.mail.circulars import AT_ONCE
from minxin.mailbox.meetings.delivery import NoticeDelivery
from minxin.mailbox.meetings.groups import GroupForm
from minxin.mailbox.meetings.notices import CHANNEL, NoticeForm, entries
from minxin.mailbox.records import Account
from minxin.mailbox.texting.rules import NoticeRules

HOME = "127.0.0.1"
TEXT = "周五上午九点在三楼会议室开会，请带材料。"


async def deliver(city: City) -> None:
    """Take what waits to the boxes and to the telephones."""
    names = office_names(city.store)
    delivery = NoticeDelivery(
        city.store, city.vault, city.clock, NoticeRules(), "滨海市", names, city.services.mailroom.house
    )
    worker = Worker(city.store, Queue.OUTBOX, city.clock, {CHANNEL: delivery.deliver})
    while await worker.run_once():
        pass
    city.drawer.sent.clear()
    await send_all(city.store, city.vault, city.clock, city.drawer)


async def handler_of(city: City, login: str = "chief") -> tuple[Account, Actor]:
    account = await city.staff(login, Role.HANDLER)
    return account, Actor(account.id, frozenset({Role.HANDLER}), OFFICE.id)


async def group_of(city: City, actor: Actor, name: str, *members: str, holds: tuple[str, ...] = ()) -> str:
    form = GroupForm(name=name, members=members, subgroups=holds)
    return (await city.services.staff_groups.write(actor, form, None, HOME)).id


async def test_notice_goes_into_each_box_and_by_sms_without_a_word_of_it(city: City, staff: Staff) -> None:
    browser = await staff(Role.HANDLER)
    colleague = await city.staff("wang", Role.REVIEWER, phone="13900000777")

    await browser.get("/desk/groups/new")
    await browser.submit("/desk/groups/new", name="科长", members=colleague.id)
    assert browser.path == "/desk/groups" and "科长" in browser.text
    (group,) = await city.store.staff_groups(OFFICE.id)
    await browser.get("/desk/notices/new")
    await browser.submit("/desk/notices/new", groups=group.id, subject="安全生产会议", text=TEXT)
    assert browser.path.startswith("/desk/notices/") and "尚未打开" not in browser.text
    assert "0／1" in browser.text

    await deliver(city)
    [(phone, words)] = city.drawer.sent
    assert phone == "13900000777"
    assert words == "【滨海市】《市城管局》于3月2日12:00给您写了信，请登录信箱查看。"
    reader = Actor(colleague.id, frozenset({Role.REVIEWER}), OFFICE.id)
    (message,) = (await city.services.boxes.list(reader, PageRequest())).items
    assert (message.sender, message.subject, message.text) == ("市城管局", "安全生产会议", TEXT)

    await city.services.boxes.open(reader, message.id)
    await browser.get(browser.path)
    assert "1／1" in browser.text
    assert "提醒未打开的人" not in browser.text


async def test_only_those_who_have_not_opened_it_are_reminded_and_not_within_the_hour(city: City) -> None:
    notices = city.services.staff_notices
    _, actor = await handler_of(city)
    early = await city.staff("early", Role.REVIEWER, phone="13900000701")
    late = await city.staff("late", Role.REVIEWER, phone="13900000702")
    group_id = await group_of(city, actor, "全体", early.id, late.id)
    form = NoticeForm(subject="会议", text=TEXT, groups=(group_id,), token="t" * 22)
    notice_id = await notices.send(actor, form, HOME)
    await deliver(city)
    assert len(city.drawer.sent) == 2
    (message,) = (await city.services.boxes.list(Actor(early.id), PageRequest())).items
    await city.services.boxes.open(Actor(early.id), message.id)

    with pytest.raises(InvalidInputError) as caught:
        await notices.remind(actor, notice_id, HOME)
    assert caught.value.reason == "notices.reminded_lately"
    city.clock.advance(timedelta(hours=1))
    assert await notices.remind(actor, notice_id, HOME) == 1
    await deliver(city)
    assert [phone for phone, _ in city.drawer.sent] == ["13900000702"]
    assert len((await city.services.boxes.list(Actor(late.id), PageRequest())).items) == 1
    readers = await notices.readers(await notices.notice(actor, notice_id))
    assert [(one.account.login, one.opened_at is None) for one in readers] == [("late", True), ("early", False)]


async def test_same_filling_in_sent_twice_is_one_notice(city: City) -> None:
    notices = city.services.staff_notices
    account, actor = await handler_of(city)
    group_id = await group_of(city, actor, "全体", account.id)
    form = NoticeForm(subject="会议", text=TEXT, groups=(group_id,), token="t" * 22)
    assert await notices.send(actor, form, HOME) == await notices.send(actor, form, HOME)
    assert len((await notices.listed(actor, PageRequest())).items) == 1


async def test_group_that_would_hold_itself_is_refused_beside_the_field(city: City, staff: Staff) -> None:
    browser = await staff(Role.HANDLER)
    _, actor = await handler_of(city)
    inner = await group_of(city, actor, "内")
    outer = await group_of(city, actor, "外", holds=(inner,))
    await browser.get(f"/desk/groups/{inner}")
    await browser.submit(f"/desk/groups/{inner}", name="内", subgroups=outer)
    assert browser.status == 422 and "不能直接或间接包含自己" in browser.text


@pytest.mark.parametrize(("name", "told"), [("", "请填写通讯组名称"), ("长" * 41, "最多 40 个字"), ("在用", "同名")])
async def test_name_that_can_not_be_taken_is_told_beside_the_field(
    city: City, staff: Staff, name: str, told: str
) -> None:
    browser = await staff(Role.HANDLER)
    _, actor = await handler_of(city)
    await group_of(city, actor, "在用")
    await browser.get("/desk/groups/new")
    await browser.submit("/desk/groups/new", name=name)
    assert browser.status == 422 and told in browser.text


async def test_deleted_group_is_held_by_none(city: City, staff: Staff) -> None:
    browser = await staff(Role.HANDLER)
    _, actor = await handler_of(city)
    inner = await group_of(city, actor, "内")
    await group_of(city, actor, "外", holds=(inner,))
    await browser.get(f"/desk/groups/{inner}")
    await browser.submit(f"/desk/groups/{inner}/delete")
    (left,) = await city.store.staff_groups(OFFICE.id)
    assert (left.name, left.subgroups) == ("外", ())


async def test_notice_to_nobody_or_without_words_is_refused(city: City, staff: Staff) -> None:
    browser = await staff(Role.HANDLER)
    _, actor = await handler_of(city)
    empty = await group_of(city, actor, "空")
    for fields, told in (
        ({"groups": empty, "subject": "会议", "text": TEXT}, "至少一个有成员的通讯组"),
        ({"groups": empty, "subject": "", "text": TEXT}, "请填写标题"),
        ({"groups": empty, "subject": "会议", "text": " "}, "请填写正文"),
    ):
        await browser.get("/desk/notices/new")
        await browser.submit("/desk/notices/new", **fields)
        assert browser.status == 422 and told in browser.text


async def test_strangers_and_other_offices_see_neither_groups_nor_notices(city: City) -> None:
    account, actor = await handler_of(city)
    group_id = await group_of(city, actor, "全体", account.id, "somebody elsewhere")
    assert (await city.services.staff_groups.group(actor, group_id)).members == (account.id,)
    form = NoticeForm(subject="会议", text=TEXT, groups=(group_id,), token="t" * 22)
    notice_id = await city.services.staff_notices.send(actor, form, HOME)
    elsewhere = Actor("li", frozenset({Role.HANDLER}), "zjj")
    with pytest.raises(NotFoundError):
        await city.services.staff_groups.group(elsewhere, group_id)
    with pytest.raises(NotFoundError):
        await city.services.staff_notices.notice(elsewhere, notice_id)
    assert await city.services.staff_groups.listed(elsewhere) == []
    with pytest.raises(NotAllowedError):
        await city.services.staff_groups.listed(Actor("citizen", frozenset({Role.CITIZEN})))
    with pytest.raises(InvalidInputError):
        await city.services.staff_notices.send(elsewhere, form, HOME)


def test_large_notice_is_taken_out_in_pieces() -> None:
    people = [str(number) for number in range(2 * AT_ONCE + 1)]
    pieces = entries("n", people, 0)
    assert [len(one.payload["to"]) for one in pieces] == [AT_ONCE, AT_ONCE, 1]
    assert len({one.key for one in pieces}) == 3
