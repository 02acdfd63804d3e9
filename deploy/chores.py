"""Chores (定时任务): what is done again and again without anybody asking."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, Final

from minxin.consult.chat.forgetting import forget_old
from minxin.core.errors import ConflictError
from minxin.deploy.alarms import QuarantineWatch
from minxin.deploy.heap import give_back
from minxin.deploy.house import House
from minxin.deploy.mailroom import mail_chores
from minxin.deploy.workers import busy, repeat
from minxin.mailbox.disk.tending import recount_disks, sweep_disks
from minxin.mailbox.sweeping import sweep_expired
from minxin.mailbox.texting.reporting import SmsReports

CHECKPOINT_S = 60.0
SWEEP_S = 600.0
RECOUNT_S = 86_400.0
FORGET_S = 3600.0
CLOSE_S = 3600.0
WATCH_S = 600.0
MARK_S = 3.0
LEARN_S = 3600.0
LOOK_S = 900.0
WARN_S = 3600.0
DRAFTS_S = 300.0
REPORTS_S = 5.0
ALARM_S = 60.0
FIRST_LOOK_S = 60.0  # people who waited for the start come first
TIDY_S = 120.0
BATCH = 200
LOOSE_S = 3600.0
LOOSE_KEPT: Final = timedelta(days=1)  # nobody decides on what he read so long ago
LOOSE_AT_ONCE = 50
MARKED_AT_ONCE = 5  # letters: some ten milliseconds of a thread, so that pages don't wait
BREATH_S = 0.05
PATIENCE_S = 60  # marks may be late, but not for ever


async def quiet_moment() -> None:
    """Wait until the loop is not busy with people, for at most :data:`PATIENCE_S`."""
    for _ in range(PATIENCE_S):
        if not await busy():
            return
        await asyncio.sleep(1.0)


async def _forget(house: House) -> None:
    while await forget_old(house.store, house.city.chat, house.clock.now()):
        await quiet_moment()


async def sweep_blobs(house: House) -> None:
    """Delete the bytes that no record has named for a day."""
    while await house.store.sweep_blobs(house.clock.now(), LOOSE_KEPT, LOOSE_AT_ONCE):
        await quiet_moment()


async def _sweep_disks(house: House) -> None:
    while await sweep_disks(house.store, house.disk.rules, house.clock.now(), BATCH):
        await quiet_moment()


async def _close_unrated(house: House) -> None:
    for changes in await house.jobs.close_unrated(BATCH):
        try:
            await house.store.commit(changes)
        except ConflictError:
            continue  # somebody rated it in this very moment


def chores_of(house: House) -> list[Coroutine[Any, Any, None]]:
    """Return the chores, each to be run as a task."""

    async def checkpoint() -> None:
        await house.store.checkpoint(house.clock.now())

    async def sweep() -> None:
        while await sweep_expired(house.store, house.clock.now(), BATCH):
            pass

    async def mark() -> None:
        while await house.like_letters.mark(MARKED_AT_ONCE):
            await asyncio.sleep(BREATH_S)
            await quiet_moment()

    async def tidy() -> None:
        await quiet_moment()
        await asyncio.to_thread(give_back)

    return [
        repeat(CHECKPOINT_S, checkpoint),
        repeat(SWEEP_S, sweep),
        repeat(SWEEP_S, lambda: _sweep_disks(house)),
        repeat(RECOUNT_S, lambda: recount_disks(house.store), after_s=RECOUNT_S),
        repeat(FORGET_S, lambda: _forget(house)),
        repeat(LOOSE_S, lambda: sweep_blobs(house)),
        *mail_chores(house.mailroom, house.store, house.city, quiet_moment),
        repeat(CLOSE_S, lambda: _close_unrated(house)),
        repeat(WATCH_S, house.precision.watch),
        repeat(MARK_S, mark),
        repeat(LEARN_S, house.like_letters.learn),
        repeat(LOOK_S, house.hot_issues.look, after_s=FIRST_LOOK_S),
        repeat(TIDY_S, tidy, after_s=TIDY_S),
        repeat(WARN_S, house.expiry.watch),
        repeat(ALARM_S, QuarantineWatch(house.store).look, after_s=ALARM_S),
        repeat(REPORTS_S, SmsReports(house.store, house.clock, house.texts.gateway).collect),
        house.chat.tending.run(),
        repeat(DRAFTS_S, house.chat.tending.tend_drafts),
    ]
