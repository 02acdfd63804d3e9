"""Chores (定时任务): what is done again and again without being asked, by one process for all or by each."""

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
from minxin.deploy.mailroom import mail_schedules
from minxin.deploy.schedules import Rota, Schedule, Work, holder_of
from minxin.deploy.searching import keep_up
from minxin.deploy.workers import busy, repeat
from minxin.mailbox.disk.tending import recount_disks, sweep_disks
from minxin.mailbox.sweeping import sweep_expired
from minxin.mailbox.texting.reporting import SmsReports

CHECKPOINT_S = 60.0
SWEEP_S = 600.0
RECOUNT_S = 86_400.0
COUNT_S = 600.0  # after a first start
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
    """Return what the processes that work do for all, each to be run as a task."""
    rota = Rota(house.store, house.clock, holder_of(house.settings))
    schedules = (*_schedules(house), *mail_schedules(house.mailroom, house.store, house.city, quiet_moment))
    return [
        *(rota.keep(schedule) for schedule in schedules),
        *(rota.serve(name, work) for name, work in _duties(house).items()),
    ]


def own_chores(house: House) -> list[Coroutine[Any, Any, None]]:
    """Return what every process does for itself, each to be run as a task."""

    async def tidy() -> None:
        await quiet_moment()
        await asyncio.to_thread(give_back)

    return [repeat(TIDY_S, tidy, after_s=TIDY_S)]


def _schedules(house: House) -> tuple[Schedule, ...]:
    async def checkpoint() -> None:
        await house.store.checkpoint(house.clock.now())

    async def sweep() -> None:
        await house.store.forget_shared(house.clock.now())
        while await sweep_expired(house.store, house.clock.now(), BATCH):
            pass

    return (
        Schedule("checkpoint", CHECKPOINT_S, checkpoint),
        Schedule("sweep", SWEEP_S, sweep),
        Schedule("sweep disks", SWEEP_S, lambda: _sweep_disks(house)),
        Schedule("recount disks", RECOUNT_S, lambda: recount_disks(house.store), after_s=COUNT_S),
        Schedule("forget conversations", FORGET_S, lambda: _forget(house)),
        Schedule("sweep blobs", LOOSE_S, lambda: sweep_blobs(house)),
        Schedule("forget outgoing mail", FORGET_S, house.outgoing.forget),
        Schedule("close unrated", CLOSE_S, lambda: _close_unrated(house)),
        Schedule("routing precision", WATCH_S, house.precision.watch),
        Schedule("hot issues", LOOK_S, house.hot_issues.look, after_s=FIRST_LOOK_S),
        Schedule("knowledge expiry", WARN_S, house.expiry.watch),
        Schedule("quarantine", ALARM_S, QuarantineWatch(house.store).look, after_s=ALARM_S),
        Schedule("chat drafts", DRAFTS_S, house.chat.tending.tend_drafts),
    )


def _duties(house: House) -> dict[str, Work]:
    """Return what is looked at every few seconds, and what only one may do at a time.

    A provider of SMS counts the messages of a second, may allow one connection, and reports to the one that sent.
    Official mail has a rate, too.
    """

    async def mark() -> None:
        while await house.like_letters.mark(MARKED_AT_ONCE):
            await asyncio.sleep(BREATH_S)
            await quiet_moment()

    reports = SmsReports(house.store, house.clock, house.texts.gateway)
    lone = {name: [worker.run for worker in workers] for name, workers in house.lone_workers.items()}
    return {
        "chat": house.chat.tending.run,
        "marks": lambda: repeat(MARK_S, mark),
        "sms": _together(*lone["sms"], lambda: repeat(REPORTS_S, reports.collect)),
        "official mail": _together(*lone["official mail"]),
        "search": lambda: keep_up(house.search_filling),
    }


def _together(*works: Work) -> Work:
    return lambda: asyncio.gather(*(work() for work in works))


def learning(house: House) -> Coroutine[Any, Any, None]:
    """Return what keeps a process that compares letters up to date with what they have in common."""
    return repeat(LEARN_S, house.like_letters.learn)
