"""A progress bar (进度条) on standard output: one line on a terminal, a line now and then in a file."""

from __future__ import annotations

import sys
from typing import Final

WIDTH: Final = 40
LINES: Final = 50  # so many at most where nobody looks on


class Bar:
    """Shows how much of ``total`` is done."""

    def __init__(self, total: int) -> None:
        self._total = max(total, 1)
        self._shown = -1

    def show(self, done: int) -> None:
        """Draw the bar anew when it looks different."""
        on_terminal = sys.stdout.isatty()
        step = done if on_terminal else LINES * done // self._total
        if step == self._shown:
            return
        self._shown = step
        filled = WIDTH * done // self._total
        line = f"[{'#' * filled}{'.' * (WIDTH - filled)}] {done}/{self._total}"
        print(f"\r{line}" if on_terminal else line, end="" if on_terminal else "\n", flush=True)
