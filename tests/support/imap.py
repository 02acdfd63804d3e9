"""Boxes behind a real IMAP door, and a client that says exactly the bytes that it is told."""

from __future__ import annotations

import asyncio
import imaplib
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from ssl import SSLContext
from typing import Any, TypeVar

from msgspec.structs import replace
from support.mail import NOON
from support.post import citizen

from minxin.core.actor import Actor, Role
from minxin.core.changes import Changes
from minxin.core.clock import FixedClock
from minxin.core.privacy import Vault
from minxin.mailbox.apppasswords import AppPasswords, make
from minxin.mailbox.imap.door import ImapDoor
from minxin.mailbox.imap.limits import ImapLimits
from minxin.mailbox.kit import Kit
from minxin.mailbox.mail.opening import open_box
from minxin.mailbox.mail.records import Box, BoxKind
from minxin.mailbox.mail.rules import MailRules
from minxin.mailbox.mail.service import Mailboxes
from minxin.mailbox.passwords import Passwords
from minxin.mailbox.records import Account, Scope
from minxin.mailbox.rules import AccountRules
from minxin.mailbox.safe_pool import SafePool
from minxin.store.sqlite.store import SqliteStore

T = TypeVar("T")
HOST = "127.0.0.1"
WANG = Actor("wang", frozenset({Role.CITIZEN}))
MAIL = b"From: li@example.cn\r\nTo: wang@citizen.example\r\nSubject: hello\r\nMessage-ID: <1@x>\r\n\r\nbody\r\n"
SECONDS = 20.0


@dataclass
class MailHall:
    """The door with what stands behind it, and the application password of each person."""

    store: SqliteStore
    clock: FixedClock
    mailboxes: Mailboxes
    programs: AppPasswords
    door: ImapDoor
    vault: Vault
    secrets: dict[str, str] = field(default_factory=dict)

    async def add_person(self, name: str, **fields: Any) -> Account:
        """Add an account with an application password for all purposes."""
        account = replace(citizen(self.vault, name, None), **fields)
        new = make(account, "program", list(Scope), self.clock.now())
        await self.store.commit(Changes(inserts=[account, new.record]))
        self.secrets[name] = new.password
        return account

    async def add_box(self, owner_id: str, kind: BoxKind = BoxKind.CITIZEN) -> Box:
        """Open a box."""
        box, changes = open_box(f"box-{owner_id}", kind, owner_id, f"{owner_id}@citizen.example", self.clock.now())
        await self.store.commit(changes)
        return box

    @contextmanager
    def client(self, name: str = "wang", folder: str | None = "INBOX") -> Iterator[imaplib.IMAP4]:
        """Open a client of the standard library, logged in; to be used in a thread."""
        client = imaplib.IMAP4(HOST, self.door.port, timeout=SECONDS)
        try:
            client.login(name, self.secrets[name])
            if folder is not None:
                ok(client.select(folder))
            yield client
        finally:
            client.shutdown()


@asynccontextmanager
async def open_hall(
    folder: Path,
    limits: ImapLimits | None = None,
    *,
    rules: MailRules | None = None,
    tls: SSLContext | None = None,
) -> AsyncIterator[MailHall]:
    """Open boxes with the door before them, and the person wang with his box."""
    limits = limits or ImapLimits(watch_s=0.05)
    store = await SqliteStore.open(folder)
    pool = SafePool()
    with Passwords(time_cost=1, memory_kib=8) as passwords:
        clock, vault = FixedClock(NOON), Vault(b"k" * 32)
        programs = AppPasswords(Kit(store, vault, clock, passwords, AccountRules()))
        mailboxes = Mailboxes(store, pool, clock, rules or MailRules())
        door = ImapDoor(store, mailboxes, programs, limits, tls)
        hall = MailHall(store, clock, mailboxes, programs, door, vault)
        await hall.add_person("wang")
        await hall.add_box("wang")
        await door.open(HOST, 0, 0)
        try:
            yield hall
        finally:
            await door.close()
            await pool.close()
            await store.close()


def ok(answer: tuple[str, Any]) -> Any:
    """Return the data of an answer that must be OK."""
    assert answer[0] == "OK", answer
    return answer[1]


async def in_thread(work: Callable[[], T]) -> T:
    """Run what a client of the standard library does beside the loop of the door."""
    return await asyncio.to_thread(work)


class Wire:
    """A client that says what it is told and returns the lines of the answer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._count = 0

    async def line(self) -> str:
        """Return the next line; empty when the door hung up."""
        return (await self._read()).rstrip("\r\n")

    async def until(self, pattern: str) -> list[str]:
        """Return the lines up to the one that begins so, or to the end."""
        lines = []
        while line := await self._read():
            lines.append(line.rstrip("\r\n"))
            if re.match(pattern, line):
                break
        return lines

    async def _read(self) -> str:
        async with asyncio.timeout(SECONDS):
            try:
                return (await self.reader.readline()).decode(errors="replace")
            except ConnectionError:
                return ""

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self.writer.write(data)

    async def say(self, command: str | bytes) -> list[str]:
        """Give a command and return the lines of its answer, the tagged one last."""
        self._count += 1
        data = command.encode() if isinstance(command, str) else command
        self.send(b"t%d " % self._count + data + b"\r\n")
        return await self.until(rf"t{self._count} |\* BYE|\* BAD Line")


@asynccontextmanager
async def open_wire(hall: MailHall, name: str | None = "wang", folder: str | None = "INBOX") -> AsyncIterator[Wire]:
    """Open a connection, past the greeting; logged in, and with a folder selected, when given."""
    reader, writer = await asyncio.open_connection(HOST, hall.door.port, limit=1024 * 1024)
    wire = Wire(reader, writer)
    try:
        await wire.line()
        if name is not None:
            assert " OK " in (await wire.say(f"LOGIN {name} {hall.secrets[name]}"))[-1]
            if folder is not None:
                assert " OK " in (await wire.say(f"SELECT {folder}"))[-1]
        yield wire
    finally:
        writer.close()
