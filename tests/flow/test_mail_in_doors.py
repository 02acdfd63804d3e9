"""The door for people's mail as other programs and hostile ones use it: swaks, odd mails, large ones, wrong names."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from corpus.odd_mails import odd_mails
from support.mail_in import FRIEND, LI, POLICE, WANG, items, open_boxes, raw, send_to
from support.mailboxes import WANG as WANG_HIMSELF
from support.post import PostOffice, connect, mail, open_post

from minxin.core.clock import Clock
from minxin.mailbox.mail.keys import role_folder
from minxin.mailbox.mail.records import FolderRole, MailItem
from minxin.mailbox.mail.rules import MailRules
from minxin.mailbox.mail.service import Mailboxes
from minxin.mailbox.safe_pool import SafePool
from minxin.mailbox.smtp.limits import SmtpLimits
from minxin.mailbox.smtp.reception import TAKEN_REPLY

ROOM = MailRules(citizen_bytes=50_000_000)
LETTER = mail(sender=FRIEND)


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[PostOffice]:
    async with open_post(tmp_path, rules=ROOM) as opened:
        await open_boxes(opened)
        yield opened


@pytest.fixture
async def mailboxes(post: PostOffice) -> AsyncIterator[Mailboxes]:
    pool = SafePool()
    clock: Clock = post.clock
    yield Mailboxes(post.store, pool, clock, ROOM)
    await pool.close()


async def test_every_odd_mail_is_taken_kept_to_the_byte_and_can_be_read(post: PostOffice, mailboxes: Mailboxes) -> None:
    odd = [one.raw for one in odd_mails()]
    odd = [one for one in dict.fromkeys(odd) if b"minxin" not in one.lower()]
    for at in range(0, len(odd), 40):
        async with connect(post) as wire:
            for number, one in enumerate(odd[at : at + 40], start=at):
                # A sender each: with other line ends and no number a mail would be taken for the same one again.
                assert await send_to(wire, one, WANG, sender=f"a{number}@home.example") == TAKEN_REPLY
    found = await _all(post)
    kept = [(await raw(post, item)).partition(b"X-Minxin-Spam: ")[2].partition(b"\r\n")[2] for item in found]
    as_sent = {one if one.endswith(b"\r\n") or not one else one + b"\r\n" for one in odd}
    assert set(kept) == as_sent
    for item in found[::9]:
        opened = await mailboxes.open(WANG_HIMSELF, item.id)
        assert opened.text.id == item.content_id


async def _all(post: PostOffice) -> list[MailItem]:
    found: list[MailItem] = []
    for role in (FolderRole.INBOX, FolderRole.JUNK):
        found += await post.store.mail_by_uid(role_folder("wang", role), 1, None, 10_000)
    return found


async def test_moving_to_the_junk_teaches_the_box_and_moving_back_teaches_it_better(
    post: PostOffice, mailboxes: Mailboxes
) -> None:
    async def send(number: int) -> None:
        async with connect(post) as wire:
            await send_to(wire, mail(sender=FRIEND, message_id=f"<{number}@x>"), WANG)

    await send(1)
    (first,) = await items(post, "wang")
    await mailboxes.move(WANG_HIMSELF, [first.id], role_folder("wang", FolderRole.JUNK))
    await send(2)
    junk = await items(post, "wang", FolderRole.JUNK)
    assert len(junk) == 2
    await mailboxes.move(WANG_HIMSELF, [one.id for one in junk], role_folder("wang", FolderRole.INBOX))
    await send(3)
    assert (len(await items(post, "wang")), len(await items(post, "wang", FolderRole.JUNK))) == (3, 0)
    # The trash teaches nothing.
    await mailboxes.delete(WANG_HIMSELF, [first.id])
    await send(4)
    assert len(await items(post, "wang")) == 3


async def test_trying_names_is_refused_and_then_sent_away(post: PostOffice) -> None:
    async with connect(post) as wire:
        await wire.say(f"MAIL FROM:<{FRIEND}>")
        replies = [await wire.say(f"RCPT TO:<name{number}@citizen.binhai.example>") for number in range(31)]
        assert {reply[:9] for reply in replies[:30]} == {"550 5.1.1"}
        assert replies[30].startswith("421")


@pytest.mark.parametrize(
    "address",
    [
        "wang%elsewhere.example@citizen.binhai.example",
        "elsewhere.example!wang@citizen.binhai.example",
        '"wang@elsewhere.example"@citizen.binhai.example',
        "wang@citizen.binhai.example.elsewhere.example",
        "wang@sub.citizen.binhai.example",
        "wang+tag@citizen.binhai.example",
        "wang@citizen.binhai.example@elsewhere.example",
    ],
)
async def test_no_form_of_an_address_leads_elsewhere(post: PostOffice, address: str) -> None:
    async with connect(post) as wire:
        await wire.say(f"MAIL FROM:<{FRIEND}>")
        assert (await wire.say(f"RCPT TO:<{address}>"))[:3] in ("550", "553", "501")


async def test_postmaster_of_every_domain_is_there(post: PostOffice) -> None:
    async with connect(post) as wire:
        await wire.say(f"MAIL FROM:<{FRIEND}>")
        for domain in ("binhai.example", "citizen.binhai.example", "gov.binhai.example"):
            assert (await wire.say(f"RCPT TO:<Postmaster@{domain}>")).startswith("250")


async def test_with_greylisting_an_unknown_server_must_come_twice(tmp_path: Path) -> None:
    async with open_post(tmp_path, SmtpLimits(greylist=True)) as post:
        await open_boxes(post)
        async with connect(post) as wire:
            reply = await send_to(wire, LETTER, WANG)
        assert reply.startswith("451 4.7.1")
        assert await items(post, "wang") == []


async def test_with_a_tarpit_each_refusal_takes_longer(tmp_path: Path) -> None:
    async with open_post(tmp_path, SmtpLimits(tarpit_s=0.05)) as post, connect(post) as wire:
        begun = time.monotonic()
        for _ in range(3):
            assert (await wire.say("NONSENSE")).startswith("5")
        assert time.monotonic() - begun >= 0.05 + 0.10 + 0.15


async def test_swaks_delivers_to_several_and_sees_who_was_refused(post: PostOffice, tmp_path: Path) -> None:
    (tmp_path / "mail.eml").write_bytes(LETTER)
    command = ["swaks", "--server", "127.0.0.1", "--port", str(post.door.port), "--from", FRIEND]
    command += [
        "--to",
        f"{WANG},{POLICE},{LI},x{WANG}",
        "--data",
        f"@{tmp_path / 'mail.eml'}",
        "--helo",
        "mx.home.example",
    ]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await asyncio.wait_for(process.communicate(), 30)
    assert b"550 5.1.1" in said
    assert TAKEN_REPLY.encode() in said
    for box in ("wang", "police", "li"):
        (item,) = await items(post, box)
        assert "小区停水" in item.subject
