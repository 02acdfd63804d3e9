"""A set of changes that waits to be written, with what must be known of the store to decide on it."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

from minxin.core.changes import Changes, Numbered, Record, Sequenced
from minxin.core.store import Queue
from minxin.store.mongo.client import Document
from minxin.store.mongo.indexes import Index, unique_indexes
from minxin.store.mongo.tables import more_of
from minxin.store.sqlite.codec import sql_value
from minxin.store.sqlite.tables import Table, table_of

WorkKey = tuple[str, str, str]  # queue, kind or channel, key
Taken = tuple[str, str, tuple[Any, ...]]  # a collection, its unique index, and a value of that

_NUMBERED: Final = frozenset({"series", "serial", "seq"})  # given in the commit, and therefore never taken


class Step(Struct, frozen=True):
    """What becomes of an entry of a queue together with the changes: ``held`` are fields that it must still have."""

    entry: int
    held: Document
    update: Document | None = None  # None removes it


class WritePlan(Struct, frozen=True):
    """Changes, the entry of a queue that they end or release when there is one, and what the changes would take."""

    changes: Changes
    step: Step | None
    wants: tuple[tuple[Record, tuple[Taken, ...]], ...]


def plan_of(changes: Changes, step: Step | None = None) -> WritePlan:
    """Return the plan; raises ``TypeError`` for a kind of record that has no collection."""
    writes = (*changes.ensures, *changes.inserts, *changes.puts)
    wants = [(record, taken_by(record)) for record in writes]
    return WritePlan(changes, step, (*wants, *((record, ()) for record in changes.deletes)))


def taken_by(record: Record) -> tuple[Taken, ...]:
    """Return the unique values that the record takes."""
    table = table_of(type(record))
    wanted = {field for index in checked_indexes(table.kind) for field in (*index.fields, *index.there)}
    fields = more_of(record) if wanted else {}
    fields |= {name: sql_value(of(record)) for name, of in table.columns if name in wanted}
    return takes(table, fields)


def takes(table: Table[Any], document: Document) -> tuple[Taken, ...]:
    """Return the unique values that a document has."""
    return tuple(
        (table.name, index.name, tuple(document.get(name) for name in index.fields))
        for index in checked_indexes(table.kind)
        if not any(document.get(name) is None for name in index.there)
    )


def checked_indexes(kind: type[Record]) -> tuple[Index, ...]:
    """Return the unique indexes whose values somebody chose."""
    numbered = issubclass(kind, Numbered | Sequenced)
    found = unique_indexes(table_of(kind).name)
    return tuple(index for index in found if not (numbered and _NUMBERED.intersection(index.fields)))


def work_keys(changes: Changes) -> list[WorkKey]:
    """Return the keys of the work that the changes bring, in the order in which it is written."""
    return [
        *((Queue.JOBS.value, job.kind, job.key) for job in changes.jobs),
        *((Queue.OUTBOX.value, entry.channel, entry.key) for entry in changes.outbox),
    ]
