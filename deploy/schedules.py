"""Schedules and duties (定时与值班): what one process of the service does for all of them.

A schedule (定时) is done once in a while, by whichever process first finds it due. A duty (值班) has no end: one
process has it until it stops, and another takes it over within :data:`HOLD` when that one was killed. Both are leases
in the store. The clocks of two machines may differ by some seconds, and a process may have been asleep, so that
whatever is done here must bear being done by two at once; the lease only sees to it that this is rare.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

from msgspec import Struct

from minxin.core.clock import Clock
from minxin.core.cluster import Cluster
from minxin.core.errors import MinxinError
from minxin.core.ids import new_id
from minxin.core.tasks import end_tasks
from minxin.deploy.settings import Settings

log = logging.getLogger(__name__)

HOLD: Final = timedelta(seconds=30)
TURN_S: Final = 0.2

Work = Callable[[], Awaitable[Any]]


def holder_of(settings: Settings) -> str:
    """Return what this process is called in leases.

    Who looks into a shared store sees which process has what. Where one process alone serves (``roles.alone_in``) each
    is called alike, so that the next one need not wait for the end of what a killed one had.
    """
    return f"{socket.gethostname()}:{os.getpid()}:{new_id()[:6]}" if settings.store else "the service"


class Schedule(Struct, frozen=True):
    """What is done every so many seconds by one process, for the first time after ``after_s``."""

    name: str
    every_s: float
    do: Work
    after_s: float = 0.0


class Rota:
    """Shares schedules and duties with the other processes of the service; ``holder`` is what this one is called."""

    def __init__(self, store: Cluster, clock: Clock, holder: str, *, hold: timedelta = HOLD) -> None:
        self._store = store
        self._clock = clock
        self._hold = hold
        self._renew_s = hold.total_seconds() / 3
        self._holder = holder

    async def keep(self, schedule: Schedule) -> None:
        """Do the schedule whenever it is due and nobody else does it, until cancelled."""
        every = timedelta(seconds=schedule.every_s)
        await asyncio.sleep(schedule.after_s)
        while True:
            wait_s = schedule.every_s
            try:
                free_at = await self._take(schedule.name, every)
                if free_at is None:
                    await self._hold_on(schedule.name, schedule.do)
                    await self._store.end_lease(schedule.name, self._holder, self._clock.now() + every)
                else:
                    wait_s = min(max(free_at.total_seconds(), self._renew_s), schedule.every_s)
            except MinxinError:
                log.exception("a schedule failed", extra={"event": "chore_failed", "chore": schedule.name})
            await asyncio.sleep(wait_s)

    async def serve(self, name: str, work: Work) -> None:
        """Do the duty as long as nobody else has it, until cancelled."""
        try:
            while True:
                try:
                    if await self._take(name, self._hold) is None:
                        await self._hold_on(name, work)
                except MinxinError:
                    log.exception("a duty failed", extra={"event": "chore_failed", "chore": name})
                await asyncio.sleep(self._renew_s)
        finally:
            # Who comes next need not wait for the end of a lease that nobody uses.
            with suppress(MinxinError):
                await self._store.end_lease(name, self._holder, self._clock.now())

    async def in_turn(self, name: str, work: Work) -> None:
        """Do the work once, while no other process does what has the same name; raises what it raises."""
        done = False
        while not done:
            free_at = await self._take(name, self._hold)
            if free_at is not None:
                await asyncio.sleep(min(max(free_at.total_seconds(), 0.0), TURN_S))
                continue
            try:
                done = await self._hold_on(name, work)
            finally:
                await self._store.end_lease(name, self._holder, self._clock.now())

    async def _take(self, name: str, every: timedelta) -> timedelta | None:
        """Take the lease; else return in how long it can be had."""
        now = self._clock.now()
        latest = now + max(every, self._hold)
        free_at = await self._store.take_lease(name, self._holder, now, now + self._hold, latest)
        return None if free_at is None else free_at - now

    async def _hold_on(self, name: str, work: Work) -> bool:
        """Do the work, and hold the lease meanwhile; False when that was lost and the work broken off."""
        loop = asyncio.get_running_loop()
        task = asyncio.ensure_future(work())
        ends_at = loop.time() + self._hold.total_seconds()
        try:
            while True:
                await asyncio.wait({task}, timeout=self._renew_s)
                if task.done():
                    return True
                began_at = loop.time()
                with suppress(MinxinError):
                    if await self._take(name, self._hold) is not None:
                        break
                    ends_at = began_at + self._hold.total_seconds()
                if loop.time() >= ends_at:
                    break
            return False
        finally:
            await end_tasks(task)
