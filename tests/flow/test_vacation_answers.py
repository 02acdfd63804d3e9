"""Boxes on vacation answer once: whatever comes back, however often, at once or much later (RFC 3834)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from pathlib import Path

import pytest
from support.mail import NOON
from support.mail_in import FRIEND, WANG, open_boxes, send_to
from support.post import connect, open_post

from minxin.core.actor import Actor, Role
from minxin.core.changes import Changes
from minxin.core.clock import FixedClock
from minxin.core.paging import PageRequest
from minxin.core.store import Queue
from minxin.mailbox.mail.addresses import Domains
from minxin.mailbox.mail.answering import MOST_ANSWERED, VacationAnswers
from minxin.mailbox.mail.contents import raw_of
from minxin.mailbox.mail.delivery import fields_of, item_id, pack
from minxin.mailbox.mail.opening import open_box
from minxin.mailbox.mail.receiving import VACATION_JOB, Arrived, receive_mail
from minxin.mailbox.mail.records import Box, BoxKind, Person
from minxin.mailbox.mail.rules import MIB, MailRules
from minxin.mailbox.mail.sending import Sending
from minxin.mailbox.mail.settings import BoxSettings, Vacation
from minxin.mailbox.mime.head import look
from minxin.mailbox.outgoing.inside import Inside
from minxin.mailbox.outgoing.records import SEND_JOB, OutgoingMail
from minxin.mailbox.outgoing.rules import SendingRules
from minxin.mailbox.outgoing.written import Written
from minxin.mailbox.sweeping import sweep_expired
from minxin.store.sqlite.store import SqliteStore

DOMAINS = Domains("citizen.example", "gov.example")
RULES = MailRules()
AWAY = Vacation(subject="外出", text="三月十日回来")
MINUTE = timedelta(minutes=1)


async def no_name(_office_id: str, _language: str) -> str:
    return ""


@dataclass
class Street:
    """Boxes with their neighbours, the work that deliveries leave, and what goes out of the house."""

    store: SqliteStore
    clock: FixedClock
    sending: Sending
    answers: VacationAnswers

    async def open(self, name: str, vacation: Vacation | None = AWAY) -> Box:
        box, changes = open_box(name, BoxKind.CITIZEN, name, f"{name}@citizen.example", self.clock.now())
        await self.store.commit(changes + Changes(inserts=[BoxSettings(id=name, vacation=vacation)]))
        return box

    async def receive(self, box: Box, raw: bytes) -> None:
        """Take a mail from outside, as the door does that writes the envelope's sender on top."""
        settings = await self.store.get(BoxSettings, box.id)
        fields = fields_of(look(raw))
        made = item_id(box.id, fields.message_id)
        arrived = Arrived(
            item_id=made, packed=pack(raw), fields=fields, thread_id=made, most=10 * MIB, sender=fields.sender.address
        )
        await self.store.commit(receive_mail(box, settings, arrived, self.clock.now()))

    async def work(self) -> int:
        """Do the jobs of vacation notices until there is none; return how many there were."""
        done = 0
        while claims := await self.store.claim(Queue.JOBS, [VACATION_JOB], self.clock.now(), MINUTE, 50):
            for claim in claims:
                changes = await self.answers.answer_task(claim.work.payload["item_id"])
                assert await self.store.finish(claim, self.clock.now(), changes)
            done += len(claims)
        return done

    async def out(self) -> list[tuple[OutgoingMail, Message]]:
        """Take what waits for other servers."""
        claims = await self.store.claim(Queue.JOBS, [SEND_JOB], self.clock.now(), MINUTE, 200)
        found = []
        for claim in claims:
            record = await self.store.get(OutgoingMail, claim.work.payload["id"])
            assert record is not None
            found.append((record, message_from_bytes(await raw_of(self.store, record.content_id))))
            await self.store.finish(claim, self.clock.now(), Changes())
        return found

    async def inbox(self, box: Box) -> list[str]:
        page = await self.store.mail_items(f"{box.id}.inbox", PageRequest(None, 200))
        return [item.subject for item in page.items]


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    store, clock = await SqliteStore.open(tmp_path), FixedClock(NOON)
    sending = Sending(store, clock, RULES, SendingRules(), Inside(store, DOMAINS, RULES), no_name)
    yield Street(store, clock, sending, VacationAnswers(store, clock, DOMAINS, RULES, sending))
    await store.close()


def mail(name: str, *, sender: str = "lee@far.example", to: str = "wang@citizen.example", **fields: str) -> bytes:
    given = {
        "Return-Path": f"<{sender}>",
        "From": f"Lee <{sender}>",
        "To": to,
        "Subject": "Hello",
        "Message-ID": f"<{name}@far.example>",
        **{field.replace("_", "-"): value for field, value in fields.items()},
    }
    return "".join(f"{field}: {value}\r\n" for field, value in given.items()).encode() + b"\r\nwhen do you come?\r\n"


async def test_an_answer_has_all_marks_of_its_kind_and_says_nothing_of_the_mail(street: Street) -> None:
    wang = await street.open("wang")
    await street.receive(wang, mail("1", Return_Path="<lee+back@far.example>", References="<0@far.example>"))
    await street.work()
    ((record, answer),) = await street.out()

    assert (record.sender, record.recipient) == ("", "lee+back@far.example")
    assert answer["Auto-Submitted"] == "auto-replied"
    assert answer["To"] == "lee+back@far.example"
    assert "wang@citizen.example" in answer["From"]
    assert answer["In-Reply-To"] == "<1@far.example>"
    assert answer["References"].split() == ["<0@far.example>", "<1@far.example>"]
    assert str(make_header(decode_header(answer["Subject"]))) == "自动回复：外出"
    text = answer.get_payload(decode=True)
    assert isinstance(text, bytes)
    assert text.decode().strip() == "三月十日回来"
    assert "Hello" not in str(answer)
    assert await street.inbox(wang) == ["Hello"]


async def test_an_answer_comes_from_the_address_that_was_written_to(street: Street) -> None:
    wang = await street.open("wang")
    with_alias = Box(
        id=wang.id,
        version=1,
        kind=wang.kind,
        owner_id=wang.owner_id,
        address=wang.address,
        created_at=wang.created_at,
        aliases=("12345678@citizen.example",),
    )
    await street.store.commit(Changes(puts=[with_alias]))
    await street.receive(with_alias, mail("1", to="12345678@citizen.example"))
    await street.work()
    ((_, answer),) = await street.out()

    assert "12345678@citizen.example" in answer["From"]


async def test_one_sender_is_answered_once_in_seven_days_and_another_one_at_once(street: Street) -> None:
    wang = await street.open("wang")
    for day in range(15):
        await street.receive(wang, mail(f"lee-{day}"))
        await street.work()
        street.clock.advance(timedelta(days=1))
    await street.receive(wang, mail("mo", sender="Mo@far.example"))
    await street.work()

    recipients = [record.recipient for record, _ in await street.out()]
    assert recipients == ["lee@far.example"] * 3 + ["mo@far.example"]


async def test_a_responder_that_strips_all_marks_and_answers_at_once_gets_one_answer_in_an_hour(street: Street) -> None:
    wang = await street.open("wang")
    await street.receive(wang, mail("0"))
    answers, turn = 0, 0
    for _second in range(3600):
        await street.work()
        for record, _ in await street.out():
            answers += 1
            for _ in range(2):  # and it answers twice, with nothing that says what it is
                turn += 1
                await street.receive(wang, mail(f"back-{turn}", sender=record.recipient))
        if _second % 60 == 0:
            turn += 1
            await street.receive(wang, mail(f"again-{turn}"))
        street.clock.advance(timedelta(seconds=1))

    assert answers == 1
    assert len(await street.inbox(wang)) == 1 + 2 + 60


async def test_two_boxes_on_vacation_send_at_most_one_answer_between_them(street: Street) -> None:
    wang, li = await street.open("wang"), await street.open("li")
    actor = Actor("wang", frozenset({Role.CITIZEN}))
    written = Written(box_id=wang.id, to=(Person("", li.address),), subject="Hello", text="x")
    await street.sending.send(actor, written, "k")
    for _minute in range(60):
        await street.work()
        street.clock.advance(MINUTE)

    assert await street.inbox(li) == ["Hello"]
    assert await street.inbox(wang) == ["自动回复：外出"]
    assert await street.out() == []


async def test_mails_of_one_sender_at_the_same_moment_make_one_answer(street: Street) -> None:
    wang = await street.open("wang")
    for number in range(6):
        await street.receive(wang, mail(str(number)))
    items = (await street.store.mail_items("wang.inbox", PageRequest(None, 50))).items
    await asyncio.gather(*(street.answers.answer_task(item.id) for item in items), return_exceptions=True)

    assert len(await street.out()) == 1


async def test_a_job_that_is_done_again_answers_once(street: Street) -> None:
    wang = await street.open("wang")
    await street.receive(wang, mail("1"))
    (item,) = (await street.store.mail_items("wang.inbox", PageRequest(None, 50))).items
    for _ in range(3):
        await street.answers.answer_task(item.id)

    assert len(await street.out()) == 1


async def test_mail_under_a_thousand_forged_names_does_not_make_a_thousand_answers(street: Street) -> None:
    wang = await street.open("wang")
    for number in range(MOST_ANSWERED + 20):
        await street.receive(wang, mail(f"x{number}", sender=f"u{number}@far.example"))
        street.clock.advance(MINUTE)
        await street.work()

    assert len(await street.store.vacation_answers_of("wang")) <= MOST_ANSWERED


async def test_whom_a_box_answered_is_forgotten_when_it_counts_no_more(street: Street) -> None:
    wang = await street.open("wang")
    await street.receive(wang, mail("1"))
    await street.work()

    assert await sweep_expired(street.store, street.clock.now() + timedelta(days=6)) == 0
    assert await sweep_expired(street.store, street.clock.now() + timedelta(days=7)) == 1
    assert await street.store.vacation_answers_of("wang") == []


async def test_a_mail_that_is_gone_and_a_notice_that_was_ended_answer_nothing(street: Street) -> None:
    wang = await street.open("wang")
    await street.receive(wang, mail("1"))
    settings = await street.store.get(BoxSettings, "wang")
    assert settings is not None
    await street.store.commit(Changes(puts=[BoxSettings(id="wang", version=settings.version)]))
    await street.work()

    await street.answers.answer_task("no such item")
    assert await street.out() == []


async def test_mail_through_the_door_is_answered_to_who_the_session_said_it_is_from(tmp_path: Path) -> None:
    async with open_post(tmp_path) as post:
        await open_boxes(post)
        await post.store.commit(Changes(inserts=[BoxSettings(id="wang", vacation=AWAY)]))
        domains = Domains("citizen.binhai.example", "gov.binhai.example")
        sending = Sending(post.store, post.clock, RULES, SendingRules(), Inside(post.store, domains, RULES), no_name)
        street = Street(
            post.store, post.clock, sending, VacationAnswers(post.store, post.clock, domains, RULES, sending)
        )
        async with connect(post) as wire:
            plain = mail("1", sender=FRIEND, to=WANG, Return_Path="<somebody@else.example>")
            await send_to(wire, plain, WANG, sender="friend+back@home.example")
            listed = mail("2", sender=FRIEND, to=WANG, List_Id="<news.home.example>")
            await send_to(wire, listed, WANG, sender="friend+list@home.example")
            await send_to(wire, mail("3", sender=FRIEND, to=WANG), WANG, sender="")
        await street.work()

        assert [record.recipient for record, _ in await street.out()] == ["friend+back@home.example"]
