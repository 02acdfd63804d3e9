"""The service on MongoDB as its users meet it: a city that was made in SQLite, copied, and served from there."""

from __future__ import annotations

import asyncio
import os
import shutil
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

from support import mongo
from support.live import COMMAND, LiveCity


async def said(*words: str | Path, **environment: str) -> tuple[int, str]:
    """Run a command of the service; return its exit status and what it printed."""
    process = await asyncio.create_subprocess_exec(
        COMMAND, *map(str, words), stdout=PIPE, stderr=STDOUT, env={**os.environ, **environment}
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def moved(prepared: Path, folder: Path) -> LiveCity:
    """Copy a prepared city into MongoDB by ``minxin copy``; return it, not started yet, on a folder without a file."""
    data = folder / "city"
    shutil.copytree(prepared, data)
    address = mongo.address_of(folder)
    status, output = await said("copy", "--from", f"sqlite:{data}", "--to", address, "--final")
    assert status == 0, output
    (data / "minxin.db").unlink()
    return LiveCity(data, store=address)
