"""Readers: a few threads with a connection each, which never wait for the writer."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol, TypeVar

from minxin.core.errors import UnavailableError
from minxin.store.sqlite.connect import open_reader
from minxin.store.sqlite.errors import translated

T = TypeVar("T")
THREADS: Final = 4


class Reader(Protocol):
    """Runs a query."""

    async def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Return what the query returns; raises ``UnavailableError`` or ``DamagedError``."""
        ...


class ReaderPool:
    """Runs queries off the loop."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="store-reader")
        self._local = threading.local()
        self._connections: set[sqlite3.Connection] = set()
        self._closed = False

    async def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Return what the query returns; raises ``UnavailableError`` or ``DamagedError``."""
        if self._closed:
            raise UnavailableError
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._run, query)

    async def close(self) -> None:
        """Finish what runs and close the connections."""
        self._closed = True
        await asyncio.get_running_loop().run_in_executor(None, self._pool.shutdown)
        for connection in self._connections:
            connection.close()
        self._connections.clear()

    def _run(self, query: Callable[[sqlite3.Connection], T]) -> T:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = open_reader(self._path)
            self._connections.add(connection)
        try:
            return query(connection)
        except sqlite3.Error as error:
            self._local.connection = None
            self._connections.discard(connection)
            connection.close()
            raise translated(error) from error


class Snapshot:
    """One connection that sees the database as it was at the first query, whatever is written meanwhile."""

    def __init__(self, path: Path) -> None:
        self._connection = open_reader(path)
        self._connection.execute("BEGIN")

    async def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Return what the query returns; raises ``UnavailableError`` or ``DamagedError``."""
        try:
            return query(self._connection)
        except sqlite3.Error as error:
            raise translated(error) from error

    def close(self) -> None:
        """Give the snapshot up."""
        self._connection.close()


@contextmanager
def one_view(connection: sqlite3.Connection) -> Iterator[None]:
    """Let several queries see the same state; a snapshot that is open already does."""
    if connection.in_transaction:
        yield
        return
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
