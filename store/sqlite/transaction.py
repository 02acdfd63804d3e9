"""One write transaction: the records of each set of changes at once, what follows from them at its end.

Only records can be refused (another version, a unique field). Everything else (blobs, chains, numbers, work) is laid
aside until the records of a set of changes are in, and written for all of them together: fewer and longer statements,
and nothing of a refused set to take back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import structs

from minxin.consult.records import WorkOrder
from minxin.core.audit import GENESIS, SealedAudit, SealedEvent, seal_audit, seal_event
from minxin.core.changes import Changes, Committed, Head, Job, Numbered, OutboxEntry, Record
from minxin.core.errors import ConflictError
from minxin.core.store import Queue
from minxin.store.sqlite.chain_entries import Names, hexed, unhexed
from minxin.store.sqlite.chains import add_audit, add_events
from minxin.store.sqlite.codec import SqlValue, encode, micros
from minxin.store.sqlite.counters import Counters, Draft
from minxin.store.sqlite.names import change_names, note_loose, stored_names
from minxin.store.sqlite.packing import pack_blob
from minxin.store.sqlite.search_marks import note_changed
from minxin.store.sqlite.tables import table_of

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = tuple[SqlValue, ...]
Scope = tuple[type[Record], str | None]  # a kind of record, and of work orders an office's alone
Written = tuple[type[Record], str]  # a kind of record, and its id

_OFFICE_BEFORE = "SELECT office_id FROM work_orders WHERE id = ?"
_BLOB = "INSERT INTO blobs (id, data, packed) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_STREAM = """INSERT INTO streams (stream, seq, hash) VALUES (?, ?, ?)
    ON CONFLICT (stream) DO UPDATE SET seq = excluded.seq, hash = excluded.hash"""
_STREAM_HEAD = "SELECT seq, hash FROM streams WHERE stream = (SELECT no FROM names WHERE name = ?)"
_HEAD = "INSERT OR REPLACE INTO heads (chain, seq, hash) VALUES (?, ?, ?)"
_SERIES = "INSERT INTO series (name, last) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET last = excluded.last"
_WORK = """INSERT INTO work (queue, kind, key, payload, not_before, due_at) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (queue, kind, key) DO NOTHING"""


class Transaction:
    """What the writer's transaction knows beside the database: the ends of the chains as they will be.

    ``known`` are the numbers of names that transactions before it used.
    """

    def __init__(self, connection: sqlite3.Connection, known: dict[str, int] | None = None) -> None:
        self.connection = connection
        self._names = Names(connection, {} if known is None else known)
        self.added: set[tuple[Queue, str]] = set()
        self.touched: set[Scope] = set()
        self.written: set[Written] = set()
        self.counters = Counters(connection)
        self._series: dict[str, int] = {}
        self._heads: dict[str, Head] = {}
        self._audit_head: Head | None = None
        self._blobs: list[Row] = []
        self._events: list[SealedEvent] = []
        self._audit: list[SealedAudit] = []
        self._work: list[Row] = []

    def apply(self, changes: Changes) -> Committed:
        """Write the records and lay the rest aside; raises and leaves this object as it was."""
        series: dict[str, int] = {}
        draft = Draft(self.counters, changes)
        for usage in changes.usages:
            draft.use(usage)
        for record in changes.ensures:
            self._ensure(record)
        numbers = self._insert(changes, series, draft)
        for record in changes.puts:
            self._put(record, draft)
        for record in changes.deletes:
            self._delete(record)
        note_loose(self.connection, changes)
        note_changed(self.connection, changes)
        sealed, heads = self._sealed(changes)
        audit = self._sealed_audit(changes)
        work = [*_job_rows(changes.jobs), *_outbox_rows(changes.outbox)]
        self._series |= series
        self.counters.keep(draft)
        self._heads |= heads
        self._blobs += [(blob.id, *pack_blob(blob.data)) for blob in changes.blobs]
        self._events += sealed
        self._audit += audit
        self._work += work
        if audit:
            self._audit_head = Head(audit[-1].seq, audit[-1].hash)
        self.added.update((Queue.JOBS, job.kind) for job in changes.jobs)
        self.added.update((Queue.OUTBOX, entry.channel) for entry in changes.outbox)
        return Committed(numbers, heads, draft.seqs, draft.stamps, draft.usages)

    def flush(self) -> None:
        """Write what was laid aside, just before the commit."""
        write, names = self.connection.executemany, self._names
        heads = [(stream, head) for stream, head in self._heads.items() if head.seq]
        statements: tuple[tuple[str, Sequence[Row]], ...] = (
            (_BLOB, self._blobs),
            (_WORK, self._work),
            (_STREAM, [(names.number(stream), head.seq, unhexed(head.hash)) for stream, head in heads]),
            (_SERIES, list(self._series.items())),
        )
        for statement, rows in statements:
            if rows:
                write(statement, rows)
        add_events(self.connection, names, self._events)
        add_audit(self.connection, names, self._audit)
        self.counters.flush()
        if self._audit:
            head = self.audit_head()
            self.connection.execute(_HEAD, ("audit", head.seq, head.hash))

    def stored_head(self, chain: str) -> Head:
        """Return the stored head of the audit log or the ledger."""
        row = self.connection.execute("SELECT seq, hash FROM heads WHERE chain = ?", (chain,)).fetchone()
        return Head(*row) if row else GENESIS

    def audit_head(self) -> Head:
        """Return the head of the audit log, what is laid aside included."""
        if self._audit_head is None:
            self._audit_head = self.stored_head("audit")
        return self._audit_head

    def _ensure(self, record: Record) -> None:
        """Insert the record unless there is one with its id."""
        table = table_of(type(record))
        row = table.packed_row(structs.replace(record, version=1))
        if self.connection.execute(table.ensure, row).rowcount == 1:
            self._touch(record)
            change_names(self.connection, table, record, ())

    def _insert(self, changes: Changes, series: dict[str, int], draft: Draft) -> dict[str, str]:
        numbers = {}
        for record in changes.inserts:
            fields = draft.fields(record, new=True)
            if isinstance(record, Numbered):
                numbers[record.id] = fields["number"] = self._next_number(changes.series[record.id], series)
            table = table_of(type(record))
            self._touch(record)
            self.connection.execute(table.insert, table.packed_row(structs.replace(record, **fields)))
            change_names(self.connection, table, record, ())
        return numbers

    def _put(self, record: Record, draft: Draft) -> None:
        table = table_of(type(record))
        row = table.packed_row(structs.replace(record, **draft.fields(record, new=False)))
        self._touch(record)
        named = stored_names(self.connection, table, record)
        self._one_row(table.name, self.connection.execute(table.update, (*row, record.id, record.version)))
        change_names(self.connection, table, record, named)

    def _delete(self, record: Record) -> None:
        table = table_of(type(record))
        self._touch(record)
        named = stored_names(self.connection, table, record)
        self._one_row(table.name, self.connection.execute(table.delete, (record.id, record.version)))
        change_names(self.connection, table, record, named, gone=True)

    def _touch(self, record: Record) -> None:
        """Note what grows older by this: the kind, and of a work order the offices that had it and have it."""
        kind = type(record)
        self.touched.add((kind, None))
        self.written.add((kind, record.id))
        if isinstance(record, WorkOrder):
            before = self.connection.execute(_OFFICE_BEFORE, (record.id,)).fetchone()
            self.touched |= {(kind, office_id) for office_id in (record.office_id, *(before or ()))}

    def _one_row(self, table: str, cursor: sqlite3.Cursor) -> None:
        if cursor.rowcount != 1:
            raise ConflictError(table=table)

    def _next_number(self, name: str, series: dict[str, int]) -> str:
        last = series.get(name, self._series.get(name))
        if last is None:
            row = self.connection.execute("SELECT last FROM series WHERE name = ?", (name,)).fetchone()
            last = row[0] if row else 0
        series[name] = last + 1
        return f"{name}-{last + 1:06d}"

    def _sealed(self, changes: Changes) -> tuple[list[SealedEvent], dict[str, Head]]:
        heads: dict[str, Head] = {}
        sealed: list[SealedEvent] = []
        for event in changes.events:
            entry = seal_event(heads.get(event.stream) or self._head(event.stream), event)
            heads[event.stream] = Head(entry.seq, entry.hash)
            sealed.append(entry)
        return sealed, heads

    def _sealed_audit(self, changes: Changes) -> list[SealedAudit]:
        sealed: list[SealedAudit] = []
        for entry in changes.audit:
            last = sealed[-1] if sealed else None
            sealed.append(seal_audit(Head(last.seq, last.hash) if last else self.audit_head(), entry))
        return sealed

    def _head(self, stream: str) -> Head:
        head = self._heads.get(stream)
        if head is None:
            row = self.connection.execute(_STREAM_HEAD, (stream,)).fetchone()
            head = Head(row[0], hexed(row[1])) if row else GENESIS
        return head


@contextmanager
def savepoint(connection: sqlite3.Connection) -> Iterator[None]:
    """Undo what the block wrote when it raises, and nothing else."""
    connection.execute("SAVEPOINT one")
    try:
        yield
    except Exception:
        # A full disk or a failed write may have rolled back everything: then there is no savepoint any more.
        if connection.in_transaction:
            connection.execute("ROLLBACK TO one")
            connection.execute("RELEASE one")
        raise
    connection.execute("RELEASE one")


def _job_rows(jobs: Iterable[Job]) -> Iterator[Row]:
    for job in jobs:
        due = micros(job.not_before) if job.not_before else None
        yield Queue.JOBS.value, job.kind, job.key, encode(job.payload), due, due or 0


def _outbox_rows(entries: Iterable[OutboxEntry]) -> Iterator[Row]:
    for entry in entries:
        due = micros(entry.not_before) if entry.not_before else None
        yield Queue.OUTBOX.value, entry.channel, entry.key, encode(entry.payload), due, due or 0
