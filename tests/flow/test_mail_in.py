"""Mail from outside into boxes, over a real socket: who gets it, once, with whose marks on it."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.mail_in import (
    COMPANY,
    FRIEND,
    LI,
    POLICE,
    WANG,
    WANG_ALIAS,
    items,
    open_boxes,
    raw,
    send_to,
    set_box,
    told,
)
from support.post import CITIZEN, MAYOR, PostOffice, connect, mail, open_post

from minxin.core.changes import Changes
from minxin.core.errors import StoreFullError, UnavailableError
from minxin.core.store import Queue
from minxin.mailbox.mail.keys import mail_usage
from minxin.mailbox.mail.receiving import VACATION_JOB
from minxin.mailbox.mail.records import BoxState, FolderRole, MailItem
from minxin.mailbox.mail.rules import MailRules
from minxin.mailbox.mail.settings import BoxSettings, Vacation
from minxin.mailbox.smtp.boxes import FULL_REPLY
from minxin.mailbox.smtp.reception import FORGED_REPLY, LOOP_REPLY, SOME_FULL_REPLY, TAKEN_REPLY
from minxin.store.sqlite.store import SqliteStore

SMALL = MailRules(citizen_bytes=20_000, staff_bytes=20_000)


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[PostOffice]:
    async with open_post(tmp_path, rules=SMALL) as opened:
        await open_boxes(opened)
        yield opened


def letter(text: str = "您好，周末来吃饭吗？\n.一行以点开头\n", number: int = 1, **fields: str) -> bytes:
    return mail(text, sender=FRIEND, message_id=f"<{number}@home.example>", **fields)


@pytest.mark.parametrize(
    ("address", "box"),
    [
        (WANG, "wang"),
        (WANG_ALIAS, "wang"),
        ("Wang@Citizen.BinHai.example", "wang"),
        ('"wang"@citizen.binhai.example.', "wang"),
        (LI, "li"),
        (POLICE, "police"),
        (COMPANY, "acme"),
    ],
)
async def test_every_address_of_a_box_takes_mail(post: PostOffice, address: str, box: str, tmp_path: Path) -> None:
    async with connect(post) as wire:
        assert await send_to(wire, letter(), address) == TAKEN_REPLY
    other = await SqliteStore.open(tmp_path)  # another process finds it as soon as the reply came
    try:
        (item,) = await other.get_all(MailItem, [one.id for one in await items(post, box)])
        assert (await raw(post, (await items(post, box))[0])).endswith(letter())
    finally:
        await other.close()
    assert item


async def test_who_is_not_there_gone_or_left_is_refused_in_the_session(post: PostOffice) -> None:
    await set_box(post, "wang", state=BoxState.CLOSED)
    await set_box(post, "li", state=BoxState.HANDED_OVER)
    async with connect(post) as wire:
        await wire.say(f"MAIL FROM:<{FRIEND}>")
        replies = [await wire.say(f"RCPT TO:<{one}>") for one in (f"x{WANG}", WANG, LI, POLICE)]
    assert [reply[:9] for reply in replies] == ["550 5.1.1", "550 5.2.1", "550 5.1.6", "250 2.1.5"]


async def test_one_mail_to_many_is_one_content_in_each_box(post: PostOffice) -> None:
    async with connect(post) as wire:
        assert await send_to(wire, letter(), WANG, WANG_ALIAS, LI, POLICE) == TAKEN_REPLY
    found = [(await items(post, box))[0] for box in ("wang", "li", "police")]
    assert len({item.content_id for item in found}) == 1
    assert len(await items(post, "wang")) == 1
    used = await post.store.used([mail_usage(box) for box in ("wang", "li", "police")])
    assert set(used.values()) == {found[0].size_bytes}


async def test_a_resend_reaches_only_who_has_it_not_yet(post: PostOffice) -> None:
    async with connect(post) as wire:
        for _ in range(2):
            assert await send_to(wire, letter(), WANG) == TAKEN_REPLY
        assert await send_to(wire, letter(Received="from a by b; Mon, 2 Mar 2026 12:00:00 +0800"), WANG, LI) == (
            TAKEN_REPLY
        )
        assert await send_to(wire, letter("别的话"), WANG) == TAKEN_REPLY
    assert (len(await items(post, "wang")), len(await items(post, "li"))) == (2, 1)


async def test_a_mail_to_the_mayor_and_a_box_is_a_letter_and_in_the_box_once(post: PostOffice) -> None:
    raw_mail = mail()
    async with connect(post) as wire:
        for _ in range(2):
            assert await send_to(wire, raw_mail, MAYOR, LI, sender=CITIZEN) == TAKEN_REPLY
    assert (len(await post.letters()), len(await items(post, "li"))) == (1, 1)


async def test_a_full_box_is_refused_at_rcpt_and_the_others_get_the_mail(post: PostOffice) -> None:
    big = letter("字" * 5_000)
    async with connect(post) as wire:
        assert await send_to(wire, big, WANG, size=True) == TAKEN_REPLY
        await wire.say(f"MAIL FROM:<{FRIEND}> SIZE={len(big)}")
        assert await wire.say(f"RCPT TO:<{WANG}>") == FULL_REPLY
        assert (await wire.say(f"RCPT TO:<{LI}>")).startswith("250")
        await wire.say("RSET")
        assert await send_to(wire, letter("短", 2), WANG, size=True) == TAKEN_REPLY
    assert len(await items(post, "wang")) == 2


async def test_a_box_that_is_full_only_now_blocks_nobody_and_is_refused_at_the_next_try(post: PostOffice) -> None:
    """One reply for all: the mail is delivered where it fits, asked for again, and then refused by name (P13)."""
    await set_box(post, "wang", mail_quota=1_000)
    big = letter("字" * 2_000)
    async with connect(post) as wire:
        assert await send_to(wire, big, WANG, LI) == SOME_FULL_REPLY
        assert (len(await items(post, "wang")), len(await items(post, "li"))) == (0, 1)
        await wire.say(f"MAIL FROM:<{FRIEND}>")
        assert await wire.say(f"RCPT TO:<{WANG}>") == FULL_REPLY
        await wire.say("RSET")
        assert await send_to(wire, big, WANG, LI) == TAKEN_REPLY
        await set_box(post, "wang", mail_quota=None)
        assert await send_to(wire, big, WANG, LI) == TAKEN_REPLY
    assert (len(await items(post, "wang")), len(await items(post, "li"))) == (1, 1)


async def test_when_all_boxes_are_full_the_mail_is_refused(post: PostOffice) -> None:
    for box in ("wang", "li"):
        await set_box(post, box, mail_quota=1_000)
    async with connect(post) as wire:
        assert await send_to(wire, letter("字" * 2_000), WANG, LI) == FULL_REPLY
    assert await post.store.used([mail_usage("wang")]) == {mail_usage("wang"): 0}


async def test_parallel_deliveries_at_99_per_cent_overshoot_by_nothing(post: PostOffice) -> None:
    async with connect(post) as wire:
        await send_to(wire, letter("x" * 100, 0), WANG)
    (first,) = await items(post, "wang")
    room = first.size_bytes * 3 + first.size_bytes // 2
    await set_box(post, "wang", mail_quota=first.size_bytes + room)

    async def send(number: int) -> str:
        async with connect(post) as wire:
            return await send_to(wire, letter("x" * 100, number), WANG)

    replies = await asyncio.gather(*(send(number) for number in range(10, 30)))
    assert replies.count(TAKEN_REPLY) == 3
    assert set(replies) == {TAKEN_REPLY, FULL_REPLY}
    used = (await post.store.used([mail_usage("wang")]))[mail_usage("wang")]
    assert used == sum(item.size_bytes for item in await items(post, "wang")) <= first.size_bytes + room


async def test_our_own_lines_stand_on_top_and_forged_ones_are_gone(post: PostOffice) -> None:
    forged = (
        b"Return-Path: <boss@gov.binhai.example>\r\n"
        b"Authentication-Results: (x)\r\n\tbinhai.example;\r\n\tdmarc=pass\r\n"
        b"X-Minxin-Spam: 0.00\r\n"
        b"authentication-results: CITIZEN.binhai.example; spf=pass\r\n"
    )
    theirs = b"Authentication-Results: mx.home.example; spf=pass\r\n"
    async with connect(post) as wire:
        assert await send_to(wire, forged + theirs + letter(), WANG) == TAKEN_REPLY
    (item,) = await items(post, "wang")
    whole = await raw(post, item)
    assert whole.endswith(theirs + letter())
    ours = whole.removesuffix(theirs + letter()).decode().splitlines()
    assert ours[0] == f"Return-Path: <{FRIEND}>"
    assert ours[1] == "Received: from client.example ([127.0.0.1])"
    assert ours[2].startswith("\tby binhai.example (Minxin) with ESMTP id ")
    assert ours[4:] == ["Authentication-Results: binhai.example;", "\tnone", ours[6]]
    assert ours[6].startswith("X-Minxin-Spam: 0.")
    assert b"boss" not in whole


@pytest.mark.parametrize("sender", [LI, WANG, "nobody@gov.binhai.example", MAYOR])
async def test_mail_in_our_own_name_from_outside_is_refused(post: PostOffice, sender: str) -> None:
    in_header = mail(sender=sender)
    async with connect(post) as wire:
        assert await send_to(wire, in_header, POLICE) == FORGED_REPLY
        assert await send_to(wire, letter(), POLICE, sender=sender) == FORGED_REPLY
        if sender != MAYOR:
            assert await send_to(wire, mail(sender=sender), MAYOR, sender=sender) == FORGED_REPLY
    assert await items(post, "police") == []
    assert (await post.letters(), await post.waiting()) == ([], [])


@pytest.mark.parametrize(
    "name", ["市公安局", "市 公 安 局", "滨海市市公安局（官方）", "市\u200b公安局", "police@gov.binhai.example"]
)
async def test_a_name_that_imitates_an_office_never_looks_real(post: PostOffice, name: str) -> None:
    fake = letter().replace("王小明".encode(), name.encode()).replace(b"=?utf-8?b?546L5bCP5piO?=", name.encode())
    assert name.encode() in fake
    async with connect(post) as wire:
        assert await send_to(wire, fake, WANG) == TAKEN_REPLY
    (item,) = await items(post, "wang", FolderRole.JUNK)
    assert item.proof == "mail.proof.imitates"
    assert item.why[0] == "spam.imitates"
    assert not item.official
    assert await items(post, "wang") == []
    assert await told(post) == []


async def test_the_owner_is_told_by_sms_that_somebody_wrote_and_not_what_or_under_which_name(post: PostOffice) -> None:
    async with connect(post) as wire:
        await send_to(wire, letter(), WANG, POLICE)
        await send_to(wire, letter("自动", 2, Auto_Submitted="auto-replied"), WANG)
    assert await told(post) == ["wang"]
    assert len(await items(post, "wang")) == 2


async def test_mail_of_a_blocked_sender_lies_in_the_junk_folder(post: PostOffice) -> None:
    await post.store.commit(Changes(inserts=[BoxSettings(id="wang", blocked=("@home.example",))]))
    async with connect(post) as wire:
        assert await send_to(wire, letter(), WANG, LI) == TAKEN_REPLY
    assert len(await items(post, "wang", FolderRole.JUNK)) == 1
    assert len(await items(post, "li")) == 1


@pytest.mark.parametrize(("word", "count"), [("no", 1), ("auto-generated", 0)])
async def test_a_box_on_vacation_leaves_a_job(post: PostOffice, word: str, count: int) -> None:
    away = BoxSettings(id="wang", vacation=Vacation(subject="出差", text="周一回来"))
    await post.store.commit(Changes(inserts=[away]))
    async with connect(post) as wire:
        await send_to(wire, letter(Auto_Submitted=word), WANG, LI)
    found = await post.store.claim(Queue.JOBS, [VACATION_JOB], post.clock.now(), timedelta(minutes=1), 10)
    assert len(found) == count


async def test_a_mail_that_runs_in_a_circle_is_refused(post: PostOffice) -> None:
    hops = b"Received: from a by b; Mon, 2 Mar 2026 12:00:00 +0800\r\n" * 51
    async with connect(post) as wire:
        assert await send_to(wire, hops + letter(), WANG) == LOOP_REPLY
    assert await items(post, "wang") == []


@pytest.mark.parametrize(("error", "reply"), [(StoreFullError(), "452 4.3.1"), (UnavailableError(), "451 4.3.0")])
async def test_a_store_that_fails_keeps_nothing_and_asks_to_come_again(
    post: PostOffice, monkeypatch: pytest.MonkeyPatch, error: Exception, reply: str
) -> None:
    async def fail(changes: Changes) -> None:
        raise error

    async with connect(post) as wire:
        with monkeypatch.context() as broken:
            broken.setattr(post.store, "commit", fail)
            assert (await send_to(wire, letter(), WANG, LI)).startswith(reply)
        assert await items(post, "wang") == []
        assert await send_to(wire, letter(), WANG, LI) == TAKEN_REPLY
    assert (len(await items(post, "wang")), len(await items(post, "li"))) == (1, 1)


async def test_a_bounce_with_the_null_sender_reaches_the_box(post: PostOffice) -> None:
    async with connect(post) as wire:
        await wire.say("MAIL FROM:<>")
        await wire.say(f"RCPT TO:<{WANG}>")
        await wire.say("DATA")
        assert await wire.say(letter(Auto_Submitted="auto-replied") + b".") == TAKEN_REPLY
    (item,) = await items(post, "wang")
    assert (await raw(post, item)).startswith(b"Return-Path: <>\r\n")


async def test_an_ordinary_client_learns_which_recipients_were_refused(post: PostOffice) -> None:
    def send() -> dict[str, tuple[int, bytes]]:
        with smtplib.SMTP("127.0.0.1", post.door.port, timeout=10) as client:
            return client.sendmail(FRIEND, [WANG, "nobody@citizen.binhai.example", LI], letter())

    refused = await asyncio.to_thread(send)
    assert {who: code for who, (code, _) in refused.items()} == {"nobody@citizen.binhai.example": 550}
    assert (len(await items(post, "wang")), len(await items(post, "li"))) == (1, 1)
