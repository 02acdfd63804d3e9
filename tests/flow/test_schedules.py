"""Schedules and duties of several processes on one store: done by one of them, taken over from one that is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from minxin.core.clock import FixedClock
from minxin.core.errors import ConfigError, UnavailableError
from minxin.deploy.roles import ROLES, alone_in, check_role
from minxin.deploy.schedules import Rota, Schedule, holder_of
from minxin.deploy.settings import Settings
from minxin.store.sqlite.store import SqliteStore

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
HOLD = timedelta(seconds=0.3)
LONGEST_S = 60.0


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await SqliteStore.open(tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> FixedClock:
    """The clock of all processes: it stands still, so that no lease ends because the machine is busy."""
    return FixedClock(NOON)


@pytest.fixture
def rota(store: SqliteStore, clock: FixedClock) -> Callable[[], Rota]:
    """Makes what a process shares by."""
    numbers = count()
    return lambda: Rota(store, clock, f"process {next(numbers)}", hold=HOLD)


class Done:
    """Counts who did something, and how many did it at once."""

    def __init__(self) -> None:
        self.by: list[str] = []
        self.at_once = self.most = 0
        self.again = asyncio.Event()

    def as_(self, who: str, seconds: float = 0.0, failures: int = 0) -> Any:
        left = [failures]

        async def do() -> None:
            self.by.append(who)
            self.again.set()
            if left[0]:
                left[0] -= 1
                raise UnavailableError
            self.at_once += 1
            self.most = max(self.most, self.at_once)
            try:
                await asyncio.sleep(seconds)
            finally:
                self.at_once -= 1

        return do

    async def times(self, least: int) -> None:
        async with asyncio.timeout(LONGEST_S):
            while True:
                if len(self.by) >= least:
                    return
                self.again.clear()
                await self.again.wait()


@asynccontextmanager
async def tasks(*work: Any) -> AsyncIterator[list[asyncio.Task[None]]]:
    started = [asyncio.create_task(one) for one in work]
    try:
        yield started
    finally:
        for one in started:
            one.cancel()
        for one in started:
            with suppress(asyncio.CancelledError):
                await one


Rotas = Callable[[], Rota]


async def test_a_schedule_is_kept_by_one_process_at_a_time(rota: Rotas, clock: FixedClock) -> None:
    done = Done()
    processes = [rota().keep(Schedule("sweep", 0.2, done.as_(str(number), 0.05))) for number in range(5)]
    async with tasks(*processes):
        for times in range(1, 4):
            await done.times(times)
            await asyncio.sleep(0.3)
            assert len(done.by) == times
            clock.advance(timedelta(seconds=0.2))
    assert done.most == 1


async def test_a_schedule_that_was_kept_is_not_due_at_the_next_start(
    rota: Rotas, store: SqliteStore, clock: FixedClock
) -> None:
    done, now = Done(), clock.now()
    async with tasks(rota().keep(Schedule("nightly", 86_400.0, done.as_("first")))):
        await done.times(1)
        async with asyncio.timeout(LONGEST_S):
            while True:
                free_at = await store.take_lease("nightly", "looking", now, now, now + timedelta(days=2))
                if free_at == now + timedelta(days=1):
                    break
                await asyncio.sleep(0.01)
    async with tasks(rota().keep(Schedule("nightly", 86_400.0, done.as_("second")))):
        await asyncio.sleep(0.1)
        assert done.by == ["first"]
    clock.advance(timedelta(days=1))
    async with tasks(rota().keep(Schedule("nightly", 86_400.0, done.as_("third")))):
        await done.times(2)


async def test_a_schedule_that_takes_longer_than_its_lease_is_held_on_to(rota: Rotas, clock: FixedClock) -> None:
    done = Done()
    async with tasks(*(rota().keep(Schedule("recount", 0.1, done.as_(str(one), 60))) for one in range(2))):
        await done.times(1)
        for _ in range(8):
            await asyncio.sleep(0.15)
            clock.advance(HOLD / 4)
    assert len(done.by) == 1


async def test_a_schedule_that_fails_is_tried_again_in_its_turn(rota: Rotas, clock: FixedClock) -> None:
    done = Done()
    async with tasks(rota().keep(Schedule("sweep", 0.05, done.as_("only", failures=1)))):
        await done.times(2)


async def test_a_duty_is_had_by_one_and_passes_on_at_once_when_he_stops(rota: Rotas) -> None:
    done = Done()
    async with tasks(rota().serve("chat", done.as_("first", 3600))) as (first,):
        await done.times(1)
        async with tasks(rota().serve("chat", done.as_("second", 3600))):
            await asyncio.sleep(2 * HOLD.total_seconds())
            assert done.by == ["first"]
            first.cancel()
            await done.times(2)
    assert (done.by, done.most) == (["first", "second"], 1)


async def test_a_duty_of_a_process_that_vanished_is_taken_over_when_its_lease_ends(
    rota: Rotas, store: SqliteStore, clock: FixedClock
) -> None:
    now, done = clock.now(), Done()
    await store.take_lease("chat", "killed", now, now + HOLD, now + HOLD)
    async with tasks(rota().serve("chat", done.as_("next", 3600))):
        await asyncio.sleep(HOLD.total_seconds())
        assert done.by == []
        clock.advance(HOLD)
        await done.times(1)


async def test_the_one_service_on_a_file_goes_on_at_once_with_what_a_killed_one_had(
    store: SqliteStore, clock: FixedClock, tmp_path: Path
) -> None:
    now, done, alone = clock.now(), Done(), holder_of(Settings(data=tmp_path))
    await store.take_lease("chat", alone, now, now + HOLD, now + HOLD)
    async with tasks(Rota(store, clock, alone, hold=HOLD).serve("chat", done.as_("next", 3600))):
        await done.times(1)
    shared = Settings(data=tmp_path, store="mongodb://db.example/minxin")
    assert holder_of(shared) != holder_of(shared)


async def test_what_is_done_in_turn_is_done_by_each_after_the_other(rota: Rotas) -> None:
    done = Done()
    await asyncio.gather(*(rota().in_turn("beginning", done.as_(str(one), 0.02)) for one in range(4)))
    assert (len(done.by), done.most) == (4, 1)


def test_roles_but_all_need_a_store_that_processes_can_share(tmp_path: Path) -> None:
    embedded, shared = Settings(data=tmp_path), Settings(data=tmp_path, store="mongodb://db.example/minxin")
    for role in ROLES:
        check_role(role, shared)
    check_role("all", embedded)
    for role in ("web", "smtp", "worker"):
        with pytest.raises(ConfigError, match="minxin all"):
            check_role(role, embedded)


def test_one_process_alone_serves_on_a_file(tmp_path: Path) -> None:
    embedded, shared = Settings(data=tmp_path), Settings(data=tmp_path, store="mongodb://db.example/minxin")
    with alone_in(embedded):
        with pytest.raises(ConfigError, match="another process"), alone_in(embedded):
            pass
        with alone_in(shared), alone_in(shared):
            pass
    with alone_in(embedded):
        pass
