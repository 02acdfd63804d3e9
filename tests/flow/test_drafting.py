"""Drafts over a real store: one however many windows save it, seen by mail programs, gone when sent or thrown away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.mailboxes import ALL, LI, WANG, Office, mail, open_office

from minxin.core.errors import InvalidInputError, NotFoundError, QuotaError, TooLargeError
from minxin.core.ids import new_id
from minxin.mailbox.mail.answers import Way
from minxin.mailbox.mail.drafting import Drafting, key_of, written_file
from minxin.mailbox.mail.keys import mail_usage
from minxin.mailbox.mail.records import DRAFT, SEEN, FolderRole, MailText
from minxin.mailbox.mail.rules import MailRules
from minxin.mailbox.mail.written import Typed


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        yield opened


@pytest.fixture
def drafting(office: Office) -> Drafting:
    return Drafting(office.store, office.pool, office.clock, office.rules)


async def drafts(office: Office) -> list[str]:
    found = await office.boxes.items(WANG, office.folder(FolderRole.DRAFTS), ALL)
    return [one.id for one in found.items]


async def test_windows_that_save_at_once_make_one_draft(office: Office, drafting: Drafting) -> None:
    key = new_id()
    await asyncio.gather(*(drafting.save(WANG, "w", key, Typed(text=f"state {number}")) for number in range(6)))
    (only,) = await drafts(office)
    item = await office.boxes.item(WANG, only)
    opened = await drafting.open(WANG, only)
    assert item.flags == (DRAFT, SEEN)
    assert key_of(item) == key == opened.key
    assert opened.typed.text.startswith("state")
    used = mail_usage("w")
    assert (await office.store.used([used]))[used] == item.size_bytes


async def test_files_stay_while_words_change_and_are_found_by_words(office: Office, drafting: Drafting) -> None:
    key, data = new_id(), b"plan " * 4_000
    await drafting.save(WANG, "w", key, Typed(subject="图"), add=[written_file("图纸.txt", "text/plain", data)])
    saved = await drafting.save(WANG, "w", key, Typed(subject="图", text="改过的正文"))
    assert [one.name for one in saved.files] == ["图纸.txt"]
    assert [one.data for one in await drafting.files(WANG, saved)] == [data]
    found = await office.boxes.search(WANG, "w", "改过 图纸", ALL)
    assert [one.id for one in found.items] == [saved.item_id]
    item = await office.boxes.item(WANG, saved.item_id or "")
    read = (await office.boxes.contents._read(item.content_id)).text
    kept = await office.store.get(MailText, item.content_id)
    assert kept is not None
    assert kept.files == read.files
    gone = await drafting.save(WANG, "w", key, Typed(), drop=[saved.files[0].index])
    assert gone.files == ()


async def test_a_full_box_still_lets_a_draft_be_made_shorter(office: Office, drafting: Drafting) -> None:
    key = new_id()
    await drafting.save(WANG, "w", key, Typed(text="x" * 60_000))
    await office.put(mail("voll", "y" * 100_000))
    with pytest.raises(QuotaError):
        await drafting.save(WANG, "w", key, Typed(text="x" * 120_000))
    shorter = await drafting.save(WANG, "w", key, Typed(text="kurz"))
    assert await drafts(office) == [shorter.item_id]


async def test_what_is_too_much_is_refused_and_the_draft_stays(office: Office, drafting: Drafting) -> None:
    key = new_id()
    saved = await drafting.save(WANG, "w", key, Typed(text="words"))
    small = Drafting(office.store, office.pool, office.clock, MailRules(message_bytes=1_000))
    with pytest.raises(TooLargeError):
        await small.save(WANG, "w", key, Typed(text="words"), add=[written_file("a", "", b"z" * 2_000)])
    many = [written_file(str(number), "", b"1") for number in range(21)]
    with pytest.raises(InvalidInputError):
        await drafting.save(WANG, "w", key, Typed(), add=many)
    for typed in (Typed(subject="s" * 501), Typed(to="t" * 10_001), Typed(text="x" * 500_001)):
        with pytest.raises(InvalidInputError):
            await drafting.save(WANG, "w", key, typed)
    assert await drafts(office) == [saved.item_id]


async def test_a_draft_of_a_mail_program_is_gone_on_with_in_its_place(office: Office, drafting: Drafting) -> None:
    raw = b"From: w@x.example\r\nTo: li@home.example\r\nSubject: from afar\r\n\r\nbegun\r\n"
    made, _ = await office.boxes.append(WANG, office.folder(FolderRole.DRAFTS), raw, flags=[DRAFT])
    draft = await drafting.open(WANG, made)
    assert (draft.typed.to, draft.typed.text.strip()) == ("li@home.example", "begun")
    saved = await drafting.save(WANG, "w", draft.key, Typed(text="ended"), begun=made)
    again = await drafting.save(WANG, "w", draft.key, Typed(text="ended twice"), begun=made)
    assert saved.item_id != again.item_id
    assert await drafts(office) == [again.item_id]


async def test_files_of_a_mail_go_along_when_it_is_passed_on(office: Office, drafting: Drafting) -> None:
    made = await office.put(mail("带附件", file=("a.pdf", b"%PDF-1.4" + b"x" * 9_000)))
    key = new_id()
    begun = await drafting.answer(WANG, made, Way.FORWARD, key, "zh")
    assert [one.name for one in begun.files] == ["a.pdf"]
    saved = await drafting.save(WANG, "w", key, begun.typed, carried=made)
    once_more = await drafting.save(WANG, "w", key, begun.typed, carried=made)
    assert [one.name for one in once_more.files] == ["a.pdf"]
    assert saved.key == once_more.key


async def test_nobody_opens_saves_or_throws_away_a_draft_of_another(office: Office, drafting: Drafting) -> None:
    key = new_id()
    saved = await drafting.save(WANG, "w", key, Typed(text="mine"))
    for attempt in (
        drafting.open(LI, saved.item_id or ""),
        drafting.save(LI, "w", key, Typed(text="yours")),
        drafting.discard(LI, "w", key),
        drafting.begin(LI, "w", key),
        drafting.answer(LI, saved.item_id or "", Way.REPLY, key, "zh"),
        drafting.save(LI, "l", new_id(), Typed(), carried=saved.item_id or ""),
    ):
        with pytest.raises(NotFoundError):
            await attempt
    inbox = await office.put(mail())
    with pytest.raises(NotFoundError):
        await drafting.open(WANG, inbox)
    await drafting.discard(WANG, "w", key)
    assert await drafts(office) == []
