"""Kill -9 while a mail is handed over: it is sent at most once more, under the same id, and never forgotten."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import Process
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from support import outgoing_process
from support.sending import OUTSIDE, WANG, World, open_sending, relay_to

from minxin.mailbox.outgoing.records import OutgoingMail, OutgoingState

pytestmark = pytest.mark.fault


class Deadly(World):
    """A server that takes the first mail, and the sender's process is dead before it hears of it."""

    def __init__(self) -> None:
        super().__init__()
        self.victim: Process | None = None
        self.twice = asyncio.Event()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = await super().handle_DATA(server, session, envelope)
        victim, self.victim = self.victim, None
        if victim is not None:
            victim.kill()
            await victim.wait()
        if len(self.mails) == 2:
            self.twice.set()
        return answer


async def start(folder: Path, port: int) -> Process:
    return await asyncio.create_subprocess_exec(sys.executable, str(outgoing_process.__file__), str(folder), str(port))


async def over(folder: Path, world: World, item_id: str) -> OutgoingMail:
    """Return what became of the mail as soon as it does not wait any more."""
    async with open_sending(folder, relay_to(world), offices=(), fresh=False) as hall:
        while True:
            (record,) = await hall.sending.deliveries(WANG, item_id)
            if record.state is not OutgoingState.WAITING:
                return record
            await asyncio.sleep(0.05)


async def test_a_killed_process_sends_a_mail_at_most_twice_and_loses_none(tmp_path: Path) -> None:
    world = Deadly()
    async with world.open():
        async with open_sending(tmp_path, relay_to(world)) as hall:
            item = await hall.send(OUTSIDE)
        first = world.victim = await start(tmp_path, world.port)
        async with asyncio.timeout(60):
            await first.wait()
        second = await start(tmp_path, world.port)
        try:
            async with asyncio.timeout(60):
                await world.twice.wait()
                record = await over(tmp_path, world, item.id)
        finally:
            second.kill()
            await second.wait()

    assert record.state is OutgoingState.SENT
    assert [message_from_bytes(raw, policy=default)["Message-ID"] for _, _, raw in world.mails] == [
        f"<{item.message_id}>"
    ] * 2
