"""Boxes of a citizen, another citizen and an office over a real store, as the tests of boxes use them."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

from support.mail import NOON

from minxin.core.actor import Actor, Role
from minxin.core.clock import FixedClock
from minxin.core.paging import PageRequest
from minxin.core.store import Queue
from minxin.mailbox.mail.delivery import READ_JOB
from minxin.mailbox.mail.filling_notices import FillingNotices
from minxin.mailbox.mail.house import HouseMail
from minxin.mailbox.mail.keys import role_folder
from minxin.mailbox.mail.opening import open_box
from minxin.mailbox.mail.records import BoxKind, FolderRole
from minxin.mailbox.mail.rules import MailRules
from minxin.mailbox.mail.service import Mailboxes
from minxin.mailbox.mail.upkeep import MailUpkeep
from minxin.mailbox.safe_pool import SafePool
from minxin.store.sqlite.store import SqliteStore

WANG = Actor("wang", frozenset({Role.CITIZEN}))
LI = Actor("li", frozenset({Role.CITIZEN}))
CLERK = Actor("clerk", frozenset({Role.HANDLER}), "cgj")
COLLEAGUE = Actor("colleague", frozenset({Role.SIGNER}), "cgj")
STRANGER = Actor("stranger", frozenset({Role.HANDLER}), "water")
FILE = random.Random(3).randbytes(30_000)
HOUSE = HouseMail("notice@gov.binhai.example")
ALL = PageRequest(None, 200)


@dataclass
class Office:
    """The services of boxes, with a clock to move."""

    store: SqliteStore
    pool: SafePool
    clock: FixedClock
    boxes: Mailboxes
    upkeep: MailUpkeep
    rules: MailRules

    def folder(self, role: FolderRole = FolderRole.INBOX, box: str = "w") -> str:
        return role_folder(box, role)

    async def put(self, raw: bytes, *, actor: Actor = WANG, box: str = "w") -> str:
        """Put a mail into the inbox, a second after the one before."""
        self.clock.advance(timedelta(seconds=1))
        made, _ = await self.boxes.append(actor, self.folder(box=box), raw)
        await self.work()
        return made

    async def work(self) -> None:
        """Do the jobs that deliveries left."""
        while claims := await self.store.claim(Queue.JOBS, [READ_JOB], self.clock.now(), timedelta(minutes=1), 50):
            for claim in claims:
                changes = await self.boxes.contents.read_task(claim.work.payload["content_id"])
                assert await self.store.finish(claim, self.clock.now(), changes)

    async def subjects(self, role: FolderRole = FolderRole.INBOX, actor: Actor = WANG, box: str = "w") -> list[str]:
        return [one.subject for one in (await self.boxes.items(actor, self.folder(role, box), ALL)).items]


@asynccontextmanager
async def open_office(folder: Path) -> AsyncIterator[Office]:
    store = await SqliteStore.open(folder)
    pool, clock, rules = SafePool(), FixedClock(NOON), MailRules(citizen_bytes=200_000)
    for box_id, kind, owner in (
        ("w", BoxKind.CITIZEN, "wang"),
        ("l", BoxKind.CITIZEN, "li"),
        ("o", BoxKind.OFFICE, "cgj"),
    ):
        await store.commit(open_box(box_id, kind, owner, f"{owner}@binhai.example", NOON)[1])
    notices = FillingNotices(store, clock, HOUSE, {"zh": "滨海市", "en": "Binhai"})
    yield Office(
        store,
        pool,
        clock,
        Mailboxes(store, pool, clock, rules),
        MailUpkeep(store, clock, rules, notices),
        rules,
    )
    await pool.close()
    await store.close()


def mail(
    subject: str = "问候",
    text: str = "您好",
    *,
    sender: str = "李四 <lisi@home.example>",
    file: tuple[str, bytes] | None = None,
    **fields: str,
) -> bytes:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = "wang@binhai.example"
    message["Subject"] = subject
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    if file is not None:
        message.add_attachment(file[1], maintype="application", subtype="pdf", filename=file[0])
    return message.as_bytes()
