"""A full disk is said as what it is; nothing acknowledged is lost, reads go on, and writes again once there is room."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.store import Maker

from minxin.consult.records import Letter
from minxin.core.changes import Changes, blob_of
from minxin.core.errors import StoreFullError
from minxin.core.verify import verify
from minxin.store.sqlite import store as store_module
from minxin.store.sqlite import writer as writer_module
from minxin.store.sqlite.connect import open_writer
from minxin.store.sqlite.store import SqliteStore

SCRIPT = Path(__file__).parents[1] / "support" / "store_under_load.py"
ROOM_PAGES = 600
pytestmark = pytest.mark.fault


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets how many pages the file may have, from the writer's next connection on."""
    pages = {"most": ROOM_PAGES}

    def open_limited(path: Path) -> sqlite3.Connection:
        connection = open_writer(path)
        connection.execute(f"PRAGMA max_page_count = {pages['most']}")
        return connection

    monkeypatch.setattr(store_module, "open_writer", open_limited)
    monkeypatch.setattr(writer_module, "open_writer", open_limited)
    return lambda most: pages.update(most=most)


async def test_a_full_disk_is_said_and_forgotten_once_there_is_room(
    tmp_path: Path, limit: Callable[[int], None]
) -> None:
    store = await SqliteStore.open(tmp_path)
    make = Maker()
    kept = []
    with pytest.raises(StoreFullError):
        for _ in range(10_000):
            plan = make.intake()
            await store.commit(plan)
            kept.append(plan.inserts[0].id)

    found = await store.get(Letter, kept[-1])
    limit(100_000)
    after = await store.commit(make.intake())
    verdict = await verify(store)
    await store.close()

    assert found is not None
    assert list(after.numbers.values()) == [f"2026-{len(kept) + 1:06d}"]
    assert (verdict.broken, verdict.numbers) == (None, len(kept) + 1)


async def test_a_large_letter_that_does_not_fit_leaves_the_small_ones_beside_it_alone(
    tmp_path: Path, limit: Callable[[int], None]
) -> None:
    store = await SqliteStore.open(tmp_path)
    make = Maker()
    large = make.intake() + Changes(blobs=[blob_of(os.urandom(8_000_000))])

    results = await asyncio.gather(
        store.commit(make.intake()), store.commit(large), store.commit(make.intake()), return_exceptions=True
    )
    verdict = await verify(store)
    await store.close()

    assert isinstance(results[1], StoreFullError)
    assert [list(result.numbers.values()) for result in (results[0], results[2])] == [["2026-000001"], ["2026-000002"]]
    assert (verdict.broken, verdict.numbers) == (None, 2)


def can_mount() -> bool:
    """Say whether this machine lets us mount in a namespace of our own."""
    if shutil.which("unshare") is None:
        return False
    probe = ["unshare", "-Urm", "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", "/mnt"]
    return subprocess.run(probe, capture_output=True).returncode == 0  # noqa: PLW1510


@pytest.mark.skipif(not can_mount(), reason="no mount namespaces here")
def test_a_real_full_disk_refuses_writers_and_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    """The file system itself is full here, log and shared memory included."""
    script = 'mount -t tmpfs -o size=5m tmpfs "$1" && "$2" "$3" "$1/store" 8 1200; cp -r "$1/store" "$4"'
    disk, copy = tmp_path / "disk", tmp_path / "copy"
    disk.mkdir()
    ran = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", script, "sh", str(disk), sys.executable, str(SCRIPT), str(copy)],
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        check=True,
    )
    lines = [line.split() for line in ran.stdout.splitlines()]
    acks = {line[1]: line[2] for line in lines if line[0] == "ack"}
    refusals = {line[1] for line in lines if line[0] == "refused"}

    verdict, numbers = asyncio.run(_read(copy))

    assert len(acks) > 100
    assert refusals == {"StoreFullError"}
    assert {letter_id: numbers.get(letter_id) for letter_id in acks} == acks
    assert verdict.broken is None


async def _read(folder: Path) -> tuple[object, dict[str, str]]:
    store = await SqliteStore.open(folder)
    verdict, numbers = await verify(store), await store.letter_numbers()
    await store.close()
    return verdict, {letter_id: number for number, letter_id in numbers}
