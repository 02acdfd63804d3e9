"""Boxes as their owners use them: deliver, list, read, move, delete, look for, export."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from corpus.odd_mails import odd_mails
from support.mailboxes import ALL, CLERK, COLLEAGUE, FILE, LI, STRANGER, WANG, Office, mail, open_office

from minxin.core.errors import (
    InvalidInputError,
    NotFoundError,
    QuotaError,
    TooLargeError,
)
from minxin.core.paging import PageRequest
from minxin.mailbox.mail.keys import mail_usage
from minxin.mailbox.mail.records import SEEN, FolderRole, MailContent, MailItem, MailText
from minxin.mailbox.mail.rules import MailRules


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        yield opened


async def test_a_mail_is_listed_read_and_comes_back_to_the_byte(office: Office) -> None:
    raw = mail("路灯", "楼下的路灯不亮。", file=("照片.pdf", FILE))
    made = await office.put(raw)
    opened = await office.boxes.open(WANG, made)

    assert (opened.item.sender.name, opened.item.subject, opened.item.snippet) == ("李四", "路灯", "楼下的路灯不亮。")
    assert (opened.item.files, opened.item.uid, opened.item.size_bytes) == (1, 1, len(raw))
    assert opened.text.text.strip() == "楼下的路灯不亮。"
    assert [(one.name, one.size_bytes) for one in opened.text.files] == [("照片.pdf", len(FILE))]
    assert await office.boxes.file(WANG, made, opened.text.files[0].index) == FILE
    assert await office.boxes.raw(WANG, made) == raw


async def test_every_odd_mail_is_accepted_comes_back_and_opens(office: Office) -> None:
    office.boxes.rules = MailRules()
    odd = odd_mails()
    for one in odd:
        await office.boxes.append(WANG, office.folder(), one.raw)
    await office.work()
    items = await office.store.mail_by_uid(office.folder(), 1, None, 1_000)

    assert len(items) == len(odd)
    for item, one in zip(items, odd, strict=True):
        assert await office.boxes.raw(WANG, item.id) == one.raw, one.name
        assert (await office.boxes.open(WANG, item.id)).text.id == item.content_id, one.name


async def test_the_same_file_in_many_boxes_is_kept_once_and_counted_to_each(office: Office) -> None:
    first, second = mail("一", file=("a.pdf", FILE)), mail("二", file=("b.pdf", FILE))
    items = [
        await office.boxes.item(actor, await office.put(raw, actor=actor, box=box))
        for actor, box, raw in ((WANG, "w", first), (LI, "l", first), (LI, "l", second))
    ]
    contents = await office.store.get_all(MailContent, [item.content_id for item in items])

    assert len(contents) == 2
    assert len({hole.blob_id for one in contents.values() for hole in one.holes}) == 1
    assert await office.store.used([mail_usage("w"), mail_usage("l")]) == {
        mail_usage("w"): len(first),
        mail_usage("l"): len(first) + len(second),
    }


async def test_nobody_opens_the_box_of_another_and_an_office_shares_its_own(office: Office) -> None:
    made = await office.put(mail(), box="o", actor=CLERK)
    own = await office.put(mail())

    assert (await office.boxes.item(COLLEAGUE, made)).subject == "问候"
    for actor, item_id, box in ((LI, own, "w"), (CLERK, own, "w"), (STRANGER, made, "o"), (WANG, made, "o")):
        for attempt in (
            office.boxes.open(actor, item_id),
            office.boxes.raw(actor, item_id),
            office.boxes.thread(actor, item_id),
            office.boxes.mark(actor, [item_id], add=[SEEN]),
            office.boxes.delete(actor, [item_id]),
            office.boxes.folders(actor, box),
            office.boxes.items(actor, office.folder(box=box), ALL),
            office.boxes.search(actor, box, "问候", ALL),
            office.boxes.append(actor, office.folder(box=box), mail()),
            office.boxes.filling(actor, box),
            office.boxes.create_folder(actor, box, "own"),
        ):
            with pytest.raises(NotFoundError):
                await attempt


async def test_who_takes_a_mail_of_a_shared_box_is_seen_by_the_others(office: Office) -> None:
    made = await office.put(mail(), box="o", actor=CLERK)
    await office.boxes.take(COLLEAGUE, made)

    taken = (await office.boxes.item(CLERK, made)).taken
    assert taken is not None
    assert (taken.by, taken.at) == ("colleague", office.clock.now())


async def test_flags_counts_and_the_changes_of_a_folder_follow_each_other(office: Office) -> None:
    first, second = await office.put(mail("一")), await office.put(mail("二"))
    before = await office.store.last_stamp("w")
    await office.boxes.mark(WANG, [first], add=[SEEN, "$Forwarded"])
    await office.boxes.mark(WANG, [first], add=[SEEN])
    seen = await office.boxes.changes_since(WANG, office.folder(), before)
    await office.boxes.delete(WANG, [second])
    gone = await office.boxes.changes_since(WANG, office.folder(), seen.stamp)
    (inbox, *_) = await office.boxes.folders(WANG, "w")

    assert [(one.id, one.flags) for one in seen.items] == [(first, ("$Forwarded", SEEN))]
    assert (seen.gone, gone.items, [one.uid for one in gone.gone]) == ([], [], [2])
    assert (inbox.state.total, inbox.state.unseen, inbox.state.next_uid) == (1, 0, 3)
    assert (await office.boxes.changes_since(WANG, office.folder(), gone.stamp)).items == []


async def test_two_programs_at_once_agree_on_the_flags(office: Office) -> None:
    made = await office.put(mail())

    await asyncio.gather(*(office.boxes.mark(WANG, [made], add=[f"flag{place}"]) for place in range(5)))

    assert (await office.boxes.item(WANG, made)).flags == tuple(f"flag{place}" for place in range(5))


async def test_a_deleted_mail_goes_to_the_trash_then_for_good_and_frees_its_bytes(office: Office) -> None:
    made = await office.put(mail())
    await office.boxes.delete(WANG, [made])
    in_trash = await office.boxes.item(WANG, made)
    await office.boxes.delete(WANG, [made])

    assert (in_trash.folder_id, in_trash.uid, in_trash.trashed_at) == (
        office.folder(FolderRole.TRASH),
        1,
        office.clock.now(),
    )
    assert await office.store.get(MailItem, made) is None
    assert (await office.boxes.filling(WANG, "w")).used == 0


async def test_what_was_in_the_trash_for_thirty_days_goes_with_its_bytes(office: Office) -> None:
    raw = mail(file=("a.pdf", FILE))
    made = await office.put(raw)
    content = (await office.boxes.item(WANG, made)).content_id
    await office.boxes.delete(WANG, [made])
    early = await office.upkeep.empty_trash()
    office.clock.advance(timedelta(days=31))
    late = await office.upkeep.empty_trash()
    await office.upkeep.sweep_contents()
    kept = await office.store.get(MailContent, content)
    office.clock.advance(timedelta(hours=2))
    await office.upkeep.sweep_contents()

    assert (early, late) == (0, 1)
    assert kept is not None
    assert await office.store.get(MailContent, content) is None
    assert await office.store.get(MailText, content) is None
    for _ in range(3):
        office.clock.advance(timedelta(days=2))
        await office.store.sweep_blobs(office.clock.now(), timedelta(days=1), 100)
    assert [await office.store.blob(one) for one in (kept.skeleton, kept.holes[0].blob_id)] == [None, None]


async def test_a_content_that_another_box_holds_stays(office: Office) -> None:
    made, other = await office.put(mail()), await office.put(mail(), actor=LI, box="l")
    await office.boxes.expunge(WANG, [made])
    for _ in range(3):
        office.clock.advance(timedelta(hours=2))
        await office.upkeep.sweep_contents()

    assert await office.boxes.raw(LI, other) == mail()


async def test_a_copy_counts_and_a_full_box_takes_none(office: Office) -> None:
    made = await office.put(mail(text="x" * 90_000))
    copies, _ = await office.boxes.copy(WANG, [made], office.folder(FolderRole.ARCHIVE))
    with pytest.raises(QuotaError):
        await office.boxes.copy(WANG, [made], office.folder(FolderRole.ARCHIVE))

    assert await office.boxes.raw(WANG, copies[made]) == await office.boxes.raw(WANG, made)
    assert await office.subjects(FolderRole.ARCHIVE) == ["问候"]


async def test_mail_is_moved_within_a_box_only(office: Office) -> None:
    made = await office.put(mail())
    moved = await office.boxes.move(WANG, [made], office.folder(FolderRole.ARCHIVE))

    with pytest.raises(NotFoundError):
        await office.boxes.move(WANG, [made], office.folder(box="l"))
    assert moved.seqs == {made: 1}
    assert (await office.subjects(), await office.subjects(FolderRole.ARCHIVE)) == ([], ["问候"])


async def test_a_draft_takes_the_place_of_the_one_before_also_in_a_full_box(office: Office) -> None:
    drafts = office.folder(FolderRole.DRAFTS)
    first, _ = await office.boxes.append(WANG, drafts, mail("草稿", "x" * 120_000))
    second, _ = await office.boxes.append(WANG, drafts, mail("草稿二", "y" * 130_000), replaces=first)
    third, _ = await office.boxes.append(WANG, drafts, mail("草稿三"), replaces=first)

    assert sorted(await office.subjects(FolderRole.DRAFTS)) == ["草稿三", "草稿二"]
    assert len({first, second, third}) == 3
    assert await office.store.get(MailItem, first) is None


async def test_what_is_too_large_is_refused(office: Office) -> None:
    office.boxes.rules = MailRules(message_bytes=100)
    with pytest.raises(TooLargeError):
        await office.boxes.append(WANG, office.folder(), mail(text="x" * 200))


async def test_an_answer_joins_the_conversation_of_what_it_answers(office: Office) -> None:
    first = await office.put(mail("问", Message_ID="<one@x>"))
    second = await office.put(mail("答", Message_ID="<two@x>", In_Reply_To="<one@x>", References="<zero@x> <one@x>"))
    third = await office.put(mail("再答", Message_ID="<three@x>", References="<two@x> <gone@x>"))
    other = await office.put(mail("问", Message_ID="<four@x>"))
    foreign = await office.put(mail("答", References="<one@x>"), actor=LI, box="l")

    assert [one.id for one in await office.boxes.thread(WANG, second)] == [first, second, third]
    assert [one.id for one in await office.boxes.thread(WANG, other)] == [other]
    assert [one.id for one in await office.boxes.thread(LI, foreign)] == [foreign]


@pytest.mark.parametrize(
    "typed",
    ["路灯", "路燈", "lisi@HOME", "ＡＢＣ", "abc", "照片.PDF", "坏了 三天", "三天  李四", "壞了"],
)
async def test_a_mail_is_found_by_sender_subject_text_and_files_in_any_form_of_its_characters(
    office: Office, typed: str
) -> None:
    made = await office.put(mail("路灯 abc", "已经坏了三天", file=("照片.pdf", FILE)))
    await office.put(mail("别的", "别的内容", sender="zhao@home.example"))

    found = await office.boxes.search(WANG, "w", typed, ALL)
    assert [one.id for one in found.items] == [made]
    assert (await office.boxes.search(LI, "l", typed, ALL)).items == []


async def test_a_search_goes_page_by_page_and_within_one_folder(office: Office) -> None:
    made = []
    for place in range(5):
        made.append(await office.put(mail(f"水管 {place}")))
        office.clock.advance(timedelta(minutes=1))
    await office.boxes.move(WANG, [made[0]], office.folder(FolderRole.ARCHIVE))
    first = await office.boxes.search(WANG, "w", "水管", PageRequest(None, 3))
    rest = await office.boxes.search(WANG, "w", "水管", PageRequest(first.next, 3))
    inbox = await office.boxes.search(WANG, "w", "水管", ALL, office.folder())

    assert [one.id for one in [*first.items, *rest.items]] == made[::-1]
    assert [one.id for one in inbox.items] == made[:0:-1]
    with pytest.raises(InvalidInputError):
        await office.boxes.search(WANG, "w", " 　", ALL)
