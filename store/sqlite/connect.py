"""Opens connections to the one database file."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Final

from minxin.core.errors import ConfigError
from minxin.store.sqlite.errors import translated
from minxin.store.sqlite.migrate import check_current, migrate

FILE: Final = "minxin.db"
# Another process (an import, a backup) may hold the write lock for so long before we say "unavailable".
BUSY_TIMEOUT_S: Final = 5.0
_LOG_BYTES: Final = 128 * 1024 * 1024
_CACHED_STATEMENTS: Final = 256


def create(folder: Path, name: str = FILE) -> None:
    """Make folder and file when they are missing, readable by the owner only; raises ``ConfigError``."""
    path = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            sync_folder(folder)
    except OSError as error:
        raise ConfigError(f"{path} can't be made: {error.strerror}") from error


def open_writer(path: Path) -> sqlite3.Connection:
    """Open the connection that writes, and bring the schema up to date.

    ``synchronous=FULL`` syncs the log at each commit: with ``NORMAL`` a power cut loses what was acknowledged.
    """
    connection = _connect(f"{path.resolve().as_uri()}?mode=rw")
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA cache_size = -32768")
        connection.execute("PRAGMA secure_delete = ON")
        # The log goes into the file beside the commits (``draining.py``). At 125 MiB a commit does it after all; what a
        # step of ``migrate`` made longer is cut off again.
        connection.execute("PRAGMA wal_autocheckpoint = 32000")
        connection.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")
        migrate(connection)
        # Pages as they were before each write of a group go to memory and not to a file in /tmp. A group is small; a
        # step of ``migrate`` may touch the whole store.
        connection.execute("PRAGMA temp_store = MEMORY")
    except BaseException as error:
        connection.close()
        if isinstance(error, sqlite3.Error):
            raise translated(error) from error
        raise
    return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """Open a connection that only reads; raises ``ConfigError`` for another version's schema."""
    connection = _connect(f"{path.resolve().as_uri()}?mode=ro")
    try:
        check_current(connection)
    except BaseException as error:
        connection.close()
        if isinstance(error, sqlite3.Error):
            raise translated(error) from error
        raise
    return connection


def open_drain(path: Path) -> sqlite3.Connection:
    """Open a connection that takes the log into the file, and writes nothing of its own."""
    return _connect(f"{path.resolve().as_uri()}?mode=rw")


def _connect(uri: str) -> sqlite3.Connection:
    try:
        return sqlite3.connect(
            uri,
            uri=True,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=_CACHED_STATEMENTS,
        )
    except sqlite3.Error as error:
        raise translated(error) from error


def sync_folder(folder: Path) -> None:
    """Have the names in the folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
