"""A worker of its own process for the tests: ``python worker_process.py ADDRESS LOG HOLD_S BATCH``.

It says in the file when it begins and ends each job, and counts in the store what came of them. Whoever first begins a
job that is deadly is killed on the spot: its other jobs have just begun, so that it is in no transaction then. One that
is killed in the middle of one is in the way of all others until the server gives that up, which is the server's
business (``docs/decisions/0050``).
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from minxin.core.changes import Changes, Usage
from minxin.core.clock import SystemClock
from minxin.core.store import Queue
from minxin.deploy.workers import Worker
from minxin.store.mongo.store import MongoStore

DONE = "done"
KIND = "work"


async def main(address: str, path: Path, hold: timedelta, batch: int) -> None:
    """Work until killed."""
    log = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT)

    def say(word: str, key: str) -> None:
        os.write(log, f"{time.monotonic():.6f} {word} {key} {os.getpid()}\n".encode())

    async def task(key: str, payload: dict[str, Any]) -> Changes:
        before = f" begins {key} ".encode() in os.pread(log, 1_000_000, 0)
        say("begins", key)
        if payload.get("deadly") and not before:
            os.kill(os.getpid(), signal.SIGKILL)
        await asyncio.sleep(payload["seconds"])
        say("ends", key)
        return Changes(usages=[Usage(DONE, 1)])

    store = await MongoStore.open(address)
    store.listen()
    say("opens", "-")
    await Worker(store, Queue.JOBS, SystemClock(), {KIND: task}, hold=hold, batch=batch).run()


if __name__ == "__main__":
    hold_for, at_once = timedelta(seconds=float(sys.argv[3])), int(sys.argv[4])
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), hold_for, at_once))
