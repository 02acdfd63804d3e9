"""An hour of people and programs who answer each other at once, through the doors of two houses, by a clock of our own.

Everybody is on vacation. Whatever they write, nobody is answered more than once by anybody.
"""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from support.post import NOON, PostOffice, connect, mail, open_post
from support.sending import HOST, World, relay_to

from minxin.core.changes import Changes
from minxin.core.clock import FixedClock
from minxin.core.paging import PageRequest
from minxin.core.store import Queue
from minxin.deploy.workers import Worker
from minxin.mailbox.apppasswords import AppPasswords, make
from minxin.mailbox.kit import Kit
from minxin.mailbox.mail.addresses import Domains
from minxin.mailbox.mail.answering import VacationAnswers
from minxin.mailbox.mail.opening import open_box
from minxin.mailbox.mail.receiving import VACATION_JOB
from minxin.mailbox.mail.records import BoxKind
from minxin.mailbox.mail.rules import MailRules
from minxin.mailbox.mail.sending import Sending
from minxin.mailbox.mail.settings import BoxSettings, Vacation
from minxin.mailbox.outgoing.carriers import RelayCarrier
from minxin.mailbox.outgoing.inside import Inside
from minxin.mailbox.outgoing.letters import LetterCarrier
from minxin.mailbox.outgoing.ports import Carrier, Envelope, Handed
from minxin.mailbox.outgoing.queue import OutgoingQueue
from minxin.mailbox.outgoing.records import SEND_JOB
from minxin.mailbox.outgoing.rules import SendingRules
from minxin.mailbox.outgoing.smtp_client import SmtpClient, TlsPolicy
from minxin.mailbox.passwords import Passwords
from minxin.mailbox.ports import IncomingLetter
from minxin.mailbox.records import Account, Scope
from minxin.mailbox.rules import AccountRules
from minxin.mailbox.smtp.limits import SmtpLimits
from minxin.mailbox.submission.door import SubmissionDoor

AWAY = Vacation(subject="外出", text="三月十日回来")
STEP = timedelta(seconds=20)
STEPS = 180
LOOP = 20  # rounds of answers within one moment: more would never end
RULES = MailRules()


class NoDesk:
    async def accept_mail(self, letter: IncomingLetter) -> str:
        raise AssertionError(letter.key)


async def no_name(_office_id: str, _language: str) -> str:
    return ""


@dataclass
class House:
    """A box on vacation behind a door for mail from outside and one for its owner's mail program."""

    post: PostOffice
    address: str
    secret: str
    door: SubmissionDoor
    answers: VacationAnswers
    queue: OutgoingQueue

    def workers(self) -> tuple[Worker, ...]:
        async def answer(_: str, payload: dict[str, str]) -> Changes:
            return await self.answers.answer_task(payload["item_id"])

        tasks = {VACATION_JOB: answer, SEND_JOB: self.queue.turn}
        return (Worker(self.post.store, Queue.JOBS, self.post.clock, tasks),)

    async def write(self, number: int, to: str) -> None:
        """Let the owner write from his mail program, which marks nothing."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.address, to, f"Letter {number}"
        message["Message-ID"] = f"<{number}@program.example>"
        message.set_content("when do you come?\n")

        def send() -> None:
            with smtplib.SMTP(HOST, self.door.port, "laptop", timeout=20) as client:
                client.login("wang", self.secret)
                client.send_message(message)

        await asyncio.to_thread(send)

    async def subjects(self) -> list[str]:
        """Return what came into the inbox."""
        page = await self.post.store.mail_items("wang.inbox", PageRequest(None, 200))
        return [one.subject for one in page.items]


@asynccontextmanager
async def open_house(folder: Path, domain: str, clock: FixedClock, carrier: Carrier) -> AsyncIterator[House]:
    """Open a house of one citizen, whose mail to the outside goes with the carrier."""
    async with open_post(folder, domain=domain, clock=clock) as post:
        store, address = post.store, f"wang@citizen.{domain}"
        box, opened = open_box("wang", BoxKind.CITIZEN, "wang", address, NOON)
        person = await store.get(Account, "wang")
        assert person is not None
        new = make(person, "program", [Scope.SMTP], NOON)
        away = BoxSettings(id=box.id, vacation=AWAY)
        await store.commit(opened + Changes(inserts=[new.record, away]))
        domains = Domains(f"citizen.{domain}", f"gov.{domain}")
        sending = Sending(store, clock, RULES, SendingRules(), Inside(store, domains, RULES), no_name)
        with Passwords(time_cost=1, memory_kib=8) as passwords:
            programs = AppPasswords(Kit(store, post.vault, clock, passwords, AccountRules()))
            door = SubmissionDoor(sending, programs, SmtpLimits(stop_s=2.0), hostname=domain)
            await door.open_both(HOST, 0, 0)
            letters = LetterCarrier(store, NoDesk(), f"mayor@{domain}")
            queue = OutgoingQueue(store, clock, SendingRules(), carrier, letters)
            try:
                answers = VacationAnswers(store, clock, domains, RULES, sending)
                yield House(post, address, new.password, door, answers, queue)
            finally:
                await door.close()


async def settle(*workers: Worker) -> None:
    """Do all work that there is, and all that it leads to."""
    for _ in range(LOOP):
        if not sum([await worker.run_once() for worker in workers]):
            return
    raise AssertionError("they answer each other for ever")


class Road:
    """Carries the mail of one house to the door of the other."""

    def __init__(self) -> None:
        self.carrier: Carrier | None = None

    async def carry(self, mail: Envelope) -> dict[str, Handed]:
        assert self.carrier is not None
        return await self.carrier.carry(mail)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


async def test_two_houses_on_vacation_send_each_other_one_answer_in_an_hour(tmp_path: Path, clock: FixedClock) -> None:
    async with AsyncExitStack() as stack:
        ways = [Road(), Road()]
        east, west = [
            await stack.enter_async_context(open_house(tmp_path / name, f"{name}.example", clock, way))
            for name, way in zip(("east", "west"), ways, strict=True)
        ]
        for way, other in zip(ways, (west, east), strict=True):
            way.carrier = RelayCarrier(SmtpClient("house.example", TlsPolicy.OFF), HOST, other.post.door.port)
        workers = (*east.workers(), *west.workers())
        for step in range(STEPS):
            if step % 30 == 0:
                await east.write(step, west.address)
                await west.write(step + 1, east.address)
            await settle(*workers)
            clock.advance(STEP)
        boxes = [await east.subjects(), await west.subjects()]

    assert [one.count("自动回复：外出") for one in boxes] == [1, 1]
    assert [len(one) for one in boxes] == [1 + 6, 1 + 6]


async def test_a_program_outside_that_answers_all_and_marks_nothing_gets_one_answer_in_an_hour(
    tmp_path: Path, clock: FixedClock
) -> None:
    async with World().open() as world, open_house(tmp_path, "east.example", clock, relay_to(world)) as house:
        workers, said, answers, letters = house.workers(), 0, 0, 0

        async def say(sender: str, **fields: str) -> None:
            nonlocal said
            said += 1
            raw = mail(f"Where are you? {said}", sender="lee@far.example", message_id=f"<{said}@far.example>", **fields)
            raw = raw.replace(b"To: mayor@binhai.example", f"To: {house.address}".encode())
            async with connect(house.post) as wire:
                assert (await wire.send(raw, sender, house.address)).startswith("250")

        for step in range(STEPS):
            if step % 3 == 0:
                await say("lee@far.example")
            if step == STEPS // 2:
                await house.write(1, "lee@far.example")
            await settle(*workers)
            for _, recipients, raw in world.mails:
                assert recipients == ["lee@far.example"]
                if message_from_bytes(raw, policy=default)["Auto-Submitted"]:
                    answers += 1
                else:
                    letters += 1
                await say("lee@far.example")
                await say("", Auto_Submitted="auto-replied")
            world.mails.clear()
            clock.advance(STEP)

        assert (answers, letters) == (1, 1)
        assert len(await house.subjects()) == said == STEPS // 3 + 4
