"""Official mail from its author over a second person into the boxes of a district, and to nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace
from support.official import sender_for
from support.readers import inbox, reader, send_official
from support.texting import send_all
from support.web import OFFICE, City

from minxin.core.actor import Actor, Role
from minxin.core.changes import Changes
from minxin.core.errors import ConflictError, IllegalMoveError, InvalidFormError, InvalidInputError, NotFoundError
from minxin.core.paging import PageRequest
from minxin.core.places import Area
from minxin.mailbox.files import Upload
from minxin.mailbox.mail.keys import mail_usage, role_folder
from minxin.mailbox.mail.records import SEEN, FolderRole, MailContent
from minxin.mailbox.mail.sending import Written
from minxin.mailbox.official.delivery import Pace
from minxin.mailbox.official.listing import WrongLinesError, read_typed
from minxin.mailbox.official.moves import NoticeMove
from minxin.mailbox.official.records import NoticeList, NoticeState, OfficialNotice, Reach
from minxin.mailbox.official.words import NoticeForm
from minxin.mailbox.records import AccountState

HOME = "127.0.0.1"
HAIYAN: Area = ("海晏区",)
GULOU: Area = ("海晏区", "鼓楼街道")
TEXT = "六月三日零时至六时停水检修，请提前储水。"
AUTHOR = Actor("author", frozenset({Role.HANDLER}), OFFICE.id, "综合科科员")
CHIEF = Actor("chief", frozenset({Role.REVIEWER}), OFFICE.id, "科长")
COLLEAGUE = Actor("colleague", frozenset({Role.HANDLER}), OFFICE.id)
MACHINE_ROOM = Actor("root", frozenset({Role.ADMINISTRATOR}), "centre")


def form(**fields: object) -> NoticeForm:
    given = {"subject": "停水通知", "text": TEXT, "reach": Reach.AREA, "area": HAIYAN, "token": "t" * 22}
    return NoticeForm(**(given | fields))  # type: ignore[arg-type]


async def drafted(city: City, **fields: object) -> OfficialNotice:
    return await city.services.official.write(AUTHOR, form(**fields), None, HOME)


async def approved(city: City, **fields: object) -> OfficialNotice:
    """Write a notice and have a second person approve it."""
    official, notice = city.services.official, await drafted(city, **fields)
    await official.act(AUTHOR, notice.id, NoticeMove.SUBMIT, HOME)
    preview = await official.preview(CHIEF, notice.id)
    await official.act(CHIEF, notice.id, NoticeMove.APPROVE, HOME, seen=preview.notice.version)
    return notice


async def state_of(city: City, notice: OfficialNotice) -> NoticeState:
    return (await city.services.official.shown(CHIEF, notice.id)).notice.state


async def test_notice_reaches_the_citizens_of_the_district_and_nobody_else(city: City) -> None:
    inside = [await reader(city, 1, HAIYAN), await reader(city, 2, GULOU)]
    outside = [
        await reader(city, 3, ("望洲区",)),
        await reader(city, 4),
        await reader(city, 5, HAIYAN, AccountState.CLOSED),
    ]
    notice = await approved(city)
    assert await state_of(city, notice) is NoticeState.APPROVED
    await send_official(city)

    for account in inside:
        (item,) = await inbox(city, account)
        assert item.official and item.subject == "停水通知"
        assert item.sender.name == "市城管局" and item.sender.address == "cgj@gov.binhai.example"
        mark = await city.services.official.mark_of(item)
        assert mark is not None and (mark.office_id, mark.number, mark.replies) == (OFFICE.id, "T2026-000001", True)
    for account in outside:
        assert await inbox(city, account) == []
    shown = await city.services.official.shown(AUTHOR, notice.id)
    assert shown.notice.state is NoticeState.DONE and shown.run is not None
    assert (shown.run.total, shown.run.delivered, shown.run.going) == (2, 2, False)


async def test_what_arrives_is_what_was_previewed_and_is_kept_once(city: City) -> None:
    readers = [await reader(city, number, HAIYAN) for number in range(3)]
    attached = Upload("通告.txt", ("停水范围：\n" * 2000).encode())
    notice = await approved(city, uploads=(attached,))
    preview = await city.services.official.preview(CHIEF, notice.id)
    assert preview.boxes == 3 and preview.letter.text.startswith(TEXT)
    await send_official(city)
    contents = {(await inbox(city, one))[0].content_id for one in readers}
    assert len(contents) == 1
    opened = await city.services.mailroom.mailboxes.open(Actor(readers[0].id), (await inbox(city, readers[0]))[0].id)
    assert opened.text.text == preview.letter.text and "T2026-000001" in opened.text.text
    assert [one.name for one in opened.text.files] == ["通告.txt"]
    raw = await city.services.mailroom.mailboxes.raw(Actor(readers[1].id), (await inbox(city, readers[1]))[0].id)
    assert b"Auto-Submitted: auto-generated" in raw and b"Reply-To" not in raw
    content = await city.store.get(MailContent, contents.pop())
    assert content is not None and [hole.blob_id for hole in content.holes] == [
        one.blob_id for one in (await city.services.official.shown(AUTHOR, notice.id)).notice.files
    ]


async def test_without_replies_answers_go_to_where_nobody_reads(city: City) -> None:
    account = await reader(city, 1, HAIYAN)
    await approved(city, replies=False)
    await send_official(city)
    (item,) = await inbox(city, account)
    opened = await city.services.mailroom.mailboxes.open(Actor(account.id), item.id)
    assert [one.address for one in opened.text.reply_to] == ["notice@gov.binhai.example"]
    assert "请勿回复" in opened.text.text


async def test_author_can_not_approve_his_own_notice_and_the_try_is_in_the_log(city: City) -> None:
    await reader(city, 1, HAIYAN)
    official = city.services.official
    author = Actor("author", frozenset({Role.SIGNER}), OFFICE.id)
    notice = await official.write(author, form(), None, HOME)
    await official.act(author, notice.id, NoticeMove.SUBMIT, HOME)
    with pytest.raises(IllegalMoveError) as caught:
        await official.act(author, notice.id, NoticeMove.APPROVE, HOME, seen=2)
    assert caught.value.reason == "official.own"
    log = await city.store.audit_page(PageRequest())
    assert [(one.entry.action, one.entry.result) for one in log.items[:2]] == [
        ("official.approve", "official.own"),
        ("official.submit", "ok"),
    ]


async def test_handlers_and_other_offices_approve_nothing(city: City) -> None:
    await reader(city, 1, HAIYAN)
    official, notice = city.services.official, await drafted(city)
    await official.act(AUTHOR, notice.id, NoticeMove.SUBMIT, HOME)
    with pytest.raises(IllegalMoveError):
        await official.act(
            Actor("colleague", frozenset({Role.HANDLER}), OFFICE.id), notice.id, NoticeMove.APPROVE, HOME, seen=2
        )
    with pytest.raises(IllegalMoveError):
        await official.act(MACHINE_ROOM, notice.id, NoticeMove.APPROVE, HOME, seen=2)
    elsewhere = Actor("elsewhere", frozenset({Role.SIGNER}), "zjj")
    with pytest.raises(NotFoundError):
        await official.act(elsewhere, notice.id, NoticeMove.APPROVE, HOME, seen=2)
    with pytest.raises(NotFoundError):
        await official.preview(elsewhere, notice.id)
    with pytest.raises(NotFoundError):
        await official.preview(Actor("citizen-001", frozenset({Role.CITIZEN})), notice.id)
    assert (await official.listed(elsewhere, PageRequest())).items == []


async def test_notice_that_was_changed_after_it_was_shown_is_not_approved(city: City) -> None:
    await reader(city, 1, HAIYAN)
    official, notice = city.services.official, await drafted(city)
    await official.act(AUTHOR, notice.id, NoticeMove.SUBMIT, HOME)
    seen = (await official.preview(CHIEF, notice.id)).notice.version
    await official.act(AUTHOR, notice.id, NoticeMove.TAKE_BACK, HOME)
    await official.write(AUTHOR, form(text="全市停水一周。"), notice.id, HOME)
    await official.act(AUTHOR, notice.id, NoticeMove.SUBMIT, HOME)
    with pytest.raises(ConflictError):
        await official.act(CHIEF, notice.id, NoticeMove.APPROVE, HOME, seen=seen)
    assert await state_of(city, notice) is NoticeState.WAITING


async def test_refused_notice_goes_back_with_the_reason_and_can_be_put_right(city: City) -> None:
    await reader(city, 1, HAIYAN)
    official, notice = city.services.official, await drafted(city)
    await official.act(AUTHOR, notice.id, NoticeMove.SUBMIT, HOME)
    with pytest.raises(InvalidInputError):
        await official.act(CHIEF, notice.id, NoticeMove.REFUSE, HOME, reason="不")
    await official.act(CHIEF, notice.id, NoticeMove.REFUSE, HOME, reason="请写明停水的小区。")
    shown = await official.shown(AUTHOR, notice.id)
    assert shown.notice.refusal == "请写明停水的小区。" and shown.moves == (NoticeMove.WRITE, NoticeMove.DROP)
    await official.write(AUTHOR, form(text=TEXT + "涉及翠湖小区。"), notice.id, HOME)
    await official.act(AUTHOR, notice.id, NoticeMove.SUBMIT, HOME)
    assert await state_of(city, notice) is NoticeState.WAITING


@pytest.mark.parametrize("actor", [AUTHOR, CHIEF, MACHINE_ROOM], ids=["author", "approver", "administrator"])
async def test_sending_is_stopped_at_once_and_goes_on_where_it_was(city: City, actor: Actor) -> None:
    readers = [await reader(city, number, HAIYAN) for number in range(7)]
    notice = await approved(city)
    delivery, worker = sender_for(city.store, city.vault, city.clock, city.services.official)

    async def stop_after_the_first_page() -> None:
        await city.services.official.act(actor, notice.id, NoticeMove.STOP, HOME)

    delivery._pace = Pace(2, stop_after_the_first_page)
    assert await delivery.send("job", {"notice_id": notice.id, "start": 1}) == Changes()
    stopped = await city.services.official.shown(AUTHOR, notice.id)
    assert stopped.notice.state is NoticeState.STOPPED and stopped.run is not None
    assert (stopped.run.delivered, stopped.run.going, stopped.run.stopped_by) == (2, False, actor.id)
    while await worker.run_once():
        pass
    assert sum([len(await inbox(city, one)) for one in readers]) == 2

    await city.services.official.act(CHIEF, notice.id, NoticeMove.GO_ON, HOME)
    await send_official(city)
    assert [len(await inbox(city, one)) for one in readers] == [1] * 7
    assert await state_of(city, notice) is NoticeState.DONE


async def test_author_who_is_stopped_by_others_can_not_send_on(city: City) -> None:
    await reader(city, 1, HAIYAN)
    notice = await approved(city)
    await city.services.official.act(CHIEF, notice.id, NoticeMove.STOP, HOME)
    with pytest.raises(IllegalMoveError):
        await city.services.official.act(AUTHOR, notice.id, NoticeMove.GO_ON, HOME)
    with pytest.raises(IllegalMoveError):
        await city.services.official.act(MACHINE_ROOM, notice.id, NoticeMove.GO_ON, HOME)


async def test_full_box_takes_it_and_counts_it(city: City) -> None:
    account = await reader(city, 1, HAIYAN)
    (box,) = await city.store.boxes_of(account.id)
    await city.store.commit(Changes(puts=[replace(box, mail_quota=10)]))
    await approved(city)
    await send_official(city)
    (item,) = await inbox(city, account)
    assert (await city.store.used([mail_usage(account.id)]))[mail_usage(account.id)] == item.size_bytes


async def test_who_came_after_the_approval_is_not_in_it(city: City) -> None:
    early = await reader(city, 1, HAIYAN)
    await approved(city)
    city.clock.advance(timedelta(minutes=1))
    late = await reader(city, 2, HAIYAN)
    await send_official(city)
    assert (len(await inbox(city, early)), await inbox(city, late)) == (1, [])


async def test_list_names_boxes_by_address_and_number_and_tells_wrong_lines(city: City) -> None:
    first, second, stranger = await reader(city, 1), await reader(city, 2), await reader(city, 3)
    (box,) = await city.store.boxes_of(first.id)
    typed = (
        f"王小明 <{box.address.upper()}>\n13800000002；13800000002\n13900001111\nnobody@citizen.binhai.example\n王大明"
    )
    listed = {"reach": Reach.LIST, "listing": read_typed(typed)}
    with pytest.raises(WrongLinesError) as caught:
        await drafted(city, **listed)
    assert [(one.line, one.text, one.reason) for one in caught.value.lines] == [
        (3, "139****1111", "official.line.unknown"),
        (4, "nobody@citizen.binhai.example", "official.line.unknown"),
        (5, "王大明", "official.line.form"),
    ]
    await approved(city, **listed, leave_out=True)
    await send_official(city)
    assert [len(await inbox(city, one)) for one in (first, second, stranger)] == [1, 1, 0]
    (notice,) = (await city.services.official.listed(AUTHOR, PageRequest())).items
    assert notice.notice.listed == 2
    assert await city.store.get(NoticeList, notice.notice.id) is None, "whom a list named is needed no more"


async def test_list_stays_when_the_words_are_changed(city: City) -> None:
    await reader(city, 1)
    notice = await drafted(city, reach=Reach.LIST, listing=read_typed("13800000001"))
    changed = await city.services.official.write(AUTHOR, form(reach=Reach.LIST, text="改"), notice.id, HOME)
    assert (changed.listed, changed.text) == (1, "改")
    with pytest.raises(InvalidInputError) as caught:
        await city.services.official.write(AUTHOR, form(reach=Reach.LIST, token="u" * 22), None, HOME)
    assert caught.value.reason == "official.nobody"


async def test_wrong_fields_are_told_together(city: City) -> None:
    with pytest.raises(InvalidFormError) as caught:
        await drafted(city, subject=" ", text="", area=("火星区",), document="长" * 41)
    assert [one.field for one in caught.value.errors] == ["subject", "text", "document", "area"]


async def test_notice_to_nobody_is_not_submitted(city: City) -> None:
    notice = await drafted(city)
    with pytest.raises(InvalidInputError) as caught:
        await city.services.official.act(AUTHOR, notice.id, NoticeMove.SUBMIT, HOME)
    assert caught.value.reason == "official.nobody"


async def test_same_filling_in_sent_twice_is_one_draft(city: City) -> None:
    assert (await drafted(city)).id == (await drafted(city)).id
    assert len((await city.services.official.listed(AUTHOR, PageRequest())).items) == 1


async def test_readers_are_told_by_sms_as_they_wish_and_of_no_word(city: City) -> None:
    silent = await reader(city, 1, HAIYAN)
    await reader(city, 2, HAIYAN)
    await city.accounts.own.set_notices(silent.id, "none", HOME)
    await approved(city, sms=True)
    await send_official(city)
    await send_all(city.store, city.vault, city.clock, city.drawer)
    assert [phone for phone, _ in city.drawer.sent] == ["13800000002"]
    assert "市城管局" in city.drawer.sent[0][1] and "停水" not in city.drawer.sent[0][1]


async def test_figures_count_readers_by_area_and_never_a_few(city: City) -> None:
    readers = [await reader(city, number, HAIYAN if number % 2 else GULOU) for number in range(24)]
    readers += [await reader(city, 100 + number, ("望洲区",)) for number in range(11)]
    official = city.services.official
    notice = await approved(city, reach=Reach.ALL)
    await send_official(city)
    city.clock.advance(timedelta(days=1))
    mailboxes = city.services.mailroom.mailboxes
    for account in readers[:5]:
        (item,) = await inbox(city, account)
        await mailboxes.mark(Actor(account.id), [item.id], add=[SEEN])
        await mailboxes.mark(Actor(account.id), [item.id], remove=[SEEN])
        await mailboxes.mark(Actor(account.id), [item.id], add=[SEEN])
    (item,) = await inbox(city, readers[30])
    await mailboxes.delete(Actor(readers[30].id), [item.id])
    await mailboxes.delete(Actor(readers[30].id), [item.id])
    (item,) = await inbox(city, readers[31])
    await mailboxes.delete(Actor(readers[31].id), [item.id])
    await mailboxes.move(Actor(readers[31].id), [item.id], role_folder(readers[31].id, FolderRole.INBOX))
    found = await official.figures(AUTHOR, notice.id)
    assert found is not None
    assert (found.delivered, found.opened, found.deleted) == (35, 5, 1)
    assert [(one.area, one.delivered, one.opened, one.deleted) for one in found.groups] == [
        ("海晏区", 24, 5, 0),
        ("望洲区", 11, 0, 1),
    ]
    assert [(one.delivered, one.opened) for one in found.days] == [(35, 0), (0, 5)]


async def test_figures_of_a_handful_are_not_shown(city: City) -> None:
    account = await reader(city, 1, HAIYAN)
    notice = await approved(city)
    await send_official(city)
    (item,) = await inbox(city, account)
    await city.services.mailroom.mailboxes.mark(Actor(account.id), [item.id], add=[SEEN])
    assert await city.services.official.figures(AUTHOR, notice.id) is None


async def test_draft_is_dropped_by_its_author_alone(city: City) -> None:
    notice = await drafted(city)
    with pytest.raises(IllegalMoveError):
        await city.services.official.act(CHIEF, notice.id, NoticeMove.DROP, HOME)
    await city.services.official.act(AUTHOR, notice.id, NoticeMove.DROP, HOME)
    with pytest.raises(NotFoundError):
        await city.services.official.shown(AUTHOR, notice.id)


async def test_citizen_says_where_he_lives_and_takes_it_back(city: City) -> None:
    account = await reader(city, 1)
    await city.accounts.own.set_area(account.id, GULOU, HOME)
    assert await city.store.count_citizens_in(HAIYAN, city.clock.now()) == 1
    with pytest.raises(InvalidInputError):
        await city.accounts.own.set_area(account.id, ("火星区",), HOME)
    await city.accounts.own.set_area(account.id, (), HOME)
    assert await city.store.count_citizens_in(HAIYAN, city.clock.now()) == 0


async def test_reader_s_answer_comes_into_the_office_s_shared_box(city: City) -> None:
    account = await reader(city, 1, HAIYAN)
    await approved(city)
    await send_official(city)
    (item,) = await inbox(city, account)
    told = f"<{item.message_id}>"
    answer = Written(
        box_id=account.id, to=(item.sender,), subject="回复：停水通知", text="我们楼也停吗？", in_reply_to=told
    )
    await city.services.mailroom.sending.send(Actor(account.id, frozenset({Role.CITIZEN})), answer, "key")
    found = await city.store.mail_items(role_folder(OFFICE.id, FolderRole.INBOX), PageRequest())
    assert [(one.subject, one.official) for one in found.items] == [("回复：停水通知", False)]
    shared = await city.services.mailroom.mailboxes.boxes(COLLEAGUE)
    assert [one.owner_id for one in shared] == [OFFICE.id]
