"""A process that does the turns of the queue, so that a test can kill it: ``outgoing_process.py FOLDER PORT``."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from minxin.core.clock import SystemClock
from minxin.core.store import Queue
from minxin.deploy.workers import Worker
from minxin.mailbox.outgoing.carriers import RelayCarrier
from minxin.mailbox.outgoing.letters import LetterCarrier
from minxin.mailbox.outgoing.queue import OutgoingQueue
from minxin.mailbox.outgoing.records import SEND_JOB
from minxin.mailbox.outgoing.rules import SendingRules
from minxin.mailbox.outgoing.smtp_client import SmtpClient, TlsPolicy
from minxin.mailbox.ports import IncomingLetter
from minxin.store.sqlite.store import SqliteStore


class NoDesk:
    async def accept_mail(self, mail: IncomingLetter) -> str:
        raise AssertionError


async def main(folder: Path, port: int) -> None:
    store = await SqliteStore.open(folder)
    carrier = RelayCarrier(SmtpClient("binhai.example", TlsPolicy.OFF), "127.0.0.1", port)
    letters = LetterCarrier(store, NoDesk(), "mayor@binhai.example")
    queue = OutgoingQueue(store, SystemClock(), SendingRules(), carrier, letters)
    worker = Worker(store, Queue.JOBS, SystemClock(), {SEND_JOB: queue.turn}, hold=timedelta(seconds=2), batch=1)
    while True:
        await worker.run_once()
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
