"""Kill -9 while official mail is sent: nobody gets it twice, and nobody is left out."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from support.store import Maker
from support.stored import seeing_bodies

from minxin.core.actor import Actor, Role
from minxin.core.changes import Changes
from minxin.mailbox.mail.circulars import AT_ONCE
from minxin.mailbox.official import decisions
from minxin.mailbox.official.records import NoticeRun, NoticeState, OfficialNotice, Reach
from minxin.store.sqlite.connect import FILE
from minxin.store.sqlite.store import SqliteStore

SCRIPT = Path(__file__).parents[1] / "support" / "official_under_way.py"
PEOPLE = 40 * AT_ONCE
KILLS = 2  # the third claim of a job must not be cut off: the fourth would be left to a person
LONGEST_S = 0.15
pytestmark = pytest.mark.fault


async def approved(folder: Path, make: Maker) -> None:
    """Keep the people, and a notice to all of them that waits to be sent."""
    store = await SqliteStore.open(folder)
    people = [make.account(id=f"{number * 7919 % 100_003:06d}") for number in range(PEOPLE)]
    for start in range(0, PEOPLE, 500):
        await store.commit(Changes(inserts=list(people[start : start + 500])))
    notice = OfficialNotice(
        id="n",
        office_id="cgj",
        author_id="a",
        written_at=make.now,
        subject="停水",
        text="停水",
        reach=Reach.ALL,
        state=NoticeState.WAITING,
    )
    await store.commit(Changes(inserts=[notice]))
    chief = Actor("chief", frozenset({Role.SIGNER}), "cgj")
    kept = await store.get(OfficialNotice, "n")
    assert kept is not None
    await store.commit(decisions.approve(kept, chief, 1, PEOPLE, make.now))
    await store.close()


def send_and_kill(folder: Path, minutes: int) -> int:
    """Send, kill the process some moments after its first page, and return how many pages it had said."""
    command = [sys.executable, str(SCRIPT), str(folder), str(minutes)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first == "page\n"
        wait_s = random.random() * LONGEST_S  # noqa: S311 - any moment will do
        timer = threading.Timer(wait_s, process.send_signal, [signal.SIGKILL])
        timer.start()
        said = [first, *process.stdout]
        timer.join()
    assert process.returncode == -signal.SIGKILL
    return len(said)


async def test_after_kills_in_the_middle_everybody_has_it_once(tmp_path: Path) -> None:
    await approved(tmp_path, Maker())
    for turn in range(KILLS):
        pages = send_and_kill(tmp_path, 5 * turn)
        delivered, had = _state(tmp_path)
        assert delivered == had >= pages * AT_ONCE
        assert delivered < PEOPLE, "it was through before it was killed: there are too few people"
    ended = subprocess.run(  # noqa: ASYNC221 - nothing else runs
        [sys.executable, str(SCRIPT), str(tmp_path), str(5 * KILLS)], stdout=subprocess.PIPE, text=True, check=True
    )
    assert ended.stdout.endswith("done\n")
    assert _state(tmp_path) == (PEOPLE, PEOPLE)
    store = await SqliteStore.open(tmp_path)
    run, notice = await store.get(NoticeRun, "n"), await store.get(OfficialNotice, "n")
    assert run is not None and (run.delivered, run.passed, run.going) == (PEOPLE, 0, False)
    assert notice is not None and notice.state is NoticeState.DONE
    assert sum(one.count for one in await store.tallies("n")) == PEOPLE
    await store.close()


def _state(folder: Path) -> tuple[int, int]:
    """Return how many the run says it delivered, and how many boxes have it, each once."""
    with seeing_bodies(sqlite3.connect(folder / FILE)) as database:
        (delivered,) = database.execute(
            "SELECT json_extract(unpacked(body), '$.delivered') FROM official_runs"
        ).fetchone()
        items, boxes = database.execute("SELECT COUNT(*), COUNT(DISTINCT box_id) FROM mail_items").fetchone()
    database.close()
    assert items == boxes, "somebody has it twice"
    return int(delivered), int(boxes)
