"""Official mail to a hundred thousand boxes: ``python tests/bench/bench_official.py [--boxes 100000] [--dir FOLDER]``.

A letter is accepted every 50 ms, first while nothing is sent, then while a notice with a file goes to every box as fast
as it can, then while one goes at the default of 50 boxes in a second. The accepting of a letter is its commit.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from msgspec import structs

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.store import Maker  # noqa: E402

from minxin.core.actor import Actor, Role  # noqa: E402
from minxin.core.changes import Changes, blob_of  # noqa: E402
from minxin.core.clock import SystemClock  # noqa: E402
from minxin.core.ids import new_id  # noqa: E402
from minxin.core.privacy import Vault  # noqa: E402
from minxin.core.store import Queue  # noqa: E402
from minxin.deploy.workers import Worker, give_way  # noqa: E402
from minxin.mailbox.kit import Turns  # noqa: E402
from minxin.mailbox.mail.opening import open_box  # noqa: E402
from minxin.mailbox.mail.records import BoxKind, Person  # noqa: E402
from minxin.mailbox.official import decisions  # noqa: E402
from minxin.mailbox.official.decisions import SEND_JOB  # noqa: E402
from minxin.mailbox.official.delivery import OfficialDelivery, Pace  # noqa: E402
from minxin.mailbox.official.figures import figures  # noqa: E402
from minxin.mailbox.official.letter import Sender  # noqa: E402
from minxin.mailbox.official.records import NoticeFile, NoticeRun, NoticeState, OfficialNotice, Reach  # noqa: E402
from minxin.mailbox.texting.rules import NoticeRules  # noqa: E402
from minxin.store.sqlite.store import SqliteStore  # noqa: E402

CLOCK = SystemClock()
CHIEF = Actor("chief", frozenset({Role.SIGNER}), "office")
AREAS = tuple((f"{district}区", f"{street}街道") for district in "甲乙丙丁戊" for street in "东西南北")
EVERY_S = 0.05
QUIET_S = 20.0
AT_ONCE = 100
FILE_BYTES = 200_000


async def sender_of(office_id: str) -> Sender:
    return Sender(Person("市水务局", "water@gov.example"), Person("", "notice@gov.example"))


async def fill(store: SqliteStore, make: Maker, boxes: int) -> None:
    """Open so many citizens' accounts and boxes."""
    for start in range(0, boxes, AT_ONCE):
        changes = Changes()
        for number in range(start, min(start + AT_ONCE, boxes)):
            account = make.account(id=new_id(), area=AREAS[number % len(AREAS)], created_at=CLOCK.now())
            _, opened = open_box(account.id, BoxKind.CITIZEN, account.id, f"{number}@citizen.example", CLOCK.now())
            changes.inserts += [account, *opened.inserts]
            changes.sequences |= opened.sequences
            changes.stamps |= opened.stamps
        await store.commit(changes)


async def approve(store: SqliteStore, boxes: int) -> str:
    """Keep an approved notice to all citizens and return its id."""
    data = blob_of(bytes(range(256)) * (FILE_BYTES // 256))
    notice = OfficialNotice(
        id=new_id(),
        office_id="office",
        author_id="author",
        written_at=CLOCK.now(),
        subject="关于城区供水管网检修期间停水的通知",
        text="因城区供水管网检修，六月三日零时至六时停水，请提前储水。" * 20,
        reach=Reach.ALL,
        state=NoticeState.WAITING,
        files=(NoticeFile("停水范围.pdf", "application/pdf", data.id, len(data.data)),),
    )
    await store.commit(Changes(inserts=[notice], blobs=[data]))
    kept = structs.replace(notice, version=1)
    await store.commit(decisions.approve(kept, CHIEF, 1, boxes, CLOCK.now()))
    return notice.id


async def letters(store: SqliteStore, make: Maker, taken: list[float]) -> None:
    """Accept a letter every so often, and note how long its commit takes."""
    while True:
        letter = make.intake(id=new_id(), subject="路灯不亮", text="小区门口的路灯坏了很久，晚上老人走路看不清。" * 5)
        letter.jobs = []
        started = time.perf_counter()
        await store.commit(letter)
        taken.append(time.perf_counter() - started)
        await asyncio.sleep(EVERY_S)


def spread(values: list[float]) -> str:
    found = sorted(values)
    last = len(found) - 1
    p50, p95, p99 = (1000 * found[int(share * last)] for share in (0.5, 0.95, 0.99))
    return f"p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms of {len(found)}"


async def sending(store: SqliteStore, rate: float, notice_id: str, boxes: int, most_s: float) -> float:
    """Send until it is done, or for so long, and return how many boxes got it in a second."""
    delivery = OfficialDelivery(
        store, Vault(bytes(32)), CLOCK, sender_of, NoticeRules(), "滨海市", Pace(rate, give_way), Turns()
    )
    task = asyncio.create_task(Worker(store, Queue.JOBS, CLOCK, {SEND_JOB: delivery.send}).run())
    started = time.perf_counter()
    while True:
        await asyncio.sleep(0.25)
        run = await store.get(NoticeRun, notice_id)
        assert run is not None
        if run.delivered >= boxes or time.perf_counter() - started > most_s:
            break
    spent_s = time.perf_counter() - started
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return run.delivered / spent_s


async def main(boxes: int, folder: Path) -> None:
    store, make = await SqliteStore.open(folder), Maker()
    started = time.perf_counter()
    await fill(store, make, boxes)
    print(f"{boxes} boxes opened in {time.perf_counter() - started:.0f} s", flush=True)
    for name, rate, most_s in (("nothing is sent", None, QUIET_S), ("no rate", 0.0, 1800.0), ("50/s", 50.0, QUIET_S)):
        taken: list[float] = []
        accepting = asyncio.create_task(letters(store, make, taken))
        if rate is None:
            await asyncio.sleep(most_s)
        else:
            notice_id = await approve(store, boxes)
            speed = await sending(store, rate, notice_id, boxes, most_s)
            print(f"{name}: {speed:.0f} boxes/s", flush=True)
        accepting.cancel()
        with suppress(asyncio.CancelledError):
            await accepting
        print(f"{name}: letters accepted {spread(taken)}", flush=True)
        if rate == 0:
            began = time.perf_counter()
            found = figures(await store.tallies(notice_id), ())
            assert found is not None and found.delivered == boxes
            print(f"figures in {1000 * (time.perf_counter() - began):.1f} ms, {len(found.groups)} areas")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:.0f} MB")
    await store.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--boxes", type=int, default=100_000)
    parser.add_argument("--dir", type=Path, default=None)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.dir) as data:
        asyncio.run(main(given.boxes, Path(data)))
