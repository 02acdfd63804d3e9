"""Workers over the real store: done once, tried again, kept when it fails for good, taken up after a lost worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from minxin.core.changes import Changes, Job, OutboxEntry
from minxin.core.clock import FixedClock
from minxin.core.errors import NotYetError, UnavailableError
from minxin.core.paging import PageRequest
from minxin.core.store import Queue
from minxin.deploy.workers import HOLD, Worker
from minxin.store.sqlite.store import SqliteStore

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


class Task:
    """Fails the first times, then works; remembers what it was given."""

    def __init__(self, failures: int = 0) -> None:
        self.left = failures
        self.done: list[str] = []

    async def __call__(self, key: str, payload: dict[str, Any]) -> Changes:
        if self.left:
            self.left -= 1
            raise UnavailableError("somebody's words that must not be kept")
        self.done.append(key)
        return Changes()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await SqliteStore.open(tmp_path)
    yield opened
    await opened.close()


async def _worker(store: SqliteStore, clock: FixedClock, task: Task, *keys: str) -> Worker:
    await store.commit(Changes(jobs=[Job("work", key) for key in keys]))
    return Worker(store, Queue.JOBS, clock, {"work": task})


async def test_each_job_is_done_once(store: SqliteStore) -> None:
    task = Task()
    worker = await _worker(store, FixedClock(NOON), task, "a", "b", "a")
    assert await worker.run_once() == 2
    assert await worker.run_once() == 0
    assert sorted(task.done) == ["a", "b"]
    assert await store.waiting(Queue.JOBS) == 0


async def test_failed_job_is_tried_again_a_little_later(store: SqliteStore) -> None:
    clock, task = FixedClock(NOON), Task(failures=1)
    worker = await _worker(store, clock, task, "a")
    await worker.run_once()
    assert await worker.run_once() == 0
    clock.advance(timedelta(seconds=2))
    await worker.run_once()
    assert task.done == ["a"]


async def test_job_that_fails_three_times_is_kept_without_the_words_and_can_be_run_again(store: SqliteStore) -> None:
    clock, task = FixedClock(NOON), Task(failures=3)
    worker = await _worker(store, clock, task, "a")
    for _ in range(3):
        await worker.run_once()
        clock.advance(timedelta(minutes=10))
    (kept,) = (await store.quarantined(PageRequest())).items
    assert (kept.runs, kept.error) == (3, "UnavailableError")
    assert await worker.run_once() == 0
    await store.release(Queue.JOBS, kept.id, clock.now())
    await worker.run_once()
    assert task.done == ["a"]


async def test_message_outlasts_a_relay_that_is_away_for_half_an_hour(store: SqliteStore) -> None:
    clock, task = FixedClock(NOON), Task(failures=2)
    await store.commit(Changes(outbox=[OutboxEntry("word", "a")]))
    worker = Worker(store, Queue.OUTBOX, clock, {"word": task})
    for _ in range(60):
        await worker.run_once()
        clock.advance(timedelta(minutes=1))
    assert task.done == ["a"]
    assert (await store.quarantined(PageRequest())).items == []


async def test_work_that_is_not_to_be_done_yet_never_fails(store: SqliteStore) -> None:
    clock, tries = FixedClock(NOON), list[datetime]()

    async def later(key: str, payload: dict[str, Any]) -> Changes:
        tries.append(clock.now())
        if len(tries) < 5:
            raise NotYetError(clock.now() + timedelta(hours=1))
        return Changes()

    await store.commit(Changes(outbox=[OutboxEntry("word", "a")]))
    worker = Worker(store, Queue.OUTBOX, clock, {"word": later})
    for _ in range(10):
        await worker.run_once()
        clock.advance(timedelta(minutes=30))
    assert tries == [NOON + timedelta(hours=hour) for hour in range(5)]
    assert await store.waiting(Queue.OUTBOX) == 0
    assert (await store.quarantined(PageRequest())).items == []


async def test_work_of_a_lost_worker_is_taken_up_when_its_lock_expires(store: SqliteStore) -> None:
    clock, task = FixedClock(NOON), Task()
    worker = await _worker(store, clock, task, "a")
    await store.claim(Queue.JOBS, ["work"], clock.now(), HOLD, 1)
    assert await worker.run_once() == 0
    clock.advance(HOLD)
    await worker.run_once()
    assert task.done == ["a"]


async def test_waiting_worker_is_woken_by_a_commit(store: SqliteStore) -> None:
    task = Task()
    worker = await _worker(store, FixedClock(NOON), task)
    running = asyncio.create_task(worker.run())
    await store.commit(Changes(jobs=[Job("work", "late")]))
    async with asyncio.timeout(3):
        while not task.done:  # noqa: ASYNC110 - the worker has no event for its tests
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
