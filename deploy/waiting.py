"""How long work waits (积压): the queues number their entries, and this process remembers when it saw which number.

An entry says for when it was put off, but not when it came. Whoever looks every few seconds knows that to a few
seconds, without a column and an index that every commit would have to write. Of what came before this process it knows
only that it waits since then at least.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime, timedelta
from typing import Final, Protocol

from msgspec import Struct

from minxin.core.clock import Clock
from minxin.core.fresh import Fresh
from minxin.core.store import Backlog, Queue

FRESH: Final = timedelta(seconds=2)
MOST_LOOKS: Final = 20_000  # two days and more of looks ten seconds apart


class Wait(Struct, frozen=True):
    """The work of one kind: how much waits, how much is in quarantine, and for how long the oldest is late."""

    queue: Queue
    kind: str
    waiting: int
    quarantined: int
    late: timedelta


class Queued(Protocol):
    """The store as far as this goes."""

    async def backlogs(self) -> list[Backlog]: ...


class Waiting:
    """Looks at the queues, at most once in ``fresh``, and remembers what it saw."""

    def __init__(self, store: Queued, clock: Clock, *, fresh: timedelta = FRESH) -> None:
        self._store = store
        self._clock = clock
        self._numbers: list[int] = []
        self._seen_at: list[datetime] = []
        self._kept: Fresh[list[Wait]] = Fresh(fresh)

    async def look(self) -> list[Wait]:
        """Return what waits; raises the store's errors."""
        return await self._kept.get("waiting", self._look)

    async def _look(self) -> list[Wait]:
        found, now = await self._store.backlogs(), self._clock.now()
        self._note(max((backlog.last for backlog in found), default=0), now)
        return [Wait(one.queue, one.kind, one.waiting, one.quarantined, self._late(one, now)) for one in found]

    def _note(self, last: int, now: datetime) -> None:
        if not self._numbers or last > self._numbers[-1]:
            self._numbers.append(last)
            self._seen_at.append(now)
        if len(self._numbers) > MOST_LOOKS:
            del self._numbers[: MOST_LOOKS // 2], self._seen_at[: MOST_LOOKS // 2]

    def _late(self, backlog: Backlog, now: datetime) -> timedelta:
        since = [] if backlog.due_at is None else [backlog.due_at]
        if backlog.first is not None:
            since.append(self._seen_at[bisect_left(self._numbers, backlog.first)])
        return max((now - at for at in since if at < now), default=timedelta())
