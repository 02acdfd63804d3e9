"""The priority (优先级) of work that nobody waits for."""

from __future__ import annotations

import os
from typing import Final

_NICENESS: Final = 10


def give_way(process: int = 0) -> None:
    """Let everything else run before a process, or before the thread that calls this."""
    os.setpriority(os.PRIO_PROCESS, process, _NICENESS)
