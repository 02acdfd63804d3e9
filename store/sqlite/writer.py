"""The one writer: a thread that takes all waiting writes into one transaction and one sync (group commit).

While it syncs one group the next one gathers, so the size of a group follows the load without any waiting. Each write
stands in a savepoint of its own: a refused one does not touch its neighbours.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final, TypeVar

from msgspec import Struct

from minxin.core.changes import Record
from minxin.core.errors import StoreFullError, UnavailableError
from minxin.core.meters import COMMIT_SECONDS
from minxin.core.store import Queue
from minxin.store.sqlite.connect import open_writer
from minxin.store.sqlite.draining import LogDrain
from minxin.store.sqlite.errors import is_own_fault, translated
from minxin.store.sqlite.transaction import Scope, Transaction, Written, savepoint

T = TypeVar("T")
log = logging.getLogger(__name__)

MAX_WAITING: Final = 2_000


class _Write:
    """One write that waits for its group, and what became of it."""

    __slots__ = ("error", "future", "value", "work")

    def __init__(self, work: Callable[[Transaction], Any], future: asyncio.Future[Any]) -> None:
        self.work = work
        self.future = future
        self.value: Any = None
        self.error: Exception | None = None

    def deliver(self) -> None:
        """Tell whoever waits; a client that left is told nothing, what was written stays written."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.value)
        else:
            self.future.set_exception(self.error)


class Outcome(Struct):
    """What a group's transaction did: the work that it added, and which records it touched."""

    added: set[tuple[Queue, str]]
    touched: set[Scope]
    written: set[Written]


class Writer:
    """Runs writes in groups on a thread of its own, and calls ``committed`` on the loop with the work they added.

    ``generations`` counts the transactions that touched records; it has grown before their writers hear.
    """

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        committed: Callable[[set[tuple[Queue, str]]], None],
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = connection
        self._committed = committed
        self._max_waiting = max_waiting
        self._names: dict[str, int] = {}
        self._loop = asyncio.get_running_loop()
        self._gathering: list[_Write] = []
        self._waiting = 0
        self.generations: Counter[Scope] = Counter()
        self._watchers: list[tuple[type[Record], Callable[[str], None]]] = []
        self._closed = False
        self._inbox: SimpleQueue[list[_Write] | None] = SimpleQueue()
        self._drain = LogDrain(path)
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` in the next group's transaction and return its value once that is synced.

        Raises what ``work`` raised, or the store's error, and then nothing of it is written. Whoever is cancelled
        while waiting does not know which of both it was.
        """
        if self._closed or self._waiting >= self._max_waiting:
            raise UnavailableError
        write = _Write(work, self._loop.create_future())
        self._waiting += 1
        self._gathering.append(write)
        # All tasks that are ready in this turn of the loop write first, then their writes go over as one group.
        if len(self._gathering) == 1:
            self._loop.call_soon(self._hand_over)
        with COMMIT_SECONDS.time():
            value: T = await write.future
        return value

    def watch(self, kind: type[Record], told: Callable[[str], None]) -> None:
        """Call ``told`` on the loop with the id of each record of the kind that a commit touched."""
        self._watchers.append((kind, told))

    async def close(self) -> None:
        """Finish what waits and close the connection."""
        if self._closed:
            return
        self._closed = True
        self._hand_over()
        self._inbox.put(None)
        await self._loop.run_in_executor(None, self._thread.join)
        await self._loop.run_in_executor(None, self._drain.close)
        if self._connection is not None:
            self._connection.close()

    def _hand_over(self) -> None:
        if self._gathering:
            self._inbox.put(self._gathering)
            self._gathering = []

    def _run(self) -> None:
        while (group := self._inbox.get()) is not None:
            stop = False
            while not self._inbox.empty() and not stop:
                more = self._inbox.get()
                stop = more is None
                group += more or []
            self._write_group(group)
            if stop:
                break

    def _write_group(self, group: list[_Write]) -> None:
        outcome = self._attempt(group)
        if len(group) > 1 and any(isinstance(write.error, StoreFullError) for write in group):
            # One large letter must not turn away the small ones that still fit.
            for write in group:
                write.error = None
                alone = self._attempt([write])
                outcome.added |= alone.added
                outcome.touched |= alone.touched
                outcome.written |= alone.written
        try:
            self._loop.call_soon_threadsafe(self._deliver, group, outcome)
        except RuntimeError:
            log.warning("the loop is gone, the results of %s writes go to nobody", len(group))

    def _deliver(self, group: list[_Write], outcome: Outcome) -> None:
        self._waiting -= len(group)
        self.generations.update(outcome.touched)
        for write in group:
            write.deliver()
        for kind, told in self._watchers:
            for record_id in [record_id for found, record_id in outcome.written if found is kind]:
                told(record_id)
        if outcome.added:
            self._committed(outcome.added)

    def _attempt(self, group: list[_Write]) -> Outcome:
        """Write the group in one transaction, or give all of it the error that made that impossible."""
        try:
            connection = self._connection = self._connection or open_writer(self._path)
            rows_before = connection.total_changes
            connection.execute("BEGIN IMMEDIATE")
            transaction = Transaction(connection, self._names)
            for write in group:
                self._one(transaction, write)
            transaction.flush()
            connection.execute("COMMIT")
            self._drain.wrote(connection.total_changes - rows_before)
        except Exception as error:  # whatever happened, every writer of the group must hear of it
            log.error(
                "a group of %s writes failed: %s", len(group), error, exc_info=not isinstance(error, sqlite3.Error)
            )
            for write in group:
                write.error = translated(error)
            self._drop_connection()
            self._names.clear()
            return Outcome(set(), set(), set())
        return Outcome(transaction.added, transaction.touched, transaction.written)

    def _one(self, transaction: Transaction, write: _Write) -> None:
        try:
            with savepoint(transaction.connection):
                write.value = write.work(transaction)
        except Exception as error:
            if not is_own_fault(error):
                raise
            write.error = translated(error)

    def _drop_connection(self) -> None:
        """Close the handle; the next group opens a new one.

        After a failed sync the kernel may have dropped the pages, so the handle's view of the file can't be trusted.
        """
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except sqlite3.Error:
                log.exception("closing the failed connection")
