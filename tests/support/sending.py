"""Boxes that send: real doors and a real queue over a real store, and a server of the outside world to send to."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from support.mail import NOON
from support.post import citizen

from minxin.core.actor import Actor, Role
from minxin.core.changes import Changes
from minxin.core.clock import FixedClock
from minxin.core.paging import PageRequest
from minxin.core.privacy import Vault
from minxin.core.store import Queue
from minxin.deploy.workers import Worker
from minxin.mailbox.apppasswords import AppPasswords, make
from minxin.mailbox.kit import Kit
from minxin.mailbox.mail.addresses import Domains
from minxin.mailbox.mail.keys import role_folder
from minxin.mailbox.mail.opening import open_box
from minxin.mailbox.mail.records import BoxKind, FolderRole, MailItem, Person
from minxin.mailbox.mail.rules import MailRules
from minxin.mailbox.mail.sending import Sending, Written
from minxin.mailbox.mail.service import Mailboxes
from minxin.mailbox.outgoing.carriers import RelayCarrier
from minxin.mailbox.outgoing.inside import Inside
from minxin.mailbox.outgoing.letters import LetterCarrier
from minxin.mailbox.outgoing.ports import Carrier
from minxin.mailbox.outgoing.queue import OutgoingQueue, Sign, unsigned
from minxin.mailbox.outgoing.records import SEND_JOB, OutgoingMail
from minxin.mailbox.outgoing.rules import SendingRules
from minxin.mailbox.outgoing.smtp_client import Patience, SmtpClient, TlsPolicy
from minxin.mailbox.passwords import Passwords
from minxin.mailbox.ports import IncomingLetter
from minxin.mailbox.records import Scope
from minxin.mailbox.rules import AccountRules
from minxin.mailbox.safe_pool import SafePool
from minxin.mailbox.smtp.limits import SmtpLimits
from minxin.mailbox.submission.door import SubmissionDoor
from minxin.store.sqlite.store import SqliteStore

HOST = "127.0.0.1"
MAYOR = "mayor@binhai.example"
DOMAINS = Domains("citizen.binhai.example", "gov.binhai.example")
WANG = Actor("wang", frozenset({Role.CITIZEN}))
LI = Actor("li", frozenset({Role.CITIZEN}))
CLERK = Actor("clerk", frozenset({Role.HANDLER}), "cgj")
ADMINISTRATOR = Actor("root", frozenset({Role.ADMINISTRATOR}))
OUTSIDE = "friend@outside.example"


class World:
    """A server outside: it takes mail, unless it was told to answer something else to a recipient or a message."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, list[str], bytes]] = []
        self.encrypted: list[bool] = []
        self.at_recipient: list[str] = []
        self.at_data: list[str] = []
        self.hang = asyncio.Event()
        self.hang.set()
        self.port = 0

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self.hang.wait()
        answer = self.at_recipient.pop(0) if self.at_recipient else "250 OK"
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.at_data.pop(0) if self.at_data else "250 2.0.0 taken"
        if answer.startswith("2"):
            content = envelope.content
            assert isinstance(content, bytes)
            self.mails.append(((envelope.mail_from or "").strip("<>"), list(envelope.rcpt_tos), content))
            self.encrypted.append(session.ssl is not None)
        return answer

    @asynccontextmanager
    async def open(self, tls: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[World]:
        """Listen on a free port."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(self, tls_context=tls, enable_SMTPUTF8=True, loop=loop, hostname="outside", **options), HOST, 0
        )
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self.hang.set()
            server.close()


class Desk:
    """The office's side: keeps the letters that come."""

    def __init__(self) -> None:
        self.letters: list[IncomingLetter] = []

    async def accept_mail(self, mail: IncomingLetter) -> str:
        self.letters.append(mail)
        return "2026-000001"


@dataclass
class SendingHall:
    """Everything that sends, with a clock to move."""

    store: SqliteStore
    clock: FixedClock
    vault: Vault
    boxes: Mailboxes
    programs: AppPasswords
    sending: Sending
    queue: OutgoingQueue
    desk: Desk
    door: SubmissionDoor
    secrets: dict[str, str] = field(default_factory=dict)

    async def add(self, name: str, kind: BoxKind = BoxKind.CITIZEN, **account: Any) -> None:
        """Add an account with its box and an application password, or an office's box."""
        domain = DOMAINS.citizen if kind is BoxKind.CITIZEN else DOMAINS.staff
        await self.store.commit(open_box(name, kind, name, f"{name}@{domain}", NOON)[1])
        if kind is BoxKind.OFFICE:
            return
        person = citizen(self.vault, name, None)
        new = make(person, "program", [Scope.SMTP], NOON)
        await self.store.commit(Changes(inserts=[person, new.record]))
        self.secrets[name] = new.password

    async def send(self, *to: str, actor: Actor = WANG, box: str = "wang", key: str = "k", **fields: Any) -> MailItem:
        """Send a mail from the box."""
        given = {"subject": "问候", "text": "您好"} | fields
        people = tuple(Person("", one) for one in to)
        return await self.sending.send(actor, Written(box_id=box, to=people, **given), key)

    async def work(self) -> int:
        """Do every turn that is due, and return how many there were."""
        worker = Worker(self.store, Queue.JOBS, self.clock, {SEND_JOB: self.queue.turn})
        done = 0
        while more := await worker.run_once():
            done += more
        return done

    async def states(self, item: MailItem, actor: Actor = WANG) -> dict[str, OutgoingMail]:
        """Return what became of a mail, by recipient."""
        return {one.recipient: one for one in await self.sending.deliveries(actor, item.id)}

    async def items(
        self, box: str = "wang", role: FolderRole = FolderRole.INBOX, actor: Actor | None = None
    ) -> list[MailItem]:
        """Return a folder, newest first."""
        holder = actor or Actor(box, frozenset({Role.CITIZEN}))
        return (await self.boxes.items(holder, role_folder(box, role), PageRequest(None, 200))).items

    async def later(self, step: timedelta) -> int:
        """Move the clock and do what is due then."""
        self.clock.advance(step)
        return await self.work()


def relay_to(world: World, policy: TlsPolicy = TlsPolicy.OFF, **options: Any) -> Carrier:
    """Return what carries everything to the world."""
    patience = options.pop("patience", Patience(connect_s=2.0, reply_s=2.0, whole_s=5.0))
    host = options.pop("name", HOST)
    return RelayCarrier(SmtpClient("binhai.example", policy, patience, **options), host, world.port)


@asynccontextmanager
async def open_sending(
    folder: Path,
    carrier: Carrier,
    *,
    sign: Sign = unsigned,
    rules: SendingRules | None = None,
    mail_rules: MailRules | None = None,
    tls: ssl.SSLContext | None = None,
    limits: SmtpLimits | None = None,
    offices: Sequence[str] = ("cgj",),
    fresh: bool = True,
) -> AsyncIterator[SendingHall]:
    """Open the boxes of two citizens and an office, and the door for mail programs.

    ``fresh`` is False for a folder in which they are already.
    """
    store = await SqliteStore.open(folder)
    clock, vault, pool = FixedClock(NOON), Vault(bytes(range(32))), SafePool()
    boxes_rules, sending_rules, desk = mail_rules or MailRules(), rules or SendingRules(), Desk()

    async def office_name(office_id: str, language: str) -> str:
        return "市城管局"

    with Passwords(time_cost=1, memory_kib=8) as passwords:
        programs = AppPasswords(Kit(store, vault, clock, passwords, AccountRules()))
        inside = Inside(store, DOMAINS, boxes_rules, letters=MAYOR)
        sending = Sending(store, clock, boxes_rules, sending_rules, inside, office_name)
        letters = LetterCarrier(store, desk, MAYOR)
        queue = OutgoingQueue(store, clock, sending_rules, carrier, letters, sign)
        door = SubmissionDoor(
            sending, programs, limits or SmtpLimits(stop_s=2.0), hostname="mail.binhai.example", tls=tls
        )
        boxes = Mailboxes(store, pool, clock, boxes_rules)
        hall = SendingHall(store, clock, vault, boxes, programs, sending, queue, desk, door)
        for name in ("wang", "li") if fresh else ():
            await hall.add(name)
        for office in offices:
            await hall.add(office, BoxKind.OFFICE)
        await door.open_both(HOST, 0, 0)
        try:
            yield hall
        finally:
            await door.close()
            await pool.close()
            await store.close()
