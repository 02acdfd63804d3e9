"""Figures of the embedded store: ``python tests/bench/bench_store.py [--letters 100000] [--dir DIR]``.

A letter is what acceptance writes: one record, a blob of 1 kB, two events, an audit entry and two jobs. The bare floor
is SQLite alone with the same pragmas: one row of 1 kB in each synced transaction.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from msgspec import structs

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.store import NOON, Maker  # noqa: E402

from minxin.consult.ports import QueueFilter  # noqa: E402
from minxin.consult.records import OPEN_STATES, Letter  # noqa: E402
from minxin.core.changes import Changes, blob_of  # noqa: E402
from minxin.core.ids import new_id  # noqa: E402
from minxin.core.paging import PageRequest  # noqa: E402
from minxin.core.store import Queue  # noqa: E402
from minxin.core.verify import verify  # noqa: E402
from minxin.store.sqlite.store import SqliteStore  # noqa: E402

COMMITS = 4_000
READS = 10_000
GROUP = 500


def letter(make: Maker) -> Changes:
    plan = make.intake(id=new_id(), subject="路灯不亮", text="小区门口的路灯坏了很久，晚上老人走路看不清。" * 5)
    plan.blobs = [blob_of(os.urandom(1024))]
    plan.inserts = [structs.replace(plan.inserts[0], raw_blob=plan.blobs[0].id)]
    return plan


def show(what: str, figure: str) -> None:
    print(f"{what:52} {figure}", flush=True)


def bare_floor(folder: Path) -> None:
    with sqlite3.connect(folder / "floor.db", isolation_level=None) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, data BLOB)")
        started = time.perf_counter()
        for _ in range(COMMITS // 4):
            connection.execute("INSERT INTO t (data) VALUES (?)", (os.urandom(1024),))
        spent_s = time.perf_counter() - started
    connection.close()
    show("floor: SQLite alone, one row and one sync", f"{COMMITS / 4 / spent_s:,.0f} commits/s")


async def commits(store: SqliteStore, make: Maker, writers: int, total: int) -> None:
    waits: list[float] = []

    async def write(count: int) -> None:
        for _ in range(count):
            plan = letter(make)
            begun = time.perf_counter()
            await store.commit(plan)
            waits.append(time.perf_counter() - begun)

    started = time.perf_counter()
    await asyncio.gather(*(write(total // writers) for _ in range(writers)))
    spent_s = time.perf_counter() - started
    waits.sort()
    p99_ms = waits[int(len(waits) * 0.99)] * 1000
    show(f"letters committed, {writers} writers", f"{len(waits) / spent_s:,.0f}/s, p99 {p99_ms:.1f} ms")


async def rate(what: str, count: int, parallel: int, read: Callable[[], Awaitable[object]]) -> None:
    async def some() -> None:
        for _ in range(count // parallel):
            await read()

    started = time.perf_counter()
    await asyncio.gather(*(some() for _ in range(parallel)))
    show(what, f"{count / (time.perf_counter() - started):,.0f}/s")


async def reads(store: SqliteStore, letter_id: str) -> None:
    wanted = QueueFilter(tuple(OPEN_STATES))
    page = PageRequest()
    await rate("a letter by id, one after the other", READS // 2, 1, lambda: store.get(Letter, letter_id))
    await rate("a letter by id, 20 at a time", READS, 20, lambda: store.get(Letter, letter_id))
    await rate("a page of 50 letters of one writer", 1_000, 10, lambda: store.letters_of("writer", page))
    await rate("an empty queue page and its count", 1_000, 10, lambda: store.order_queue(wanted, page))
    await rate("an empty claim", 5_000, 10, lambda: store.claim(Queue.JOBS, ["none"], NOON, NOON - NOON, 10))


async def fill(store: SqliteStore, make: Maker, letters: int) -> None:
    for _ in range(0, letters, GROUP):
        await asyncio.gather(*(store.commit(letter(make)) for _ in range(GROUP)))
    await store.checkpoint(NOON)


async def main(folder: Path, letters: int) -> None:
    make = Maker()
    bare_floor(folder)
    store = await SqliteStore.open(folder)
    for writers in (1, 16, 50, 64):
        await commits(store, make, writers, COMMITS // 4 if writers == 1 else COMMITS)
    plan = letter(make)
    await store.commit(plan)
    await reads(store, plan.inserts[0].id)

    started = time.perf_counter()
    await fill(store, make, letters)
    show(f"{letters:,} letters filled in groups of {GROUP}", f"{letters / (time.perf_counter() - started):,.0f}/s")
    await commits(store, make, 50, COMMITS)
    await reads(store, plan.inserts[0].id)
    started = time.perf_counter()
    verdict = await verify(store)
    spent_s = time.perf_counter() - started
    entries = verdict.events + verdict.audit
    assert verdict.broken is None
    show(f"audit verify, {entries:,} entries", f"{entries / spent_s:,.0f}/s")
    await store.close()

    started = time.perf_counter()
    store = await SqliteStore.open(folder)
    await store.get(Letter, plan.inserts[0].id)
    show(f"open with {verdict.numbers:,} letters and read one", f"{(time.perf_counter() - started) * 1000:.0f} ms")
    await store.close()
    size_mb = (folder / "minxin.db").stat().st_size / 1e6
    show("size of the file", f"{size_mb:,.0f} MB, {size_mb * 1e3 / verdict.numbers:.1f} kB a letter")
    show("most memory", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--letters", type=int, default=100_000)
    parser.add_argument(
        "--dir", type=Path, help="where the store is made and removed again (else the temporary folder)"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.dir) as temporary:
        asyncio.run(main(Path(temporary), given.letters))
