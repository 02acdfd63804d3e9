"""One worker and two at a backlog, on MongoDB (``MINXIN_TEST_MONGO``, else the test server): how much faster are two?

usage: bench_workers.py [LETTERS] [JOBS]

LETTERS are judged by `minxin worker` processes, each with its judge: that takes cores, and two are no faster than one
where there is none to spare. JOBS wait for somebody else, as mail that leaves does: that shows what claiming and
committing allow. Rates are of the time between a fifth and nine tenths of the backlog, when all processes are at it.
Beside each stands which share of the machine's cores was busy; two can be no faster than one by more than that share of
one worker leaves room for ("at most").
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path

import load
from arrivals import letters
from load import show
from msgspec import Struct
from support import mongo, worker_process
from support.live import COMMAND

from minxin.consult.intake import Submission
from minxin.core.actor import Actor, Role
from minxin.core.changes import Changes, Job
from minxin.core.store import Queue
from minxin.deploy.beginning import begin
from minxin.deploy.house import House, open_house
from minxin.deploy.settings import Settings
from minxin.store.mongo.store import MongoStore

WRITER = Actor("writer", frozenset({Role.CITIZEN}))
FROM, TO = 0.2, 0.9
LOOK_S = 0.2
AT_ONCE = 200
WAIT_S = 2.0  # of a job that waits for another server
HOLD_S = 60.0
SCRIPT = Path(worker_process.__file__)


class Pace(Struct, frozen=True):
    """How many entries a second were done, and which share of the cores was busy meanwhile."""

    per_s: float
    busy: float


def core_times() -> tuple[int, int]:
    """Return for how long all cores were busy, and for how long there were any: in ticks, see proc(5)."""
    ticks = [int(one) for one in Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:9]]
    idle = ticks[3] + ticks[4]
    return sum(ticks) - idle, sum(ticks)


@asynccontextmanager
async def processes(count: int, command: Sequence[str], environment: dict[str, str]) -> AsyncIterator[None]:
    """Run so many processes of a command until the end."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **environment}
    started = [
        await asyncio.create_subprocess_exec(*command, env=environment, stdout=DEVNULL, stderr=DEVNULL)
        for _ in range(count)
    ]
    try:
        yield
    finally:
        for process in started:
            process.terminate()
        for process in started:
            await process.wait()


async def done_of(store: MongoStore, total: int, share: float) -> int:
    """Wait until so much of the backlog is done; return how many are."""
    while True:
        done = total - await store.waiting(Queue.JOBS)
        if done >= share * total:
            return done
        await asyncio.sleep(LOOK_S)


async def pace(store: MongoStore, total: int) -> Pace:
    """Return how fast entries are done, once all processes are at it."""
    begun = await done_of(store, total, FROM)
    begun_at, (busy_before, all_before) = time.perf_counter(), core_times()
    done = await done_of(store, total, TO)
    busy, everything = core_times()
    return Pace((done - begun) / (time.perf_counter() - begun_at), (busy - busy_before) / (everything - all_before))


async def submit(house: House, count: int) -> None:
    """Accept so many letters."""
    sent = [
        Submission(token=f"{number:022d}", kind="help", subject=subject, text=text)
        for number, (subject, text) in enumerate(islice(letters(), count))
    ]
    for place in range(0, count, AT_ONCE):
        some = sent[place : place + AT_ONCE]
        await asyncio.gather(*(house.letterbox.submit(WRITER, one, [], origin=load.HOST) for one in some))


async def letters_by(workers: int, count: int, data: Path, folder: Path) -> Pace:
    """Return the pace of letters with so many workers; the judge lies in the data folder."""
    settings = Settings(data=data, store=mongo.address_of(folder))
    async with open_house(settings) as house:
        await begin(house)
        await submit(house, count)
        assert isinstance(house.store, MongoStore)
        async with processes(workers, (str(COMMAND), "worker", "--data", str(data)), {"MINXIN_STORE": settings.store}):
            return await pace(house.store, count)


async def jobs_by(workers: int, count: int, folder: Path) -> Pace:
    """Return the pace of jobs that wait with so many workers."""
    address = mongo.address_of(folder)
    store = await MongoStore.open(address)
    try:
        for place in range(0, count, AT_ONCE):
            some = range(place, min(place + AT_ONCE, count))
            jobs = [Job(worker_process.KIND, f"job{number}", {"seconds": WAIT_S}) for number in some]
            await store.commit(Changes(jobs=jobs))
        command = (sys.executable, str(SCRIPT), address, str(folder / "said"), str(HOLD_S), "16")
        async with processes(workers, command, {}):
            return await pace(store, count)
    finally:
        await store.close()


def told(paces: Sequence[Pace], what: str) -> None:
    """Print what one worker did, and what two did."""
    one, two = paces
    show(what, {name: f"{of.per_s:.1f}/s, {of.busy:.0%} of the cores" for name, of in (("one", one), ("two", two))})
    show(what, {"ratio": f"{two.per_s / one.per_s:.2f}", "at most": f"{1 / one.busy:.2f}"})


def _new(folder: Path, name: str) -> Path:
    path = folder / name
    path.mkdir()
    return path


async def main(count: int, jobs: int) -> None:
    """Measure one and two, of both kinds."""
    with tempfile.TemporaryDirectory(prefix="minxin-bench-") as name:
        data = _new(Path(name), "data")
        if count:
            # The first worker trains the judge: that is no part of the measure.
            await letters_by(1, 10, data, _new(data, "first"))
            told(
                [await letters_by(workers, count, data, _new(data, f"letters{workers}")) for workers in (1, 2)],
                "letters",
            )
        if jobs:
            told([await jobs_by(workers, jobs, _new(data, f"jobs{workers}")) for workers in (1, 2)], "jobs that wait")


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:3]]
    asyncio.run(main(*given, *(20_000, 20_000)[len(given) :]))
