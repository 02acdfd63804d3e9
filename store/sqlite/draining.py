"""Takes the write-ahead log into the file beside the commits (日志落盘).

By itself SQLite lets the commit that makes the log too long do it. In a large city, whose pages lie far apart, that
commit would take half a second, and with it all that wait for the next one.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from pathlib import Path
from typing import Final

from minxin.core.errors import MinxinError
from minxin.store.sqlite.connect import open_drain

log = logging.getLogger(__name__)

ROWS: Final = 4_000  # some megabytes of log
PAUSE_S: Final = 2.0  # pages that are written again meanwhile go into the file once


class LogDrain:
    """A thread with a connection of its own, which the writer tells how much it wrote.

    What can't be taken into the file stays in the log, where it is just as durable, and is tried again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows = 0
        self._due = threading.Event()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="store-drain", daemon=True)
        self._thread.start()

    def wrote(self, rows: int) -> None:
        """Hear from the writer's thread that a commit wrote so many rows."""
        self._rows += rows
        if self._rows >= ROWS:
            self._rows = 0
            self._due.set()

    def close(self) -> None:
        """Come to an end; what is still in the log stays there."""
        self._end.set()
        self._due.set()
        self._thread.join()

    def _run(self) -> None:
        while self._due.wait() and not self._end.is_set():
            self._due.clear()
            try:
                self._drain()
            except (MinxinError, sqlite3.Error) as error:
                log.warning("the log was not taken into the file and will be later: %s", error)
            self._end.wait(PAUSE_S)

    def _drain(self) -> None:
        connection = open_drain(self._path)
        try:
            # PASSIVE waits for nobody and keeps nobody waiting.
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        finally:
            connection.close()
