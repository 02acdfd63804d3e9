"""How long work waits, told from the numbers that were seen at which look."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from minxin.core.clock import FixedClock
from minxin.core.store import Backlog, Queue
from minxin.deploy import waiting
from minxin.deploy.waiting import Waiting

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Numbered:
    """A queue whose entries have the numbers from ``first`` to ``last``."""

    def __init__(self) -> None:
        self.backlog = Backlog(Queue.JOBS, "judge", 0, 0)

    def hold(self, first: int | None, last: int, due_at: datetime | None = None) -> None:
        self.backlog = Backlog(Queue.JOBS, "judge", last, 0, first, last, due_at)

    async def backlogs(self) -> list[Backlog]:
        return [self.backlog]


async def late(store: Numbered, clock: FixedClock, looked: Waiting) -> timedelta:
    clock.advance(MINUTE)
    (found,) = await looked.look()
    return found.late


async def test_work_waits_since_its_number_was_first_seen() -> None:
    store, clock = Numbered(), FixedClock(NOON)
    looked = Waiting(store, clock, fresh=timedelta())
    store.hold(1, 5)
    assert await late(store, clock, looked) == timedelta()
    store.hold(1, 9)
    assert await late(store, clock, looked) == MINUTE
    # The first five are done: what came with the second look waits since then.
    store.hold(6, 9)
    assert await late(store, clock, looked) == MINUTE
    store.hold(9, 9)
    assert await late(store, clock, looked) == 2 * MINUTE
    store.hold(None, 0)
    assert await late(store, clock, looked) == timedelta()


async def test_work_that_was_put_off_waits_since_its_time() -> None:
    store, clock = Numbered(), FixedClock(NOON)
    looked = Waiting(store, clock, fresh=timedelta())
    store.hold(None, 3, NOON + 3 * MINUTE)
    assert await late(store, clock, looked) == timedelta()
    clock.advance(4 * MINUTE)
    assert await late(store, clock, looked) == 3 * MINUTE


async def test_what_is_remembered_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MOST_LOOKS", 4)
    store, clock = Numbered(), FixedClock(NOON)
    looked = Waiting(store, clock, fresh=timedelta())
    for number in range(1, 9):
        store.hold(1, number)
        await late(store, clock, looked)
    # When the first was seen is forgotten; that it waits since the oldest look that is remembered is not.
    assert MINUTE < await late(store, clock, looked) < 8 * MINUTE
