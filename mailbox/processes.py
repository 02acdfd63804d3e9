"""What every child process of ours needs: an environment without secrets, and a sure end."""

from __future__ import annotations

import logging
import os
import signal
from asyncio.subprocess import Process
from pathlib import Path

import minxin

log = logging.getLogger(__name__)


def bare_environment() -> dict[str, str]:
    """Return the variables that Python and our package need; no secret of ours is among them."""
    package = Path(minxin.__file__ or "").parents[1]
    return {"PYTHONPATH": str(package), "PATH": os.defpath, "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"}


async def end_process(child: Process) -> None:
    """Kill the child unless it is gone already, close its input, and wait for its exit status."""
    if child.returncode is None:
        try:
            # Not child.kill(): it polls first, and so takes the exit status away from asyncio's own watcher.
            os.kill(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            log.debug("the child was gone already")
    if child.stdin is not None:
        child.stdin.close()
    await child.wait()
