"""One write transaction: what a group of changes needs is read, all is decided here, and what follows is written.

A refused statement ends a transaction of MongoDB, and there are no savepoints. So nothing is tried on the server: the
versions, the unique values and the ends of the chains are read first, each set of changes is held against them and
against the sets before it, and only what was accepted is written, in its order, with one command for each collection.

Every such transaction begins by taking the turn (轮次), one document that all of them write. Two at once are therefore
always in conflict, at their first statement: what one of them read stays true until it is committed, as in SQLite.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from pymongo import ReturnDocument

from minxin.core.changes import Committed
from minxin.core.store import Queue
from minxin.store.mongo.applying import Applying, Operation, Scope, Written, set_fields
from minxin.store.mongo.client import Client, Database, Document, Session
from minxin.store.mongo.known import Known, read_known
from minxin.store.mongo.plan import WritePlan
from minxin.store.mongo.reading import Reader
from minxin.store.mongo.tables import HEADS, SEQUENCES, SERIES, STREAMS, USAGES

TURN: Final = "turn"


class Outcome(Struct):
    """What a transaction did: the work that it added, and which records it touched."""

    added: set[tuple[Queue, str]]
    touched: set[Scope]
    written: set[Written]


class Transaction:
    """What is known inside of one transaction, and what it will write. ``number`` is that of its turn."""

    def __init__(self, client: Client, database: Database, session: Session) -> None:
        self.number = 0
        self.reader = Reader(client, database, session)
        self.known = Known()
        self.outcome = Outcome(set(), set(), set())
        self._database = database
        self._session = session
        self._before = Known()
        self._operations: defaultdict[str, list[Operation]] = defaultdict(list)

    async def take_turn(self) -> None:
        """Come before every other writer, or fail at once because one of them is at it."""
        turn: Document | None = await self._database[HEADS].find_one_and_update(
            {"_id": TURN},
            {"$inc": {"seq": 1}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=self._session,
        )
        self.number = turn["seq"] if turn is not None else 0

    async def read(self, every: Sequence[WritePlan]) -> None:
        """Read what the plans depend on; ``apply`` them after that."""
        await read_known(self.reader, self.known, every)
        self._before = Known(*(dict(getattr(self.known, name)) for name in self.known.__struct_fields__))

    def apply(self, plan: WritePlan) -> Committed | None:
        """Decide on one plan; None when its entry was lost. Raises and leaves this object as it was."""
        applying = Applying(self.known.layer(), plan)
        committed = applying.apply()
        if committed is None:
            return None
        self.known.take(applying.known)
        for name, operation in applying.operations:
            self._operations[name].append(operation)
        self.outcome.touched |= applying.touched
        self.outcome.written |= applying.written
        self.outcome.added.update((Queue.JOBS, job.kind) for job in plan.changes.jobs)
        self.outcome.added.update((Queue.OUTBOX, entry.channel) for entry in plan.changes.outbox)
        return committed

    def do(self, name: str, *operations: Operation) -> None:
        """Have these written too, at the end."""
        self._operations[name].extend(operations)

    async def flush(self) -> None:
        """Write all of it, just before the commit."""
        self._write_counters()
        for name, operations in self._operations.items():
            if operations:
                await self._database[name].bulk_write(operations, ordered=True, session=self._session)

    def _write_counters(self) -> None:
        known, before = self.known, self._before
        for name, kept, was in (
            (SERIES, known.series, before.series),
            (SEQUENCES, known.sequences, before.sequences),
            (USAGES, known.usages, before.usages),
        ):
            self.do(name, *(set_fields(key, {"last": last}) for key, last in kept.items() if was.get(key) != last))
        for stream, head in known.streams.items():
            if before.streams.get(stream) != head:
                self.do(STREAMS, set_fields(stream, {"seq": head.seq, "hash": head.hash, "grown": 1}))
        for chain, head in known.heads.items():
            if before.heads.get(chain) != head:
                self.do(HEADS, set_fields(chain, {"seq": head.seq, "hash": head.hash}))
