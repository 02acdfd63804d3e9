"""The queue of mail that goes out: tries, refusals, reports, encryption, and power that goes at the wrong moment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from support.certificates import certificates
from support.reports import POSTFIX
from support.sending import (
    ADMINISTRATOR,
    LI,
    OUTSIDE,
    WANG,
    SendingHall,
    World,
    open_sending,
    relay_to,
)

from minxin.core.errors import (
    NotAllowedError,
    NotFoundError,
)
from minxin.core.paging import PageRequest
from minxin.core.store import Queue
from minxin.mailbox.mail.delivery import fields_of, item_id, pack
from minxin.mailbox.mail.receiving import Arrived, receive_mail
from minxin.mailbox.mail.records import Box, MailContent
from minxin.mailbox.mime.head import look
from minxin.mailbox.outgoing.hearing import Hearing
from minxin.mailbox.outgoing.records import SEND_JOB, OutgoingMail, OutgoingState
from minxin.mailbox.outgoing.smtp_client import Patience, TlsPolicy
from minxin.mailbox.safe_pool import SafePool

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


async def test_greylisting_is_waited_out_and_the_mail_arrives_once(hall: SendingHall, world: World) -> None:
    world.at_recipient = ["451 4.7.1 come back later", "451 4.7.1 come back later"]
    item = await hall.send(OUTSIDE)
    await hall.work()
    waiting = (await hall.states(item))[OUTSIDE]
    early = await hall.later(timedelta(seconds=30))
    await hall.later(timedelta(seconds=31))
    await hall.later(timedelta(minutes=5))
    sent = (await hall.states(item))[OUTSIDE]

    assert (waiting.state, waiting.attempts, waiting.status) == (OutgoingState.WAITING, 1, "4.7.1")
    assert waiting.reply == "451 4.7.1 come back later"
    assert (early, sent.state, sent.attempts, len(world.mails)) == (0, OutgoingState.SENT, 3, 1)
    assert (sent.content_id, await hall.items()) == ("", [])


async def test_a_final_refusal_is_told_at_once_in_the_own_box_and_to_nobody_else(
    hall: SendingHall, world: World
) -> None:
    world.at_recipient = ["550 5.1.1 <b>no</b>\x00 such user https://evil.example"]
    item = await hall.send(OUTSIDE)
    await hall.work()
    record = (await hall.states(item))[OUTSIDE]
    (report,) = await hall.items()
    opened = await hall.boxes.open(WANG, report.id)

    assert (record.state, record.status) == (OutgoingState.FAILED, "5.1.1")
    assert "\x00" not in record.reply
    assert (report.official, report.thread_id) == (True, item.thread_id)
    assert "对方没有这个邮箱地址" in opened.text.text and OUTSIDE in opened.text.text
    assert (await hall.later(timedelta(days=4)), world.mails) == (0, [])


async def test_a_server_that_is_away_is_tried_for_three_days_told_of_once_and_then_given_up(
    tmp_path: Path,
) -> None:
    world = World()
    async with world.open():
        pass  # nobody listens there any more
    async with open_sending(tmp_path, relay_to(world)) as hall:
        item = await hall.send(OUTSIDE)
        tries = await hall.work()
        told: list[int] = []
        for _ in range(80):
            tries += await hall.later(timedelta(hours=1))
            told.append(len(await hall.items()))
        record = (await hall.states(item))[OUTSIDE]
        late, failed = (await hall.items())[::-1]

        assert record.state is OutgoingState.FAILED
        assert record.done_at is not None and record.done_at - record.created_at == timedelta(days=3)
        assert 20 <= tries == record.attempts <= 30
        assert (told[3], told[6], told[70], told[-1]) == (0, 1, 1, 2)
        raws = [await hall.boxes.raw(WANG, one.id) for one in (late, failed)]
        assert b"Action: delayed" in raws[0] and b"Will-Retry-Until:" in raws[0]
        assert b"Action: failed" in raws[1]


async def test_a_server_that_hangs_is_left_and_tried_again(tmp_path: Path, world: World) -> None:
    patience = Patience(connect_s=0.5, reply_s=0.2, whole_s=1.0)
    async with open_sending(tmp_path, relay_to(world, patience=patience)) as hall:
        world.hang.clear()
        item = await hall.send(OUTSIDE)
        await hall.work()
        waiting = (await hall.states(item))[OUTSIDE]
        world.hang.set()
        await hall.later(timedelta(minutes=2))

        assert (waiting.state, waiting.status) == (OutgoingState.WAITING, "4.4.1")
        assert len(world.mails) == 1


async def test_mail_that_was_handed_over_just_before_the_power_went_is_sent_at_most_twice_under_one_id(
    hall: SendingHall, world: World
) -> None:

    item = await hall.send(OUTSIDE)
    (claim,) = await hall.store.claim(Queue.JOBS, [SEND_JOB], hall.clock.now(), timedelta(minutes=10), 1)
    await hall.queue.turn(claim.work.key, claim.work.payload)  # the power goes before this is noted
    assert await hall.later(timedelta(minutes=9)) == 0
    await hall.later(timedelta(minutes=2))
    await hall.later(timedelta(days=1))

    assert len(world.mails) == 2
    ids = {message_from_bytes(raw, policy=default)["Message-ID"] for _, _, raw in world.mails}
    assert ids == {f"<{item.message_id}>"}
    assert (await hall.states(item))[OUTSIDE].state is OutgoingState.SENT


@pytest.mark.parametrize(
    ("policy", "offers", "arrives", "encrypted"),
    [
        (TlsPolicy.OFF, True, True, False),
        (TlsPolicy.OPPORTUNISTIC, True, True, True),
        (TlsPolicy.OPPORTUNISTIC, False, True, False),
        (TlsPolicy.REQUIRED, True, True, True),
        (TlsPolicy.REQUIRED, False, False, False),
    ],
)
async def test_mail_is_encrypted_as_the_policy_says(
    tmp_path: Path, policy: TlsPolicy, *, offers: bool, arrives: bool, encrypted: bool
) -> None:
    server, client = certificates(tmp_path)
    async with World().open(server if offers else None) as world:
        carrier = relay_to(world, policy, trusted=client, name="localhost")
        async with open_sending(tmp_path / "store", carrier) as hall:
            item = await hall.send(OUTSIDE)
            await hall.work()
            record = (await hall.states(item))[OUTSIDE]

    assert (record.state is OutgoingState.SENT) == arrives
    assert world.encrypted == ([encrypted] if arrives else [])
    assert arrives or record.status == "4.7.5"


async def test_required_encryption_takes_no_certificate_of_another(tmp_path: Path) -> None:
    server, _ = certificates(tmp_path)
    async with World().open(server) as world:
        async with open_sending(tmp_path / "store", relay_to(world, TlsPolicy.REQUIRED, name="localhost")) as hall:
            item = await hall.send(OUTSIDE)
            await hall.work()
            assert (await hall.states(item))[OUTSIDE].status == "4.7.5"
    assert world.mails == []


async def test_the_bytes_stay_until_the_last_recipient_has_them(hall: SendingHall, world: World) -> None:
    world.at_recipient = ["451 later"]
    item = await hall.send(OUTSIDE)
    await hall.work()
    await hall.boxes.expunge(WANG, [item.id])
    for _ in range(3):
        hall.clock.advance(timedelta(hours=2))
        await hall.store.sweep_mail_contents(hall.clock.now(), timedelta(hours=1), 100)
    kept = await hall.store.get(MailContent, item.content_id)
    await hall.work()
    for _ in range(3):
        hall.clock.advance(timedelta(hours=2))
        await hall.store.sweep_mail_contents(hall.clock.now(), timedelta(hours=1), 100)

    assert kept is not None and len(world.mails) == 1
    assert await hall.store.get(MailContent, item.content_id) is None


async def test_an_administrator_sees_the_queue_and_lets_a_mail_be_tried_at_once(
    hall: SendingHall, world: World
) -> None:
    world.at_recipient = ["451 later"]
    item = await hall.send(OUTSIDE)
    await hall.work()
    figures = await hall.queue.figures(ADMINISTRATOR)
    (record,) = (await hall.queue.listed(ADMINISTRATOR, OutgoingState.WAITING, PageRequest())).items
    await hall.queue.try_again(ADMINISTRATOR, record.id, "127.0.0.1")
    await hall.work()

    assert (figures.counts, figures.oldest) == ({OutgoingState.WAITING: 1}, record.created_at)
    assert (await hall.states(item))[OUTSIDE].state is OutgoingState.SENT
    assert await hall.later(timedelta(hours=1)) <= 1 and len(world.mails) == 1
    with pytest.raises(NotAllowedError):
        await hall.queue.figures(WANG)
    with pytest.raises(NotFoundError):
        await hall.queue.try_again(ADMINISTRATOR, record.id, "127.0.0.1")


async def test_what_became_of_a_mail_is_forgotten_after_a_while(hall: SendingHall) -> None:
    item = await hall.send(OUTSIDE, LI_ADDRESS)
    await hall.work()
    early = await hall.queue.forget()
    hall.clock.advance(timedelta(days=91))

    assert (early, await hall.queue.forget(), await hall.queue.forget()) == (0, 2, 0)
    assert await hall.states(item) == {}


async def test_nobody_sees_what_became_of_the_mail_of_another(hall: SendingHall) -> None:
    item = await hall.send(OUTSIDE)
    with pytest.raises(NotFoundError):
        await hall.sending.deliveries(LI, item.id)
    record = (await hall.states(item))[OUTSIDE]
    assert await hall.store.get(OutgoingMail, record.id) == record


async def test_a_report_that_comes_back_is_shown_at_the_mail_and_joins_its_conversation(
    hall: SendingHall, world: World
) -> None:

    item = await hall.send(OUTSIDE)
    await hall.work()
    raw = POSTFIX.replace(b"one@citizen.binhai.example", item.message_id.encode()).replace(b"abc123", b"forged")
    made = item_id("wang", "report")
    box = await hall.store.get(Box, "wang")
    assert box is not None
    arrived = Arrived(
        item_id=made, packed=pack(raw), fields=fields_of(look(raw)), thread_id=made, most=10**9, sender="", report=True
    )
    changes = receive_mail(box, None, arrived, hall.clock.now())
    await hall.store.commit(changes)
    pool = SafePool()
    try:
        hearing = Hearing(hall.store, pool, hall.clock)
        (job,) = [one for one in changes.jobs if one.kind == "mail.report"]
        await hall.store.commit(await hearing.report_task(job.payload["item_id"]))
        again = await hearing.report_task(made)
    finally:
        await pool.close()
    record = (await hall.states(item))[OUTSIDE]

    assert (record.state, record.status, record.reply) == (OutgoingState.FAILED, "5.2.2", "552 5.2.2 Mailbox full")
    assert (await hall.items())[0].thread_id == item.thread_id
    assert again.puts == []
