"""One worker and two at a backlog, on MongoDB (``MINXIN_TEST_MONGO``, else the test server): how much faster are two?

usage: bench_workers.py [LETTERS] [JOBS]

LETTERS are judged by `minxin worker` processes, each with its judge: that takes cores, and two are no faster than one
where there is none to spare. JOBS wait for somebody else, as mail that leaves does: that shows what claiming and
committing allow. Rates are of the time between a fifth and nine tenths of the backlog, when all processes are at it.
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


async def rate(store: MongoStore, total: int) -> float:
    """Return how many entries a second are done, once all processes are at it."""
    begun_at, begun = 0.0, 0
    while True:
        done = total - await store.waiting(Queue.JOBS)
        if not begun_at and done >= FROM * total:
            begun_at, begun = time.perf_counter(), done
        if done >= TO * total:
            return (done - begun) / (time.perf_counter() - begun_at)
        await asyncio.sleep(LOOK_S)


async def submit(house: House, count: int) -> None:
    """Accept so many letters."""
    sent = [
        Submission(token=f"{number:022d}", kind="help", subject=subject, text=text)
        for number, (subject, text) in enumerate(islice(letters(), count))
    ]
    for place in range(0, count, AT_ONCE):
        some = sent[place : place + AT_ONCE]
        await asyncio.gather(*(house.letterbox.submit(WRITER, one, [], origin=load.HOST) for one in some))


async def letters_by(workers: int, count: int, data: Path, folder: Path) -> float:
    """Return the rate of letters with so many workers; the judge lies in the data folder."""
    settings = Settings(data=data, store=mongo.address_of(folder))
    async with open_house(settings) as house:
        await begin(house)
        await submit(house, count)
        assert isinstance(house.store, MongoStore)
        async with processes(workers, (str(COMMAND), "worker", "--data", str(data)), {"MINXIN_STORE": settings.store}):
            return await rate(house.store, count)


async def jobs_by(workers: int, count: int, folder: Path) -> float:
    """Return the rate of jobs that wait with so many workers."""
    address = mongo.address_of(folder)
    store = await MongoStore.open(address)
    try:
        for place in range(0, count, AT_ONCE):
            some = range(place, min(place + AT_ONCE, count))
            jobs = [Job(worker_process.KIND, f"job{number}", {"seconds": WAIT_S}) for number in some]
            await store.commit(Changes(jobs=jobs))
        command = (sys.executable, str(SCRIPT), address, str(folder / "said"), str(HOLD_S), "16")
        async with processes(workers, command, {}):
            return await rate(store, count)
    finally:
        await store.close()


def told(rates: Sequence[float], what: str) -> None:
    """Print what one worker did, and what two did."""
    one, two = rates
    show(what, {"one": f"{one:.1f}/s", "two": f"{two:.1f}/s", "ratio": f"{two / one:.2f}"})


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
