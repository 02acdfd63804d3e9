"""The one writer of a process: takes all waiting writes into one transaction and one journal (group commit).

A commit of a majority costs several round trips however much it holds, and every letter ends in the same audit chain:
transactions beside each other would only be in each other's way. While one group is written the next one gathers, so
the size of a group follows the load without any waiting.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from pymongo import ReplaceOne
from pymongo.errors import BulkWriteError, DocumentTooLarge, OperationFailure, PyMongoError

from minxin.core.changes import Committed, Record
from minxin.core.errors import StoreFullError, UnavailableError
from minxin.core.ids import new_id
from minxin.core.meters import COMMIT_SECONDS
from minxin.core.store import Queue
from minxin.store.mongo.applying import Operation, Scope
from minxin.store.mongo.client import Client, Database, Session
from minxin.store.mongo.errors import is_transient, translated
from minxin.store.mongo.news import note_of, slot_of
from minxin.store.mongo.plan import WritePlan
from minxin.store.mongo.retrying import in_transaction
from minxin.store.mongo.tables import COMMITS
from minxin.store.mongo.transaction import Outcome, Transaction

T = TypeVar("T")
Work = Callable[[Transaction], Awaitable[Any]]
log = logging.getLogger(__name__)

MAX_WAITING: Final = 2_000
_GROUP: Final = 500
_GROUP_BYTES: Final = 32 * 1024 * 1024  # of blobs: a transaction must end within a minute


class _Write:
    """One write that waits for its group, and what became of it."""

    __slots__ = ("error", "future", "plan", "value", "work")

    def __init__(self, future: asyncio.Future[Any], plan: WritePlan | None, work: Work | None) -> None:
        self.future = future
        self.plan = plan
        self.work = work
        self.value: Any = None
        self.error: Exception | None = None

    @property
    def size(self) -> int:
        return sum(len(blob.data) for blob in self.plan.changes.blobs) if self.plan else _GROUP_BYTES

    def deliver(self) -> None:
        """Tell whoever waits; a client that left is told nothing, what was written stays written."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.value)
        else:
            self.future.set_exception(self.error)


class Writer:
    """Runs writes in groups, and calls ``committed`` with the work they added.

    ``generations`` counts the transactions that touched records; it has grown before their writers hear. ``missed``
    counts how often others may have committed anything at all. ``me`` is this process's name among those of a service.
    """

    def __init__(
        self,
        client: Client,
        database: Database,
        committed: Callable[[set[tuple[Queue, str]]], None],
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._client = client
        self._database = database
        self._committed = committed
        self._max_waiting = max_waiting
        self.me = new_id()
        self.missed = 0
        self.generations: Counter[Scope] = Counter()
        self._watchers: list[tuple[type[Record], Callable[[str], None]]] = []
        self._waiting: list[_Write] = []
        self._writing = 0
        self._closed = False
        self._task: asyncio.Task[None] | None = None

    async def commit(self, plan: WritePlan) -> Committed | None:
        """Write the plan in the next group's transaction; None when its entry of a queue was lost.

        Raises what refused it, or the store's error, and then nothing of it is written. Whoever is cancelled while
        waiting does not know which of both it was.
        """
        found: Committed | None = await self._wait(plan, None)
        return found

    async def write(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run ``work`` in a transaction of its own, in its turn, and return its value once that is written.

        It may run more than once, each time from the beginning.
        """
        value: T = await self._wait(None, work)
        return value

    def hear(self, outcome: Outcome) -> None:
        """Take note of what another process committed."""
        self.generations.update(outcome.touched)
        self._tell(outcome)

    def miss(self) -> None:
        """Take note that another process may have committed anything."""
        self.missed += 1

    def watch(self, kind: type[Record], told: Callable[[str], None]) -> None:
        """Call ``told`` with the id of each record of the kind that a commit touched."""
        self._watchers.append((kind, told))

    async def close(self) -> None:
        """Finish what waits."""
        self._closed = True
        while self._task is not None:
            await asyncio.shield(self._task)

    async def _wait(self, plan: WritePlan | None, work: Work | None) -> Any:
        if self._closed or len(self._waiting) + self._writing >= self._max_waiting:
            raise UnavailableError
        write = _Write(asyncio.get_running_loop().create_future(), plan, work)
        self._waiting.append(write)
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="store-writer")
        with COMMIT_SECONDS.time():
            return await write.future

    async def _run(self) -> None:
        try:
            # All tasks that are ready in this turn of the loop write first, then their writes make one group.
            await asyncio.sleep(0)
            while self._waiting:
                group = self._next_group()
                self._writing = len(group)
                await self._write_group(group)
                self._writing = 0
        finally:
            self._task = None

    def _next_group(self) -> list[_Write]:
        """Take the plans that wait, up to a bound; what is no plan goes alone."""
        size = taken = 0
        for write in self._waiting[:_GROUP]:
            size += write.size
            if taken and (size > _GROUP_BYTES or write.plan is None):
                break
            taken += 1
        group, self._waiting = self._waiting[:taken], self._waiting[taken:]
        return group

    async def _write_group(self, group: list[_Write]) -> None:
        outcome = await self._attempt(group)
        if len(group) > 1 and any(isinstance(write.error, StoreFullError | _Alone) for write in group):
            # One write that the server refuses must not turn away those that it would take.
            for write in group:
                alone = await self._attempt([write])
                outcome.added |= alone.added
                outcome.touched |= alone.touched
                outcome.written |= alone.written
        self._deliver(group, outcome)

    def _deliver(self, group: list[_Write], outcome: Outcome) -> None:
        self.generations.update(outcome.touched)
        for write in group:
            write.deliver()
        self._tell(outcome)

    def _tell(self, outcome: Outcome) -> None:
        for kind, told in self._watchers:
            for record_id in [record_id for found, record_id in outcome.written if found is kind]:
                told(record_id)
        if outcome.added:
            self._committed(outcome.added)

    async def _attempt(self, group: list[_Write]) -> Outcome:
        """Write the group in one transaction, or give all of it the error that made that impossible."""

        async def write(session: Session) -> Outcome:
            transaction = Transaction(self._client, self._database, session)
            await transaction.take_turn()
            await _work_on(transaction, group)
            if transaction.outcome.touched or transaction.outcome.added:
                transaction.do(COMMITS, _note(transaction, self.me))
            await transaction.flush()
            return transaction.outcome

        try:
            return await in_transaction(self._client, write)
        except Exception as error:  # whatever happened, every writer of the group must hear of it
            refused = len(group) > 1 and _is_refusal(error)
            told = _Alone() if refused else translated(error)
            if not refused:
                why = error.__cause__ or error
                log.error("a group of %s writes failed: %s", len(group), why, exc_info=told is error)
            for one in group:
                one.error = told
            return Outcome(set(), set(), set())


class _Alone(Exception):  # noqa: N818
    """One write of a group was refused by the server, which does not say whose it was."""


def _note(transaction: Transaction, by: str) -> Operation:
    note = note_of(transaction.number, by, transaction.outcome)
    return ReplaceOne({"_id": slot_of(transaction.number)}, note, upsert=True)


async def _work_on(transaction: Transaction, group: list[_Write]) -> None:
    plans = [write.plan for write in group if write.plan is not None]
    if plans:
        await transaction.read(plans)
    for write in group:
        write.value, write.error = None, None
        if write.work is not None:
            write.value = await write.work(transaction)
        elif write.plan is not None:
            try:
                write.value = transaction.apply(write.plan)
            except Exception as error:
                if isinstance(error, OSError | MemoryError):
                    raise
                write.error = error


def _is_refusal(error: Exception) -> bool:
    """Say whether the server answered and took the writes for wrong, so that another try ends alike."""
    if isinstance(error, PyMongoError) and error.timeout:
        return False
    return isinstance(error, BulkWriteError | DocumentTooLarge | OperationFailure) and not is_transient(error)
