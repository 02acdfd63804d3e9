"""Kill -9 of each process in turn under load: nothing that was acknowledged is lost, torn or doubled.

On a file `minxin all` and its children are killed; on MongoDB the pages, the doors for mail, the worker, and a process
that is all of them. ``MINXIN_KILL_ROUNDS`` sets the number of rounds (a few in CI; ``make kill`` runs 50),
``MINXIN_KILL_STORE`` the engine (in CI SQLite alone: on the test server four processes take minutes).
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from itertools import cycle, islice
from pathlib import Path
from typing import Final

import pytest
from support import elastic, mongo
from support.after_fault import FAILED, OPEN, Stored, run_out
from support.at_work import AtWork, Promised
from support.live import audit_verify
from support.mongo_city import moved
from support.outside import Outside, open_outside
from support.service import CHILDREN, Service

from minxin.deploy.outgoing import LANES
from minxin.deploy.workers import BATCH
from minxin.mailbox.sms import Lane

STORES: Final = os.environ.get("MINXIN_KILL_STORE", "sqlite").split()
ROUNDS: Final = {"sqlite": 6, "mongodb": 4}
VICTIMS: Final = {
    "sqlite": ("all", "judge", "all", "search", "all", "encoder"),
    "mongodb": ("web", "worker", "smtp", "all"),
}
SENDERS: Final = ("all", "worker")
AT_ONCE: Final = LANES + len(Lane) * BATCH  # what one process may be about to hand over
PATIENCE_S: Final = 240.0
pytestmark = pytest.mark.fault


def _rounds(engine: str) -> int:
    return int(os.environ.get("MINXIN_KILL_ROUNDS", ROUNDS[engine]))


@pytest.fixture(params=STORES)
def engine(request: pytest.FixtureRequest) -> str:
    """The engine that everything lies on."""
    return str(request.param)


@pytest.fixture
async def outside(tmp_path: Path) -> AsyncIterator[Outside]:
    async with open_outside(tmp_path) as opened:
        yield opened


@pytest.fixture
async def service(engine: str, prepared: Path, tmp_path: Path, outside: Outside) -> AsyncIterator[Service]:
    """The processes of a city, not started yet."""
    store, data, search = "", tmp_path / "city", {}
    if engine == "mongodb":
        store = (await moved(prepared, tmp_path)).store
        # The embedded index has one writer: several workers search by Elasticsearch.
        search = {"MINXIN_SEARCH": elastic.address(), "MINXIN_SEARCH_PREFIX": f"kill{os.getpid()}"}
    else:
        shutil.copytree(prepared, data)
    roles = {victim for victim in VICTIMS[engine][: max(_rounds(engine), 3)] if victim not in CHILDREN}
    opened = Service(data, store, sorted(roles), {**outside.environment, **search})
    yield opened
    await opened.kill()
    if store:
        mongo.end_transactions()
        mongo.release(tmp_path)


async def _kill(service: Service, victim: str) -> None:
    if victim in service.processes:
        await service.processes[victim].kill()
        if service.store:
            # The transaction that it may have left open is in everybody's way; the server would end it by itself.
            mongo.end_transactions()
        await service.processes[victim].start()
    elif pid := service.processes["all"].child(victim):
        os.kill(pid, 9)


def _check_letters(stored: Stored, promised: Promised) -> None:
    """Hold what lies in the store against what people were promised before it was read."""
    in_mails = set(stored.bodies())
    lost = promised.mails - in_mails
    lost |= {
        words for words, number in promised.numbers.items() if words.encode() not in stored.letters.get(number, b"")
    }
    assert not lost, f"{len(lost)} acknowledged letters are gone or have other words: {lost}"


def _copy(promised: Promised) -> Promised:
    return Promised(dict(promised.numbers), set(promised.mails), set(promised.sent), set(promised.moves))


def _told(promised: Promised) -> str:
    forms, mails, moves = len(promised.numbers), len(promised.mails), len(promised.moves)
    return f"{forms} letters by page and program, {mails} by mail and {moves} moves acknowledged"


async def _until_done(service: Service) -> Stored:
    """Let the service do what is left, and return what there is then."""
    await service.start()
    async with asyncio.timeout(PATIENCE_S):
        while True:
            stored = await asyncio.to_thread(Stored, service.data, service.store)
            if not stored.work[OPEN] and not stored.unsearchable:
                return stored
            await asyncio.sleep(0.5)


def _check_effects(stored: Stored, promised: Promised, outside: Outside, killed: Counter[str]) -> None:
    bodies = stored.bodies()
    assert len(bodies) == len(set(bodies)), "what was sent again became a second letter"
    twice = [event for event, times in stored.events.items() if times > 1]
    assert not twice, f"done twice: {twice}"
    assert max(stored.copies.values()) == 1, "a mail lies twice in one folder"
    left = {(order, kind) for _, kind, order in stored.events}
    assert promised.moves <= left, f"moves are gone: {promised.moves - left}"
    assert not stored.work[FAILED]
    # Between the other server's answer and our commit lies a moment: a mail of then is sent once more, not more often.
    mails, ends = outside.mails, sum(killed[one] for one in SENDERS)
    assert promised.sent <= set(mails), f"mails were never sent: {promised.sent - set(mails)}"
    again = sum(times - 1 for times in (*mails.values(), *outside.sms.values()))
    assert again <= AT_ONCE * ends and max(mails.values()) <= 1 + ends, f"{again} were sent again"
    print(f"{len(mails)} mails and {len(outside.sms)} short messages left, {again} were handed over again", flush=True)


async def test_nothing_acknowledged_is_lost_or_doubled_when_processes_are_killed(
    engine: str, service: Service, outside: Outside
) -> None:
    chance, killed = random.Random(20260302), Counter[str]()  # noqa: S311
    await service.start()
    work = AtWork(service)
    work.start()
    await work.answered(PATIENCE_S, "post", "move")
    for number, victim in enumerate(islice(cycle(VICTIMS[engine]), _rounds(engine)), 1):
        await asyncio.sleep(chance.uniform(0.0, 0.8))
        await _kill(service, victim)
        killed[victim] += 1
        await work.answered(PATIENCE_S)
        promised = _copy(work.promised)
        stored = await asyncio.to_thread(Stored, service.data, service.store)
        _check_letters(stored, promised)
        done = (
            f"{len(promised.numbers)} by page and program, {len(promised.mails)} by mail, {len(promised.moves)} moves"
        )
        print(f"round {number}, {victim} killed: {done} acknowledged, {len(stored.letters)} stored", flush=True)

    statuses = await service.stop()  # under load, too
    await work.stop()
    assert set(statuses.values()) == {0}, statuses
    held, struck = run_out(service.data, service.store)
    stored = await _until_done(service)
    assert set((await service.stop()).values()) == {0}
    _check_letters(stored, work.promised)
    _check_effects(stored, work.promised, outside, killed)
    print(f"{held} entries of work in dead hands, {struck} in quarantine; people met {dict(work.trouble)}", flush=True)
    status, output = await audit_verify(service.data, service.store)
    assert status == 0, output
