"""Whoever was told "received" finds the letter again, however the process died or the disk failed."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from support.tools import needs

from minxin.consult.records import Letter
from minxin.core.verify import verify
from minxin.store.sqlite.connect import FILE
from minxin.store.sqlite.store import SqliteStore

SCRIPT = Path(__file__).parents[1] / "support" / "store_under_load.py"
ROUNDS = int(os.environ.get("MINXIN_CRASH_ROUNDS", "8"))
WRITERS = 16
LONGEST_LIFE_S = 0.25

pytestmark = pytest.mark.fault
needs_strace = needs("strace")


def command(folder: Path, commits: int, *words: str) -> list[str]:
    return [sys.executable, str(SCRIPT), str(folder), str(WRITERS), str(commits), *words]


def run_and_kill(folder: Path, after_s: float, *words: str) -> list[str]:
    """Start the process, kill -9 it so long after its first acknowledgement, and return what it said."""
    with subprocess.Popen(command(folder, 1_000_000, *words), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        timer = threading.Timer(after_s, process.send_signal, [signal.SIGKILL])
        timer.start()
        said = [first, *process.stdout]
        timer.join()
    assert process.returncode == -signal.SIGKILL
    return said


def run_under_strace(folder: Path, inject: str, commits: int) -> list[str]:
    """Run the process with failing system calls and return what it said."""
    rig = ["strace", "-f", "-qq", "-e", "trace=fdatasync", "-e", f"inject=fdatasync:{inject}", "-o", "/dev/null"]
    finished = subprocess.run([*rig, *command(folder, commits)], stdout=subprocess.PIPE, text=True, timeout=60)  # noqa: PLW1510
    return finished.stdout.splitlines()


def acknowledged(said: list[str]) -> dict[str, str]:
    """Return the numbers by letter id; the last line may have been cut."""
    words = [line.split() for line in said]
    return {line[1]: line[2] for line in words if len(line) == 3 and line[0] == "ack"}


async def check_whole(folder: Path, acks: dict[str, str]) -> None:
    """Every acknowledged letter is there with all that belongs to it, and no letter is there by half."""
    with sqlite3.connect(folder / FILE) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    store = await SqliteStore.open(folder)
    try:
        numbers = {letter_id: number for number, letter_id in await store.letter_numbers()}
        lost = sum(numbers.get(letter_id) != number for letter_id, number in acks.items())
        assert lost == 0, f"{lost} of {len(acks)} acknowledged letters are gone or have another number"
        for letter_id in numbers:
            letter = await store.get(Letter, letter_id)
            assert letter is not None
            assert len(await store.events(letter_id)) == 2
        verdict = await verify(store)
        assert verdict.broken is None
        assert verdict.audit == len(numbers)
    finally:
        await store.close()


async def test_kill_9_at_any_moment_loses_no_acknowledged_letter(tmp_path: Path) -> None:
    moments = random.Random(2026)  # noqa: S311
    acks: dict[str, str] = {}
    for _ in range(ROUNDS):
        acks |= acknowledged(run_and_kill(tmp_path, moments.uniform(0, LONGEST_LIFE_S)))
    assert len(acks) > ROUNDS

    await check_whole(tmp_path, acks)


async def test_the_rig_notices_a_letter_that_was_acknowledged_before_its_commit(tmp_path: Path) -> None:
    acks = acknowledged(run_and_kill(tmp_path, LONGEST_LIFE_S, "too-early"))

    with pytest.raises(AssertionError):
        await check_whole(tmp_path, acks)


@needs_strace
@pytest.mark.parametrize("sync", [2, 3, 5, 9])
async def test_dying_in_the_middle_of_a_sync_loses_no_acknowledged_letter(tmp_path: Path, sync: int) -> None:
    said = run_under_strace(tmp_path, f"signal=KILL:when={sync}", 100_000)

    await check_whole(tmp_path, acknowledged(said))


@needs_strace
async def test_a_failed_sync_is_said_to_the_writers_and_the_store_goes_on(tmp_path: Path) -> None:
    await (await SqliteStore.open(tmp_path)).close()  # opening must not meet the fault

    said = run_under_strace(tmp_path, "error=EIO:when=4..6", 320)

    refused = [place for place, line in enumerate(said) if line == "refused UnavailableError"]
    acks = acknowledged(said)
    assert refused
    assert len(acks) + len(refused) == 320
    assert any(line.startswith("ack") for line in said[refused[-1] :])
    await check_whole(tmp_path, acks)
