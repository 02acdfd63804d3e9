"""Two worker processes on one MongoDB, one of them killed: each job once at a time, none lost, each counted once."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import Struct
from support import mongo
from support.worker_process import DONE, KIND

from minxin.core.changes import Changes, Job
from minxin.core.store import Queue
from minxin.store.mongo.store import MongoStore

pytestmark = pytest.mark.fault
SCRIPT = Path(__file__).parents[1] / "support" / "worker_process.py"
HOLD_S = 1.5
BATCH = 4
LONG_S = 4.0  # more than twice as long as a claim lasts that nobody renews
LONGEST_S = 60.0
JOB_S = 0.2
JOBS = 24
DEADLY = 9


class Said(Struct, frozen=True):
    """What a worker said of a job."""

    at: float
    word: str
    key: str
    pid: int


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[MongoStore]:
    opened = await MongoStore.open(mongo.address_of(tmp_path))
    yield opened
    await opened.close()
    mongo.release(tmp_path)


def _said(log: Path) -> list[Said]:
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return [Said(float(at), word, key, int(pid)) for at, word, key, pid in (line.split() for line in lines)]


async def _until(log: Path, word: str, least: int) -> list[Said]:
    async with asyncio.timeout(LONGEST_S):
        while True:
            found = [one for one in _said(log) if one.word == word]
            if len(found) >= least:
                return found
            await asyncio.sleep(0.02)


def _overlapping(said: list[Said], killed: int) -> list[str]:
    """Return the jobs that two living processes had in hand at once."""
    in_hand: dict[str, int] = {}
    found = []
    for one in said:
        if one.word == "begins":
            if in_hand.get(one.key, killed) != killed:
                found.append(one.key)
            in_hand[one.key] = one.pid
        elif one.word == "ends":
            in_hand.pop(one.key, None)
    return found


async def test_jobs_of_a_killed_worker_run_again_and_nothing_runs_twice_at_once(
    store: MongoStore, tmp_path: Path
) -> None:
    log = tmp_path / "said"
    command = (sys.executable, str(SCRIPT), mongo.address_of(tmp_path), str(log), str(HOLD_S), str(BATCH))
    workers = [await asyncio.create_subprocess_exec(*command) for _ in range(2)]
    try:
        await _until(log, "opens", 2)
        jobs = [Job(KIND, f"job{number}", {"seconds": JOB_S, "deadly": number == DEADLY}) for number in range(JOBS)]
        await store.commit(Changes(jobs=[*jobs, Job(KIND, "long", {"seconds": LONG_S})]))
        async with asyncio.timeout(LONGEST_S):
            while True:
                if not await store.waiting(Queue.JOBS):
                    break
                await asyncio.sleep(0.05)
        killed = {worker.pid for worker in workers if worker.returncode is not None}
    finally:
        for worker in workers:
            if worker.returncode is None:
                worker.kill()
            await worker.wait()

    said = _said(log)
    assert killed == {next(one.pid for one in said if one.key == f"job{DEADLY}")}
    assert {one.key for one in said if one.word == "ends"} == {*(job.key for job in jobs), "long"}
    assert _overlapping(said, killed.pop()) == []
    # The one that took longer than a claim lasts was held on to.
    assert [one.word for one in said if one.key == "long"] == ["begins", "ends"]
    assert await store.used([DONE]) == {DONE: JOBS + 1}
