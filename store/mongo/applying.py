"""Decides on one set of changes: what is refused leaves nothing, what is accepted becomes operations in their order."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, Final

from msgspec import structs
from pymongo import DeleteMany, DeleteOne, InsertOne, ReplaceOne, UpdateOne

from minxin.consult.alike_records import LetterMarks
from minxin.consult.records import WorkOrder
from minxin.consult.search.marks import Marked, marked_by
from minxin.core.audit import GENESIS, seal_audit, seal_event
from minxin.core.changes import Committed, Head, Numbered, Record
from minxin.core.errors import ConflictError
from minxin.core.naming import named_blobs
from minxin.core.store import Queue
from minxin.store.mongo.client import Document
from minxin.store.mongo.errors import duplicate
from minxin.store.mongo.indexes import unique_indexes
from minxin.store.mongo.known import HOLD_CONTENT, Known, Stored
from minxin.store.mongo.pieces import pieces_of
from minxin.store.mongo.plan import Step, WritePlan, takes, work_keys
from minxin.store.mongo.tables import (
    AUDIT,
    BLOB_NAMES,
    BLOBS,
    EVENTS,
    LOOSE_BLOBS,
    LOOSE_CONTENTS,
    SEARCH_MARKS,
    WORK,
    document_of,
    fields_of,
    update_of,
)
from minxin.store.sqlite.codec import encode, micros
from minxin.store.sqlite.counters import Draft
from minxin.store.sqlite.tables import LETTERS, Table, table_of

Operation = InsertOne[Document] | ReplaceOne[Document] | UpdateOne | DeleteOne | DeleteMany
Scope = tuple[type[Record], str | None]  # a kind of record, and of work orders an office's alone
Written = tuple[type[Record], str]  # a kind of record, and its id

_NONE: Final = frozenset[str]()
_NUMBER: Final = Head(0, "")  # of a counter that has no chain


def set_fields(record_id: str, fields: Document) -> UpdateOne:
    """Return the operation that gives a document these fields, made when it is missing."""
    return UpdateOne({"_id": record_id}, {"$set": fields}, upsert=True)


def mark(one: Marked) -> UpdateOne:
    """Return the operation that marks a letter for the search index; one that waits already keeps its place."""
    changed, new = {"token": one.token}, {"at": micros(one.at)}
    (changed if one.sealed else new)["sealed"] = int(one.sealed)
    return UpdateOne({"_id": one.letter_id}, {"$set": changed, "$setOnInsert": new}, upsert=True)


class Applying:
    """One plan against what is known: ``known`` is a layer that is thrown away when the plan is refused."""

    def __init__(self, known: Known, plan: WritePlan) -> None:
        self.known = known
        self.operations: list[tuple[str, Operation]] = []
        self.touched: set[Scope] = set()
        self.written: set[Written] = set()
        self._plan = plan
        self._changes = plan.changes
        self._draft = Draft(known, plan.changes)

    def apply(self) -> Committed | None:
        """Return what the store filled in, None when the plan's entry is not held; raises what refuses the plan."""
        if self._plan.step is not None and not self._take_step(self._plan.step):
            return None
        changes, draft = self._changes, self._draft
        for usage in changes.usages:
            draft.use(usage)
        for record in changes.ensures:
            if self.known.stored(record) is None:
                self._add(structs.replace(record, version=1))
        numbers = self._insert()
        for record in changes.puts:
            self._put(record)
        for record in changes.deletes:
            self._delete(record)
        self._keep_blobs()
        heads = self._chain()
        self._queue()
        for one in marked_by(changes):
            self._do(SEARCH_MARKS, mark(one))
        self.known.sequences.update(draft.sequences)
        self.known.usages.update(draft.usages)
        return Committed(numbers, heads, draft.seqs, draft.stamps, draft.usages)

    def _take_step(self, step: Step) -> bool:
        entry = self.known.entries.get(step.entry)
        if entry is None or any(entry.get(name) != value for name, value in step.held.items()):
            return False
        self.known.entries[step.entry] = None
        if step.update is None:
            self.known.work[entry["queue"], entry["kind"], entry["key"]] = False
            self._do(WORK, DeleteOne({"_id": step.entry}))
        else:
            self._do(WORK, UpdateOne({"_id": step.entry}, {"$set": step.update}))
        return True

    def _do(self, name: str, operation: Operation) -> None:
        self.operations.append((name, operation))

    def _insert(self) -> dict[str, str]:
        numbers = {}
        for record in self._changes.inserts:
            fields = self._draft.fields(record, new=True)
            if isinstance(record, Numbered):
                numbers[record.id] = fields["number"] = self._next_number(self._changes.series[record.id])
            if self.known.stored(record) is not None:
                raise duplicate(table_of(type(record)).name, "id")
            self._add(structs.replace(record, **fields))
        return numbers

    def _add(self, record: Record) -> None:
        table = table_of(type(record))
        document = document_of(table, record)
        self._touch(record, None)
        self._keep(table, record, document, None)
        if isinstance(record, LetterMarks):
            document["row"] = self._next_row()
            self._do(LETTERS.name, UpdateOne({"_id": record.id}, {"$set": {"marked": 1}}))
        self._do(table.name, InsertOne(document))

    def _put(self, record: Record) -> None:
        table = table_of(type(record))
        stored = self._stored(table, record)
        written = structs.replace(record, **self._draft.fields(record, new=False))
        fields = fields_of(table, written)
        self._touch(written, stored)
        self._keep(table, written, fields, stored)
        self._let_go(stored.content_id, fields.get("content_id"))
        self._do(table.name, UpdateOne({"_id": record.id, "version": record.version}, update_of(fields)))

    def _delete(self, record: Record) -> None:
        table = table_of(type(record))
        stored = self._stored(table, record)
        self._touch(record, stored)
        self._change_names(table, record.id, stored.names, _NONE)
        for one in stored.takes:
            self.known.taken[one] = None
        self.known.records[type(record), record.id] = None
        self._do(table.name, DeleteOne({"_id": record.id, "version": record.version}))
        if isinstance(record, LetterMarks):
            self._do(LETTERS.name, UpdateOne({"_id": record.id}, {"$set": {"marked": 0}}))
        self._let_go(stored.content_id, None)

    def _stored(self, table: Table[Any], record: Record) -> Stored:
        stored = self.known.stored(record)
        if stored is None or stored.version != record.version:
            raise ConflictError(table=table.name)
        return stored

    def _keep(self, table: Table[Any], record: Record, document: Document, stored: Stored | None) -> None:
        """Note what the record takes and names from now on; raises ``DuplicateError``."""
        taking = takes(table, document)
        for one in taking:
            if self.known.taken.get(one) not in (None, record.id):
                index = next(index for index in unique_indexes(table.name) if index.name == one[1])
                raise duplicate(table.name, index.refused_field)
        for one in stored.takes if stored is not None else ():
            self.known.taken[one] = None
        self.known.taken.update(dict.fromkeys(taking, record.id))
        names = named_blobs(record)
        self._change_names(table, record.id, stored.names if stored is not None else _NONE, names)
        office_id = record.office_id if isinstance(record, WorkOrder) else None
        content_id = document.get("content_id") if isinstance(record, HOLD_CONTENT) else None
        self.known.records[type(record), record.id] = Stored(record.version, names, office_id, content_id, taking)

    def _let_go(self, before: str | None, now: str | None) -> None:
        """Have the next sweep look at a mail's content that a record holds no more."""
        if before is not None and before != now:
            self._do(LOOSE_CONTENTS, set_fields(before, {"since": None}))

    def _touch(self, record: Record, stored: Stored | None) -> None:
        """Note what grows older by this: the kind, and of a work order the offices that had it and have it."""
        kind = type(record)
        self.touched.add((kind, None))
        self.written.add((kind, record.id))
        if isinstance(record, WorkOrder):
            self.touched |= {(kind, record.office_id), (kind, stored.office_id if stored else None)}

    def _change_names(self, table: Table[Any], record_id: str, before: Collection[str], names: frozenset[str]) -> None:
        for blob_id in sorted(names.difference(before)):
            self._do(BLOB_NAMES, set_fields(f"{blob_id}/{table.name}/{record_id}", {"blob_id": blob_id}))
        for blob_id in sorted(frozenset(before) - names):
            self._do(BLOB_NAMES, DeleteOne({"_id": f"{blob_id}/{table.name}/{record_id}"}))
            self._do(LOOSE_BLOBS, set_fields(blob_id, {"since": None}))

    def _keep_blobs(self) -> None:
        """Add the bytes that are not there, and have the next sweep look at those that nothing here names."""
        changes = self._changes
        written = (*changes.inserts, *changes.puts, *changes.ensures)
        named = _NONE.union(*(named_blobs(record) for record in written)) if changes.blobs else _NONE
        for blob in changes.blobs:
            if not self.known.blobs.get(blob.id):
                self.known.blobs[blob.id] = True
                for piece in pieces_of(blob):
                    self._do(BLOBS, InsertOne(piece))
            if blob.id not in named:
                self._do(LOOSE_BLOBS, set_fields(blob.id, {"since": None}))

    def _next_number(self, name: str) -> str:
        last = self.known.series[name] = self.known.series.get(name, 0) + 1
        return f"{name}-{last:06d}"

    def _next_row(self) -> int:
        return self._count("rows")

    def _count(self, name: str) -> int:
        seq = self.known.heads.get(name, _NUMBER).seq + 1
        self.known.heads[name] = Head(seq, "")
        return seq

    def _chain(self) -> dict[str, Head]:
        heads: dict[str, Head] = {}
        for event in self._changes.events:
            sealed = seal_event(self.known.head(event.stream), event)
            heads[event.stream] = self.known.streams[event.stream] = Head(sealed.seq, sealed.hash)
            chained = {"seq": sealed.seq, "prev": sealed.prev, "hash": sealed.hash, "body": encode(event)}
            self._do(EVENTS, InsertOne({"_id": f"{event.stream}/{sealed.seq}", "stream": event.stream, **chained}))
        for entry in self._changes.audit:
            last = seal_audit(self.known.heads.get("audit", GENESIS), entry)
            self.known.heads["audit"] = Head(last.seq, last.hash)
            chained = {"prev": last.prev, "hash": last.hash, "actor": entry.actor, "body": encode(entry)}
            self._do(AUDIT, InsertOne({"_id": last.seq, **chained}))
        return heads

    def _queue(self) -> None:
        for key, work in zip(work_keys(self._changes), self._work(), strict=True):
            if not self.known.work.get(key):
                self.known.work[key] = True
                self._do(WORK, InsertOne({"_id": self._count("work"), **work}))

    def _work(self) -> Iterator[Document]:
        for job in self._changes.jobs:
            yield _entry(Queue.JOBS, job.kind, job.key, job.payload, job.not_before)
        for one in self._changes.outbox:
            yield _entry(Queue.OUTBOX, one.channel, one.key, one.payload, one.not_before)


def _entry(queue: Queue, kind: str, key: str, payload: dict[str, Any], not_before: datetime | None) -> Document:
    due_at = micros(not_before) if not_before is not None else 0
    named = {"queue": queue.value, "kind": kind, "key": key, "payload": encode(payload)}
    later = {"not_before": due_at} if not_before is not None else {}
    return {**named, **later, "due_at": due_at, "runs": 0, "error": "", "lock": None, "state": "open"}
