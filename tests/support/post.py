"""A small post behind a real SMTP door, and a client that says exactly the bytes that it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from ssl import SSLContext
from typing import cast

from support.store import Engine

from minxin.consult.letterbox import Letterbox
from minxin.consult.limits import Limits
from minxin.consult.records import Letter
from minxin.consult.rulepack import builtin_pack
from minxin.core.actor import Role
from minxin.core.calendar_tables import load_calendar
from minxin.core.changes import Changes, OutboxEntry
from minxin.core.clock import FixedClock
from minxin.core.paging import PageRequest
from minxin.core.privacy import Vault
from minxin.core.store import Queue
from minxin.deploy.adapters import CompanyPrincipals, FileCleaner, MailDesk
from minxin.mailbox.authenticity.checking import Mode, SenderChecks
from minxin.mailbox.authenticity.ports import Names
from minxin.mailbox.authenticity.proof import guarded
from minxin.mailbox.held import HeldMails
from minxin.mailbox.kit import Kit
from minxin.mailbox.mail.arrival_notices import ArrivalNotices
from minxin.mailbox.mail.rules import MailRules
from minxin.mailbox.outgoing.records import OutgoingMail
from minxin.mailbox.passwords import Passwords
from minxin.mailbox.records import Account, AccountState, HeldMail, HeldState
from minxin.mailbox.rules import AccountRules
from minxin.mailbox.safe_pool import SafePool
from minxin.mailbox.service import open_accounts
from minxin.mailbox.smtp import answers
from minxin.mailbox.smtp.appraisal import Appraiser
from minxin.mailbox.smtp.boxes import BoxDelivery
from minxin.mailbox.smtp.door import SmtpDoor
from minxin.mailbox.smtp.intake import OwnPost
from minxin.mailbox.smtp.limits import SmtpLimits
from minxin.mailbox.smtp.reception import Reception
from minxin.mailbox.texting.rules import NoticeRules
from minxin.store.sqlite.store import SqliteStore

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
MAYOR = "mayor@binhai.example"
CITIZEN = "wang@example.cn"
REPLY_S = 10.0
GOVERNMENT = "province.example"


class MailDrawer:
    """What the house wrote to people outside."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, bytes]] = []

    def keep(self, changes: Changes) -> None:
        """Keep the mail that waits for its turn in these changes."""
        blobs = {one.id: one.data for one in changes.blobs}
        for record in changes.inserts:
            if isinstance(record, OutgoingMail):
                self.sent.append((record.sender, record.recipient, blobs[record.content_id]))


@dataclass
class PostOffice:
    """The post with what stands behind it."""

    store: SqliteStore
    clock: FixedClock
    vault: Vault
    held: HeldMails
    reception: Reception
    answers: answers.Answers
    door: SmtpDoor
    drawer: MailDrawer

    async def deliver_answers(self) -> int:
        """Send what waits in the outbox and return how many answers went out."""
        before = len(self.drawer.sent)
        for claim in await self.store.claim(
            Queue.OUTBOX, [answers.CHANNEL], self.clock.now(), timedelta(minutes=1), 200
        ):
            assert isinstance(claim.work, OutboxEntry)
            changes = await self.answers.deliver(claim.work.key, claim.work.payload)
            await self.store.finish(claim, self.clock.now(), changes)
            self.drawer.keep(changes)
        return len(self.drawer.sent) - before

    async def waiting(self, state: HeldState = HeldState.WAITING) -> list[HeldMail]:
        """Return all held mail in the state."""
        found: list[HeldMail] = []
        page = PageRequest(size=200)
        while True:
            part = await self.store.held_mail(state, page)
            found += part.items
            if part.next is None:
                return found
            page = PageRequest(part.next, 200)

    async def letters(self, writer_id: str = "wang") -> list[Letter]:
        """Return the writer's letters."""
        return (await self.store.letters_of(writer_id, PageRequest(size=200))).items

    async def raw(self, letter: Letter) -> bytes:
        """Return the mail as it was kept."""
        return await self.store.blob(letter.raw_blob) or b""


def citizen(vault: Vault, name: str = "wang", address: str | None = CITIZEN) -> Account:
    """Return an active account."""
    return Account(
        id=name,
        login=name,
        state=AccountState.ACTIVE,
        name="王小明",
        phone=vault.seal("13800000001", "phone"),
        phone_index=vault.index(name, "phone"),
        password_hash="",
        created_at=NOON,
        roles=(Role.CITIZEN,),
        address=address,
    )


def no_checks() -> SenderChecks:
    """Return checks that are switched off."""

    def names() -> Names:
        raise AssertionError

    return SenderChecks(names, Mode.OFF)


async def _offices() -> frozenset[str]:
    return guarded(("市公安局", "滨海市市长信箱"))


@asynccontextmanager
async def open_post(
    folder: Path,
    limits: SmtpLimits | None = None,
    *,
    relay: str = "",
    tls: SSLContext | None = None,
    checks_of: Callable[[], SenderChecks] = no_checks,
    rules: MailRules | None = None,
    domain: str = "binhai.example",
    clock: FixedClock | None = None,
    engine: Engine = SqliteStore.open,
) -> AsyncIterator[PostOffice]:
    """Open the door of a small city over a real store, the embedded one unless another is named."""
    store = cast(SqliteStore, await engine(folder))
    clock, vault, drawer, pool = clock or FixedClock(NOON), Vault(bytes(range(32))), MailDrawer(), SafePool()
    await store.commit(Changes(inserts=[citizen(vault)]))
    domains = frozenset({f"citizen.{domain}", f"gov.{domain}"})
    own = OwnPost(mayor=f"mayor@{domain}", domains=domains, site=f"https://mayor.{domain}", relay=relay)
    with Passwords(time_cost=1, memory_kib=8) as passwords:
        people = open_accounts(store, vault, clock, passwords, AccountRules()).people
        limits_of = Limits(builtin_pack("default"), load_calendar())
        letterbox = Letterbox(store, vault, clock, limits_of, FileCleaner(pool), CompanyPrincipals(store))
        desk = MailDesk(letterbox, people)
        held = HeldMails(Kit(store, vault, clock, passwords, AccountRules()), desk)
        checks = checks_of()
        appraiser = Appraiser(checks, own.domains | {own.domain}, frozenset({GOVERNMENT}), _offices, store)
        notices = ArrivalNotices(vault, "滨海市", NoticeRules())
        boxes = BoxDelivery(store, clock, rules or MailRules(), notices)
        reception = Reception(store, clock, desk, held, own, boxes, appraiser)
        outgoing = answers.Answers(store, vault, clock, own)
        door = SmtpDoor(
            reception,
            limits or SmtpLimits(loopback_connections=200, messages=1000, stop_s=2.0),
            hostname=domain,
            tls=tls,
        )
        await door.open("127.0.0.1", 0)
        try:
            yield PostOffice(store, clock, vault, held, reception, outgoing, door, drawer)
        finally:
            await door.close()
            await checks.close()
            await pool.close()
            await store.close()


class Wire:
    """A client on the bare socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def reply(self) -> str:
        """Return the next reply in full; an empty string at the end of the connection."""
        lines = []
        async with asyncio.timeout(REPLY_S):
            while line := await self.reader.readline():
                lines.append(line.decode())
                if line[3:4] != b"-":
                    break
        return "".join(lines).rstrip("\r\n")

    async def say(self, line: str | bytes) -> str:
        """Send a command and return the reply."""
        self.writer.write((line.encode() if isinstance(line, str) else line) + b"\r\n")
        await self.writer.drain()
        return await self.reply()

    async def begin(self, sender: str = CITIZEN, recipient: str = MAYOR) -> str:
        """Give sender and recipient and ask for the go-ahead."""
        await self.say(f"MAIL FROM:<{sender}>")
        await self.say(f"RCPT TO:<{recipient}>")
        return await self.say("DATA")

    async def send(self, raw: bytes, sender: str = CITIZEN, recipient: str = MAYOR) -> str:
        """Send a mail, bytes as they are, and return the last reply."""
        go_ahead = await self.begin(sender, recipient)
        assert go_ahead.startswith("354"), go_ahead
        return await self.say(stuffed(raw) + b".")


def stuffed(raw: bytes) -> bytes:
    """Return the mail as it goes over the wire, up to the final dot."""
    dotted = raw.replace(b"\r\n.", b"\r\n..")
    dotted = b"." + dotted if dotted.startswith(b".") else dotted
    return dotted if dotted.endswith(b"\r\n") or not dotted else dotted + b"\r\n"


@asynccontextmanager
async def connect(post: PostOffice, *, greet: bool = True) -> AsyncIterator[Wire]:
    """Open a connection; with ``greet`` the EHLO is done."""
    reader, writer = await asyncio.open_connection("127.0.0.1", post.door.port)
    wire = Wire(reader, writer)
    try:
        if greet:
            assert (await wire.reply()).startswith("220")
            assert (await wire.say("EHLO client.example")).startswith("250")
        yield wire
    finally:
        writer.close()


def mail(
    text: str = "请问小区为什么停水？\n.一行以点开头\n",
    *,
    sender: str = CITIZEN,
    message_id: str = "<1@example.cn>",
    **fields: str,
) -> bytes:
    """Return an honest mail; ``fields`` are further header fields, ``_`` standing for ``-``."""
    message = EmailMessage(policy=SMTP)
    message["From"] = f"王小明 <{sender}>"
    message["To"] = MAYOR
    message["Subject"] = "小区停水"
    if message_id:
        message["Message-ID"] = message_id
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    message.set_content(text, cte="8bit")
    return message.as_bytes()
