"""Workers (后台任务): claim what commits left to be done, do it, and finish it in one transaction with its changes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from minxin.core.changes import Changes, Job
from minxin.core.clock import Clock
from minxin.core.errors import ConflictError, DuplicateError, MinxinError, NotYetError
from minxin.core.log_ids import log_ids
from minxin.core.meters import WORK_DONE, WORK_FAILED
from minxin.core.store import MAX_RUNS, Claim, Queue, Queues
from minxin.core.tasks import end_tasks

log = logging.getLogger(__name__)

HOLD: Final = timedelta(minutes=2)
IDLE_S: Final = 5.0
BATCH: Final = 16
# How long one turn of the loop takes when dozens of requests are under way at once, and how long work then waits.
BUSY_LAG_S: Final = 0.01
GIVE_WAY_S: Final = 0.25
# After the first and the second failure. Somebody waits for a letter to be judged; a relay or gateway is often back
# within the hour, and a message that comes late is better than one that an administrator must send again.
BACK_OFF: Final = {
    Queue.JOBS: (timedelta(seconds=1), timedelta(seconds=30)),
    Queue.OUTBOX: (timedelta(minutes=1), timedelta(minutes=40)),
}

Task = Callable[[str, dict[str, Any]], Awaitable[Changes]]


class Worker:
    """Does the work of one queue: ``tasks`` maps a kind (or channel) to what is done with its key and payload.

    A task returns the changes that its work leads to; what it does outside of the store must be idempotent by its key,
    since a task that was cut off is done again. What failed for the last time is handed to the task of its kind in
    ``last_resorts``, which brings it before a person; without one it is quarantined. ``batch`` is how much is done at
    once, ``hold`` for how long it is nobody else's unless it is held for longer: soon after that somebody else takes up
    what a killed worker had.
    """

    def __init__(
        self,
        queues: Queues,
        queue: Queue,
        clock: Clock,
        tasks: Mapping[str, Task],
        last_resorts: Mapping[str, Task] = MappingProxyType({}),
        *,
        hold: timedelta = HOLD,
        batch: int = BATCH,
    ) -> None:
        self._queues = queues
        self._queue = queue
        self._clock = clock
        self._tasks = tasks
        self._last_resorts = last_resorts
        self._kinds = tuple(tasks)
        self._hold = hold
        self._batch = batch

    async def run(self) -> None:
        """Work until cancelled. An error of the store is waited out; nothing is lost by it."""
        bell = self._queues.bell(self._queue, self._kinds)
        while True:
            try:
                done = await self.run_once()
            except MinxinError:
                log.exception("the queue can't be read", extra={"event": "queue_failed"})
                done = 0
                await asyncio.sleep(IDLE_S)
            await (give_way() if done else bell.wait(IDLE_S))

    async def run_once(self) -> int:
        """Do one batch of due work and return how much there was."""
        claims = await self._queues.claim(self._queue, self._kinds, self._clock.now(), self._hold, self._batch)
        under_way = [(claim, asyncio.create_task(self._do(claim))) for claim in claims]
        keeper = asyncio.create_task(self._keep(under_way))
        try:
            if under_way:
                await asyncio.wait([task for _, task in under_way])
        finally:
            await end_tasks(keeper, *(task for _, task in under_way))
        return len(claims)

    async def _keep(self, under_way: Sequence[tuple[Claim, asyncio.Task[None]]]) -> None:
        """Hold what takes long for longer; what was lost to another worker meanwhile is left to him."""
        while True:
            await asyncio.sleep(self._hold.total_seconds() / 3)
            for claim, task in under_way:
                if task.done():
                    continue
                try:
                    held = await self._queues.hold(claim, self._clock.now() + self._hold)
                except MinxinError:
                    log.warning("a claim can't be held for longer", extra={"event": "claim_unheld"})
                    continue
                if not held:
                    task.cancel()

    async def _do(self, claim: Claim) -> None:
        kind = claim.work.kind if isinstance(claim.work, Job) else claim.work.channel
        with log_ids(job=claim.id, kind=kind, letter=str(claim.work.payload.get("letter_id", ""))):
            await self._run_task(claim, kind)

    async def _run_task(self, claim: Claim, kind: str) -> None:
        work = claim.work
        try:
            changes = await self._tasks[kind](work.key, work.payload)
            await self._queues.finish(claim, self._clock.now(), changes)
            WORK_DONE.labels(kind).inc()
        except NotYetError as error:
            await self._queues.put_off(claim, error.until)
        except DuplicateError:
            # An earlier run committed and was cut off before it could say so.
            await self._queues.finish(claim, self._clock.now())
        except ConflictError:
            await self._queues.fail(claim, self._clock.now(), "conflict", self._clock.now())
        except Exception as error:
            # The last resort of all tasks: the work is kept, tried again, and shown to a person after three strikes.
            log.exception("work failed", extra={"event": "work_failed", "runs": claim.runs})
            WORK_FAILED.labels(kind).inc()
            now = self._clock.now()
            if claim.runs < MAX_RUNS:
                retry_at = now + BACK_OFF[self._queue][claim.runs - 1]
                await self._queues.fail(claim, now, type(error).__name__, retry_at)
            elif not await self._last_resort(claim, kind):
                await self._queues.fail(claim, now, type(error).__name__, None)

    async def _last_resort(self, claim: Claim, kind: str) -> bool:
        """Bring the work before a person; False when there is no way to, or it failed as well."""
        if kind not in self._last_resorts:
            return False
        try:
            changes = await self._last_resorts[kind](claim.work.key, claim.work.payload)
            await self._queues.finish(claim, self._clock.now(), changes)
        except MinxinError:
            log.exception("the last resort failed", extra={"event": "last_resort_failed"})
            return False
        return True


async def give_way() -> None:
    """Let people come first: while the loop is busy with them, wait a moment before the next batch."""
    if await busy():
        await asyncio.sleep(GIVE_WAY_S)


async def busy() -> bool:
    """Say whether the loop is busy with people just now."""
    loop = asyncio.get_running_loop()
    asked_at = loop.time()
    await asyncio.sleep(0)
    return loop.time() - asked_at > BUSY_LAG_S


async def repeat(every_s: float, chore: Callable[[], Awaitable[object]], *, after_s: float = 0.0) -> None:
    """Do a chore again and again until cancelled, for the first time after ``after_s``.

    A failure is logged and the next turn comes all the same.
    """
    await asyncio.sleep(after_s)
    while True:
        try:
            await chore()
        except MinxinError:
            log.exception("a chore failed", extra={"event": "chore_failed"})
        await asyncio.sleep(every_s)
