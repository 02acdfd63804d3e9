"""How the parts of the running service are (健康检查): asked at the doors for supervisors, balancers and Prometheus."""

from __future__ import annotations

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol

from minxin.consult.search.service import LetterSearch, SearchHealth
from minxin.core.errors import MinxinError
from minxin.core.fresh import Fresh
from minxin.core.health import Condition, Health
from minxin.deploy.waiting import Wait, Waiting

FRESH: Final = timedelta(seconds=1)  # balancers ask often, and anybody may
PATIENCE_S: Final = 3.0
LATE: Final = timedelta(minutes=15)
INDEX_FRESH: Final = timedelta(seconds=10)
INDEX_PATIENCE_S: Final = 1.0  # a probe waits for four in all
INDEX_LATE: Final = timedelta(minutes=5)
MIB: Final = 1024 * 1024
# Whichever is less of so many bytes and such a share of the disk: a large one is not full at one per cent.
FULL: Final = (64 * MIB, 100)
LOW: Final = (1024 * MIB, 10)


class Child(Protocol):
    """A process that holds models for the service; ``missing`` while it is wanted and not there."""

    pid: int | None

    @property
    def missing(self) -> bool: ...


class IndexWatch:
    """Asks how the index of letters is, at most once in :data:`INDEX_FRESH`."""

    def __init__(self, search: LetterSearch) -> None:
        self._search = search
        self._kept: Fresh[SearchHealth] = Fresh(INDEX_FRESH)

    async def look(self) -> SearchHealth:
        """Return how it is; raises the store's errors, and ``TimeoutError`` after :data:`INDEX_PATIENCE_S`."""
        async with asyncio.timeout(INDEX_PATIENCE_S):
            return await self._kept.get("index", self._search.look)


class HealthCheck:
    """Asks the parts. ``store_here`` is whether the store lies on the disk of ``data``; ``children`` are by name."""

    def __init__(self, waiting: Waiting, data: Path, *, store_here: bool, children: dict[str, Child]) -> None:
        self._waiting = waiting
        self._data = data
        self._store_here = store_here
        self._children = children
        self._index: IndexWatch | None = None
        self._kept: Fresh[Health] = Fresh(FRESH)

    def watch_index(self, index: IndexWatch) -> None:
        """Tell of the index of letters too: in a process that searches it or fills it."""
        self._index = index

    async def look(self) -> Health:
        """Return how the parts are, at most a second old; never raises."""
        return await self._kept.get("health", self._look)

    async def _look(self) -> Health:
        found = await asyncio.gather(self._look_at_store(), self._look_at_index())
        parts = {name: condition for some in found for name, condition in some.items()}
        parts["disk"] = await asyncio.to_thread(self._disk)
        for name, child in self._children.items():
            parts[name] = Condition.DEGRADED if child.missing else Condition.OK
        return Health(parts)

    async def _look_at_store(self) -> dict[str, Condition]:
        try:
            async with asyncio.timeout(PATIENCE_S):
                return {"store": Condition.OK, "queues": queues_are(await self._waiting.look())}
        except (MinxinError, TimeoutError):
            return {"store": Condition.FAILED, "queues": Condition.DEGRADED}

    async def _look_at_index(self) -> dict[str, Condition]:
        if self._index is None:
            return {}
        try:
            return {"index": index_is(await self._index.look())}
        except (MinxinError, TimeoutError):
            return {"index": Condition.DEGRADED}

    def _disk(self) -> Condition:
        try:
            usage = shutil.disk_usage(self._data)
        except OSError:
            return Condition.FAILED
        found = disk_is(usage.free, usage.total)
        return Condition.DEGRADED if found is Condition.FAILED and not self._store_here else found


def disk_is(free: int, size: int) -> Condition:
    """Return how a disk with so many free bytes is."""
    if free < _least(FULL, size):
        return Condition.FAILED
    return Condition.DEGRADED if free < _least(LOW, size) else Condition.OK


def queues_are(found: list[Wait]) -> Condition:
    """Return how the queues are: degraded when work waits far longer than its time, or for a person."""
    return Condition.DEGRADED if any(one.late > LATE or one.quarantined for one in found) else Condition.OK


def index_is(found: SearchHealth) -> Condition:
    """Return how the index is: degraded when the newest letters alone are searched, or those are not yet in it."""
    answers = found.index is not None and found.index.name
    return Condition.OK if answers and found.lag < INDEX_LATE else Condition.DEGRADED


def _least(bounds: tuple[int, int], size: int) -> int:
    most, share = bounds
    return min(most, size // share)
