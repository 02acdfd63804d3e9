"""A copy of a database to tamper with."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from support.stored import seeing_bodies

from minxin.store.sqlite.connect import FILE

T = TypeVar("T")


class StoreCopy:
    """A copy of the database in memory, where every change is taken back after it was looked at."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    async def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        return query(self.connection)

    async def after(self, mutate: Callable[[sqlite3.Connection], object], look: Callable[[], Awaitable[T]]) -> T | None:
        """Return what is seen after the change, or None when the database itself refused the change."""
        self.connection.execute("BEGIN")
        try:
            mutate(self.connection)
            return await look()
        except sqlite3.IntegrityError:
            return None
        finally:
            self.connection.execute("ROLLBACK")


@contextmanager
def copy_of_store(folder: Path) -> Iterator[StoreCopy]:
    """Copy the database of the folder."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as memory:
        with closing(sqlite3.connect(folder / FILE)) as file:
            file.backup(memory)
        yield StoreCopy(seeing_bodies(memory))
