"""A process that sends official mail until it is killed: ``python official_under_way.py FOLDER MINUTES``.

It finds the job that is due ``MINUTES`` after noon, when the lock of a process that was killed has expired, and prints
a line after each page. At the end it prints ``done``.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.store import NOON  # noqa: E402

from minxin.core.clock import FixedClock  # noqa: E402
from minxin.core.privacy import Vault  # noqa: E402
from minxin.core.store import Queue  # noqa: E402
from minxin.deploy.workers import Worker  # noqa: E402
from minxin.mailbox.kit import Turns  # noqa: E402
from minxin.mailbox.mail.records import Person  # noqa: E402
from minxin.mailbox.official.decisions import SEND_JOB  # noqa: E402
from minxin.mailbox.official.delivery import OfficialDelivery, Pace  # noqa: E402
from minxin.mailbox.official.letter import Sender  # noqa: E402
from minxin.mailbox.texting.rules import NoticeRules  # noqa: E402
from minxin.store.sqlite.store import SqliteStore  # noqa: E402


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


async def sender_of(office_id: str) -> Sender:
    return Sender(Person("市城管局", "cgj@gov.example"), Person("", "notice@gov.example"))


async def told() -> None:
    say("page")


async def main(folder: Path, minutes: int) -> None:
    store = await SqliteStore.open(folder)
    clock, vault = FixedClock(NOON + timedelta(minutes=minutes)), Vault(bytes(32))
    delivery = OfficialDelivery(store, vault, clock, sender_of, NoticeRules(), "滨海市", Pace(0, told), Turns())
    worker = Worker(store, Queue.JOBS, clock, {SEND_JOB: delivery.send})
    while await worker.run_once():
        pass
    await store.close()
    say("done")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
