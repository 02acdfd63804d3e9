"""A copy of the store as it was at one instant, while a server goes on writing (在线备份)."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from minxin.core.errors import ConfigError, DamagedError
from minxin.store.sqlite.connect import FILE, open_reader
from minxin.store.sqlite.errors import translated

PAGES: Final = 4_096  # copied at once; between two lots the progress is told


def copy_store(folder: Path, target: Path, progress: Callable[[float], None] = lambda _: None) -> None:
    """Write the store in ``folder`` to the new file ``target``, readable by the owner only.

    All of it is of one instant: what is committed meanwhile waits in the log of the database, which grows for so long.
    ``progress`` is told the share done. Raises ``ConfigError`` when ``target`` can't be made, and ``StoreFullError`` or
    ``UnavailableError``.
    """
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise ConfigError(f"{target} can't be made: {error.strerror}") from error
    try:
        with closing(open_reader(folder / FILE)) as source, closing(sqlite3.connect(target)) as copy:
            # Reading now ties the copy to this instant; without it each commit would begin the copy anew.
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            source.backup(copy, pages=PAGES, progress=lambda _, left, all_: progress(1 - left / max(all_, 1)))
            # The copy is one file: it goes on in a log of its own only when it is opened as a store.
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise translated(error) from error


def check_store(folder: Path) -> None:
    """Read all of the store's pages; raises ``DamagedError`` that names what is wrong first."""
    try:
        with closing(open_reader(folder / FILE)) as connection:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        raise translated(error) from error
    if found != "ok":
        raise DamagedError(f"store.damaged: {found}")
