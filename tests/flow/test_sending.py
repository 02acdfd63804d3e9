"""Mail that people send: the copy that stays, the boxes it reaches at once, and what becomes of the rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from msgspec.structs import replace
from support.sending import (
    CLERK,
    LI,
    MAYOR,
    OUTSIDE,
    WANG,
    SendingHall,
    World,
    open_sending,
    relay_to,
)

from minxin.core.changes import Changes
from minxin.core.errors import (
    InvalidInputError,
    NotFoundError,
    QuotaError,
    TooLargeError,
    TooManyTriesError,
)
from minxin.core.paging import PageRequest
from minxin.mailbox.authenticity.proof import VERIFIED_OFFICE, VERIFIED_PERSON
from minxin.mailbox.mail.records import ANSWERED, SEEN, Box, BoxState, FolderRole, Person
from minxin.mailbox.mail.rules import MailRules
from minxin.mailbox.mail.sending import Written
from minxin.mailbox.outgoing.records import OutgoingState
from minxin.mailbox.outgoing.rules import Allowance, SendingRules

LI_ADDRESS = "li@citizen.binhai.example"
OFFICE_ADDRESS = "cgj@gov.binhai.example"
BIG = [("照片.bin", "application/octet-stream", b"x" * 60_000)]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().open() as opened:
        yield opened


@pytest.fixture
async def hall(tmp_path: Path, world: World) -> AsyncIterator[SendingHall]:
    async with open_sending(tmp_path, relay_to(world)) as opened:
        yield opened


async def test_a_mail_stays_in_the_sender_s_folder_and_is_in_the_other_box_at_once(hall: SendingHall) -> None:
    item = await hall.send(LI_ADDRESS, cc=(Person("城管局", OFFICE_ADDRESS),))
    (sent,) = await hall.items(role=FolderRole.SENT)
    (received,) = await hall.items("li")

    assert (sent.id, sent.flags, sent.subject) == (item.id, (SEEN,), "问候")
    assert (received.sender.address, received.proof, received.seen) == (
        "wang@citizen.binhai.example",
        VERIFIED_PERSON,
        False,
    )
    assert received.content_id == sent.content_id
    assert {one.state for one in (await hall.states(item)).values()} == {OutgoingState.DELIVERED}


async def test_an_office_writes_in_its_own_name_and_it_is_noted_who_of_it_did(hall: SendingHall) -> None:
    item = await hall.send(LI_ADDRESS, actor=CLERK, box="cgj")
    (received,) = await hall.items("li")
    entries = (await hall.store.audit_page(PageRequest())).items

    assert (received.sender, received.proof) == (Person("市城管局", OFFICE_ADDRESS), VERIFIED_OFFICE)
    assert item.taken is not None and item.taken.by == "clerk"
    assert b"clerk" not in await hall.boxes.raw(LI, received.id)
    assert [(one.entry.actor, one.entry.action) for one in entries] == [("clerk", "send_mail")]


async def test_the_same_key_sends_nothing_twice(hall: SendingHall, world: World) -> None:
    first, second = await asyncio.gather(hall.send(LI_ADDRESS, OUTSIDE), hall.send(LI_ADDRESS, OUTSIDE))
    await hall.work()

    assert first.id == second.id
    assert (len(await hall.items("li")), len(world.mails)) == (1, 1)


async def test_a_draft_goes_and_what_is_answered_is_marked_in_the_same_commit(hall: SendingHall) -> None:
    await hall.send("wang@citizen.binhai.example", actor=LI, box="li")
    (asked,) = await hall.items()
    draft, _ = await hall.boxes.append(WANG, "wang.drafts", b"Subject: draft\r\n\r\nsoon")
    await hall.send(LI_ADDRESS, replaces=draft, answers=asked.id, in_reply_to=asked.message_id)

    assert await hall.items(role=FolderRole.DRAFTS) == []
    assert ANSWERED in (await hall.items())[0].flags
    assert (await hall.items(role=FolderRole.SENT))[0].thread_id == asked.thread_id


async def test_hidden_recipients_are_named_in_the_sender_s_copy_alone(hall: SendingHall, world: World) -> None:
    item = await hall.send(LI_ADDRESS, bcc=(Person("", OUTSIDE),))
    await hall.work()

    assert f"Bcc: {OUTSIDE}".encode() in await hall.boxes.raw(WANG, item.id)
    assert b"Bcc" not in await hall.boxes.raw(LI, (await hall.items("li"))[0].id)
    assert b"Bcc" not in world.mails[0][2] and OUTSIDE.encode() not in world.mails[0][2]


async def test_a_full_box_is_told_to_the_sender_alone_and_the_others_have_the_mail(
    tmp_path: Path, world: World
) -> None:
    async with open_sending(tmp_path, relay_to(world), mail_rules=MailRules(citizen_bytes=200_000)) as hall:
        for turn in range(3):
            item = await hall.send(LI_ADDRESS, OUTSIDE, actor=CLERK, box="cgj", key=str(turn), files=BIG)
        states = await hall.states(item, CLERK)
        (report,) = await hall.items("cgj", actor=CLERK)
        raw = await hall.boxes.raw(CLERK, report.id)
        await hall.work()

        assert (states[LI_ADDRESS].state, states[LI_ADDRESS].status) == (OutgoingState.FAILED, "5.2.2")
        assert (report.official, report.thread_id) == (True, item.thread_id)
        assert b"Final-Recipient: rfc822; li@citizen.binhai.example" in raw and b"Status: 5.2.2" in raw
        assert len(await hall.items("li")) == 2
        assert all(recipients == [OUTSIDE] for _, recipients, _ in world.mails)


async def test_a_mail_that_does_not_fit_into_the_own_box_is_not_sent(tmp_path: Path, world: World) -> None:
    async with open_sending(tmp_path, relay_to(world), mail_rules=MailRules(citizen_bytes=50_000)) as hall:
        with pytest.raises(QuotaError):
            await hall.send(LI_ADDRESS, OUTSIDE, files=BIG)
        assert (await hall.items("li"), await hall.work()) == ([], 0)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("nobody@citizen.binhai.example", "mail.send.nobody"),
        ("notice@gov.binhai.example", "mail.send.nobody"),
        ("no address", "mail.send.address"),
        ("two@@example.cn", "mail.send.address"),
        ("a@[127.0.0.1]", "mail.send.address"),
        ("a@127.0.0.1", "mail.send.address"),
        ('"a b"@example.cn', "mail.send.address"),
        ("a@example.cn\r\nBcc: b@example.cn", "mail.send.address"),
        ("a@localhost", "mail.send.address"),
    ],
)
async def test_a_recipient_who_can_t_be_reached_is_said_before_anything_is_sent(
    hall: SendingHall, address: str, reason: str
) -> None:
    with pytest.raises(InvalidInputError, match=reason):
        await hall.send(LI_ADDRESS, address)
    assert (await hall.items("li"), await hall.items(role=FolderRole.SENT)) == ([], [])


async def test_nobody_sends_from_a_box_or_an_address_that_is_not_his(hall: SendingHall) -> None:
    with pytest.raises(NotFoundError):
        await hall.send(LI_ADDRESS, actor=LI)
    with pytest.raises(InvalidInputError, match="mail.send.sender"):
        await hall.send(LI_ADDRESS, sender=LI_ADDRESS)
    box = await hall.store.get(Box, "li")
    assert box is not None


async def test_who_left_is_written_for_by_nobody(hall: SendingHall) -> None:

    box = await hall.store.get(Box, "li")
    assert box is not None
    await hall.store.commit(Changes(puts=[replace(box, state=BoxState.HANDED_OVER, heir_id="wang")]))
    with pytest.raises(InvalidInputError, match="mail.send.not_from_here"):
        await hall.send(OUTSIDE, box="li")


async def test_too_large_mail_and_too_many_recipients_are_refused(tmp_path: Path, world: World) -> None:
    rules = SendingRules(citizen=Allowance(10, 12, 5))
    async with open_sending(tmp_path, relay_to(world), rules=rules, mail_rules=MailRules(message_bytes=50_000)) as hall:
        with pytest.raises(TooLargeError):
            await hall.send(OUTSIDE, files=BIG)
        with pytest.raises(InvalidInputError, match="mail.send.too_many_recipients"):
            await hall.send(*(f"a{one}@x.example" for one in range(6)))
        for turn in range(2):
            await hall.send(*(f"a{one}@x.example" for one in range(5)), key=str(turn))
        with pytest.raises(TooManyTriesError) as hour:
            await hall.send(OUTSIDE, key="hour")
        hall.clock.advance(timedelta(hours=1))
        await hall.send(OUTSIDE, OUTSIDE, LI_ADDRESS, key="next")
        with pytest.raises(TooManyTriesError) as day:
            await hall.send(OUTSIDE, key="day")
    assert hour.value.params["retry_after_s"] == 3600
    assert day.value.params["retry_after_s"] in range(3601, 24 * 3600 + 1)


async def test_mail_to_the_mayor_becomes_the_citizen_s_letter(hall: SendingHall, world: World) -> None:
    item = await hall.send(MAYOR)
    await hall.work()

    assert [(one.account_id, b"5oKo5aW9" in one.raw) for one in hall.desk.letters] == [("wang", True)]
    assert (await hall.states(item))[MAYOR].state is OutgoingState.SENT
    assert world.mails == []


async def test_an_automatic_answer_leaves_without_a_sender_and_fails_in_silence(
    hall: SendingHall, world: World
) -> None:

    world.at_recipient = ["550 5.1.1 nobody here"]
    for turn in ("one", "one", "two"):
        written = Written(box_id="wang", to=(Person("", OUTSIDE),), subject="外出", text="…", in_reply_to="<a@b>")
        await hall.sending.send_automatic(written, turn)
    await hall.work()

    ((sender, _, raw),) = world.mails
    mail = message_from_bytes(raw, policy=default)
    assert (sender, mail["Auto-Submitted"], mail["In-Reply-To"]) == ("", "auto-replied", "<a@b>")
    assert (await hall.items(), await hall.items(role=FolderRole.SENT)) == ([], [])
