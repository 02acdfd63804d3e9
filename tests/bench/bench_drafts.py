"""Saving a draft while one types: milliseconds for each saving, and of a core, by the size of the file that goes along.

``python tests/bench/bench_drafts.py [--savings 20]`` writes drafts into a box of its own, over the store and the
processes that read mail. A draft with a file is read and written whole each time (``docs/decisions/0043``).
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path[:0] = [str(Path(__file__).parents[1])]

from support.mail import NOON  # noqa: E402

from minxin.core.actor import Actor, Role  # noqa: E402
from minxin.core.clock import FixedClock  # noqa: E402
from minxin.mailbox.mail.drafting import KEY_CHARS, Drafting, written_file  # noqa: E402
from minxin.mailbox.mail.opening import open_box  # noqa: E402
from minxin.mailbox.mail.records import BoxKind  # noqa: E402
from minxin.mailbox.mail.rules import MIB, MailRules  # noqa: E402
from minxin.mailbox.mail.written import Typed  # noqa: E402
from minxin.mailbox.safe_pool import SafePool  # noqa: E402
from minxin.store.sqlite.store import SqliteStore  # noqa: E402

WANG = Actor("wang", frozenset({Role.CITIZEN}))
SIZES = (0, 256 * 1024, MIB, 5 * MIB, 10 * MIB)


def cores_s() -> float:
    """Return how many seconds of cores this process and those that ended below it have taken."""
    return time.process_time() + sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


async def measure(store: SqliteStore, size: int, savings: int) -> None:
    pool, before = SafePool(), cores_s()
    drafting = Drafting(store, pool, FixedClock(NOON), MailRules(citizen_bytes=1000 * MIB))
    key = f"{size:0{KEY_CHARS}d}"
    file = [written_file("plan.bin", "application/octet-stream", random.Random(1).randbytes(size))] if size else []
    await drafting.save(WANG, "wang", key, Typed(subject="x", text="x"), add=file)
    times = []
    for number in range(savings):
        begun = time.perf_counter()
        await drafting.save(WANG, "wang", key, Typed(subject="x", text="word " * number))
        times.append((time.perf_counter() - begun) * 1000)
    await pool.close()
    taken = (cores_s() - before) * 1000 / (savings + 1)
    print(
        f"{size / MIB:6.2f} MiB   p50 {median(times):7.1f} ms   worst {max(times):7.1f} ms"
        f"   {taken:6.1f} ms of a core each",
        flush=True,
    )


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--savings", type=int, default=20)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = await SqliteStore.open(Path(folder))
        await store.commit(open_box("wang", BoxKind.CITIZEN, "wang", "wang@citizen.example", NOON)[1])
        try:
            for size in SIZES:
                await measure(store, size, args.savings)
        finally:
            await store.close()


if __name__ == "__main__":
    asyncio.run(main())
