"""How long the processes of a service take to end when they are told to (SIGTERM), while people write and staff work.

usage: bench_stop.py [sqlite|mongodb] [TIMES]   (mongodb 5: a process of each role on ``MINXIN_TEST_MONGO``, else the
test server; sqlite: the one process)
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from load import show  # isort: skip - it finds the tests' support
from support import elastic, mongo
from support.at_work import AtWork
from support.live import prepared_city
from support.mongo_city import moved
from support.outside import open_outside
from support.service import RoleProcess, Service

ROLES = {"sqlite": ("all",), "mongodb": ("all", "smtp", "web", "worker")}
BUSY_S = 10.0
PATIENCE_S = 240.0


async def ended(process: RoleProcess) -> tuple[float, int | None]:
    """Return how many seconds a process took to end, and its exit status."""
    started = time.perf_counter()
    status = await process.stop()
    return round(time.perf_counter() - started, 2), status


async def once(service: Service) -> dict[str, float]:
    """Start all, let people be busy with them, end all at once; return the seconds of each."""
    await service.start()
    work = AtWork(service)
    work.start()
    await work.answered(PATIENCE_S, "post", "move")
    await asyncio.sleep(BUSY_S)
    found = await asyncio.gather(*(ended(one) for one in service.processes.values()))
    await work.stop()
    if any(status != 0 for _, status in found):
        sys.exit(f"a process did not end as it should: {found}")
    return {role: seconds for role, (seconds, _) in zip(service.processes, found, strict=True)}


async def main(engine: str, times: int) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "made").mkdir()
        (folder / "moved").mkdir()
        prepared = await prepared_city(folder / "made")
        async with open_outside(folder) as outside:
            store, data, search = "", folder / "city", {}
            if engine == "mongodb":
                store, data = (await moved(prepared, folder / "moved")).store, folder / "moved" / "city"
                search = {"MINXIN_SEARCH": elastic.address(), "MINXIN_SEARCH_PREFIX": f"stop{os.getpid()}"}
            else:
                shutil.copytree(prepared, data)
            service = Service(data, store, ROLES[engine], {**outside.environment, **search})
            try:
                for number in range(1, times + 1):
                    show(f"{engine}, round {number}, seconds to end", await once(service))
            finally:
                await service.kill()
                mongo.release(folder / "moved")


if __name__ == "__main__":
    given = sys.argv[1:]
    asyncio.run(main(given[0] if given else "mongodb", int(given[1]) if len(given) > 1 else 5))
