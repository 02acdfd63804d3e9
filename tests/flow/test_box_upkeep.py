"""What surrounds the mail of a box: folders, notices, how full it is, what is done at night, and taking it along."""

from __future__ import annotations

import io
import mailbox as mbox_library
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.mail import NOON
from support.mailboxes import ALL, FILE, HOUSE, LI, WANG, Office, mail, open_office

from minxin.core.changes import Changes
from minxin.core.errors import (
    DuplicateError,
    IllegalMoveError,
    InvalidInputError,
    NotFoundError,
)
from minxin.mailbox.mail.export import export_mbox, export_zip
from minxin.mailbox.mail.records import DELETED, SEEN, Box, FolderRole


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        yield opened


async def test_folders_are_made_renamed_with_what_is_below_and_deleted_with_their_mail(office: Office) -> None:
    folder = await office.boxes.create_folder(WANG, "w", "家/ 账单 ")
    below = await office.boxes.create_folder(WANG, "w", "家/账单/2026")
    again = await office.boxes.create_folder(WANG, "w", "别的")
    await office.boxes.append(WANG, folder.id, mail())
    for name in ("家/账单", "inbox", "a//b", "", "x" * 101, "a\x00b"):
        with pytest.raises(InvalidInputError):
            await office.boxes.create_folder(WANG, "w", name)
    await office.boxes.rename_folder(WANG, folder.id, "账单")
    names = {one.folder.id: one.folder.name for one in await office.boxes.folders(WANG, "w")}
    await office.boxes.delete_folder(WANG, folder.id)
    made_again = await office.boxes.create_folder(WANG, "w", "账单")

    assert (names[folder.id], names[below.id]) == ("账单", "账单/2026")
    assert len({folder.uid_validity, below.uid_validity, again.uid_validity, made_again.uid_validity}) == 4
    assert made_again.uid_validity > folder.uid_validity
    assert (await office.boxes.filling(WANG, "w")).used == 0
    for attempt in (
        office.boxes.rename_folder(WANG, office.folder(), "x"),
        office.boxes.delete_folder(WANG, office.folder(FolderRole.SENT)),
    ):
        with pytest.raises(IllegalMoveError):
            await attempt


async def test_a_notice_reaches_a_full_box_once_and_is_official(office: Office) -> None:
    box = await office.store.get(Box, "w")
    assert box is not None
    await office.put(mail(text="x" * 190_000))
    notice = HOUSE.notice(
        box.id,
        NOON + timedelta(minutes=1),
        key="reply:1",
        sender="滨海市市长信箱",
        subject="办理结果",
        text="路灯已修好。",
        letter_id="letter",
        files=[("答复.txt", "text/plain", b"x" * 20_000)],
    )
    await office.store.commit(notice)
    with pytest.raises(DuplicateError):
        await office.store.commit(notice)
    (item, *_) = (await office.boxes.items(WANG, office.folder(), ALL)).items
    opened = await office.boxes.open(WANG, item.id)
    read = await office.boxes.contents._read(item.content_id)

    assert (item.official, item.letter_id, item.sender.name) == (True, "letter", "滨海市市长信箱")
    assert opened.text.text == "路灯已修好。"
    assert await office.boxes.file(WANG, item.id, opened.text.files[0].index) == b"x" * 20_000
    assert (read.fields.subject, read.fields.snippet, read.text.text.strip()) == (
        "办理结果",
        "路灯已修好。",
        "路灯已修好。",
    )
    assert [(one.index, one.name) for one in read.text.files] == [(1, "答复.txt")]
    assert (await office.boxes.filling(WANG, "w")).used > office.rules.citizen_bytes


async def test_nothing_that_comes_from_outside_is_official(office: Office) -> None:
    forged = await office.put(mail("通知", sender="滨海市 <notice@gov.binhai.example>"))

    assert (await office.boxes.item(WANG, forged)).official is False


async def test_the_owner_is_told_once_at_each_level_and_again_after_it_was_emptier(office: Office) -> None:
    async def told() -> list[str]:
        await office.upkeep.warn()
        return [one for one in await office.subjects() if one.startswith("您的邮箱")]

    large = await office.put(mail(text="x" * 130_000))
    none = await told()
    await office.put(mail(text="y" * 28_000))
    first, same = await told(), await told()
    more = await office.put(mail(text="z" * 32_000))
    second = await told()
    await office.boxes.expunge(WANG, [large, more])
    third = await told()
    await office.put(mail(text="x" * 130_000))
    fourth = await told()

    assert (none, len(first), same) == ([], 1, first)
    assert [len(one) for one in (second, third, fourth)] == [2, 2, 3]
    assert {one.split()[1] for one in second} == {"80%", "95%"}


async def test_a_counter_that_is_wrong_is_put_right_and_reported(office: Office) -> None:
    raw = mail()
    await office.put(raw)
    await office.store.writer.write(
        lambda writing: writing.connection.execute("UPDATE usages SET used = 7 WHERE key = 'mail:w'")
    )
    drifts = await office.upkeep.recount()
    audit = [one async for batch in office.store.all_audit() for one in batch]

    assert [(one.key, one.counted, one.real) for one in drifts] == [("mail:w", 7, len(raw))]
    assert (await office.boxes.filling(WANG, "w")).used == len(raw)
    assert [(one.entry.action, one.entry.data) for one in audit] == [("recount_mail", {"counted": 7, "real": len(raw)})]
    assert await office.upkeep.recount() == []


async def test_what_left_is_forgotten_after_some_weeks(office: Office) -> None:
    made = await office.put(mail())
    await office.boxes.expunge(WANG, [made])
    early = await office.upkeep.forget_expunged()
    office.clock.advance(timedelta(days=31))

    assert (early, await office.upkeep.forget_expunged()) == (0, 1)
    assert (await office.boxes.changes_since(WANG, office.folder(), 0)).gone == []


async def test_a_box_is_exported_whole(office: Office, tmp_path: Path) -> None:
    raws = [mail("一", "From here on\n>From there"), mail("二/三", file=("a.pdf", FILE))]
    for raw in raws:
        await office.put(raw)
    await office.boxes.mark(WANG, [(await office.store.mail_by_uid(office.folder(), 1, 1, 1))[0].id], add=[DELETED])
    packed = b"".join([chunk async for chunk in export_zip(office.store, WANG, "w")])
    (tmp_path / "box.mbox").write_bytes(b"".join([chunk async for chunk in export_mbox(office.store, WANG, "w")]))

    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        assert [archive.read(name) for name in archive.namelist()] == raws
        assert archive.namelist() == ["INBOX/000001 一.eml", "INBOX/000002 二_三.eml"]
    box = mbox_library.mbox(tmp_path / "box.mbox")
    assert [one.get_payload(decode=True) for one in box if not one.is_multipart()] == [b">From here on\n>>From there\n"]
    assert len(box) == 2
    box.close()
    with pytest.raises(NotFoundError):
        async for _ in export_zip(office.store, LI, "w"):
            pass


async def test_nothing_is_committed_for_nothing(office: Office) -> None:
    made = await office.put(mail())
    before = await office.store.last_stamp("w")
    await office.boxes.mark(WANG, [made], remove=[SEEN])
    await office.boxes.move(WANG, [made], office.folder())

    assert await office.store.last_stamp("w") == before
    assert Changes() == Changes()
