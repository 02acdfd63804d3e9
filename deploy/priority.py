"""The priority (优先级) of work that nobody waits for."""

from __future__ import annotations

import os
from typing import Final

_NICENESS: Final = 10


def give_way(process: int = 0) -> None:
    """Let everything else run before a process, or before the thread that calls this.

    One that gives way more already stays as it is: without root nobody may take that back.
    """
    if os.getpriority(os.PRIO_PROCESS, process) < _NICENESS:
        os.setpriority(os.PRIO_PROCESS, process, _NICENESS)
