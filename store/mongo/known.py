"""What a group of changes needs to know of the store: what it wants, read at once, and what its members make of it."""

from __future__ import annotations

from collections import ChainMap, defaultdict
from collections.abc import MutableMapping, Sequence
from typing import Any, Final

from msgspec import Struct, field

from minxin.consult.records import WorkOrder
from minxin.core.audit import GENESIS
from minxin.core.changes import Changes, Head, Record
from minxin.core.errors import DamagedError
from minxin.core.naming import named_blobs, names_blobs
from minxin.mailbox.mail.records import MailItem
from minxin.mailbox.outgoing.records import OutgoingMail
from minxin.store.mongo.client import Document
from minxin.store.mongo.counters import last_of
from minxin.store.mongo.indexes import Index
from minxin.store.mongo.plan import Taken, WorkKey, WritePlan, checked_indexes, takes, work_keys
from minxin.store.mongo.reading import Reader
from minxin.store.mongo.tables import (
    BLOBS,
    HEADS,
    SEQUENCES,
    SERIES,
    STREAMS,
    USAGES,
    WORK,
)
from minxin.store.sqlite.tables import Table, table_of

Wanted = tuple[Record, tuple[Taken, ...]]  # a record that is to be written, and the unique values that it takes

HOLD_CONTENT: Final = (MailItem, OutgoingMail)  # without which the content of a mail is loose
_HEADS: Final = ["audit", "rows", "work"]  # the audit log, and the counters of index rows and of entries


class Stored(Struct, frozen=True):
    """As much of a stored record as a write needs: its version, the blobs that it names, the values that it takes."""

    version: int
    names: frozenset[str]
    office_id: str | None
    content_id: str | None
    takes: tuple[Taken, ...]


class Known(Struct):
    """The store as it is for the next set of changes."""

    records: MutableMapping[tuple[type[Record], str], Stored | None] = field(default_factory=dict)
    taken: MutableMapping[Taken, str | None] = field(default_factory=dict)
    series: MutableMapping[str, int] = field(default_factory=dict)
    sequences: MutableMapping[str, int] = field(default_factory=dict)
    usages: MutableMapping[str, int] = field(default_factory=dict)
    streams: MutableMapping[str, Head] = field(default_factory=dict)
    heads: MutableMapping[str, Head] = field(default_factory=dict)
    blobs: MutableMapping[str, bool] = field(default_factory=dict)
    work: MutableMapping[WorkKey, bool] = field(default_factory=dict)
    entries: MutableMapping[int, Document | None] = field(default_factory=dict)

    def layer(self) -> Known:
        """Return one that sees this one and keeps what is changed to itself."""
        return Known(*(ChainMap({}, getattr(self, name)) for name in self.__struct_fields__))

    def take(self, layer: Known) -> None:
        """Take over what was changed in a layer of this one."""
        for name in self.__struct_fields__:
            getattr(self, name).update(getattr(layer, name).maps[0])

    def last(self, name: str) -> int:
        """Return the last number that the sequence gave."""
        return self.sequences.get(name, 0)

    def used(self, key: str) -> int:
        """Return what is used under the key."""
        return self.usages.get(key, 0)

    def stored(self, record: Record) -> Stored | None:
        """Return what is stored under the record's id, or None."""
        return self.records.get((type(record), record.id))

    def head(self, stream: str) -> Head:
        """Return the end of a letter's or account's chain."""
        return self.streams.get(stream, GENESIS)


async def read_known(reader: Reader, known: Known, plans: Sequence[WritePlan]) -> None:
    """Read into ``known`` whatever the plans depend on."""
    by_kind: defaultdict[type[Record], list[Wanted]] = defaultdict(list)
    for plan in plans:
        for record, taken in plan.wants:
            by_kind[type(record)].append((record, taken))
    for kind, wanted in by_kind.items():
        await _read_records(reader, known, table_of(kind), wanted)
    every = [plan.changes for plan in plans]
    await _read_counters(reader, known, every)
    await _read_chains(reader, known, every)
    await _read_blobs(reader, known, {blob.id for changes in every for blob in changes.blobs})
    await _read_entries(reader, known, {plan.step.entry for plan in plans if plan.step is not None})
    await _read_work(reader, known, {key for changes in every for key in work_keys(changes)})


async def _read_records(reader: Reader, known: Known, table: Table[Any], wanted: list[Wanted]) -> None:
    indexes = checked_indexes(table.kind)
    fields = {"version", *(name for index in indexes for name in (*index.fields, *index.there))}
    if names_blobs(table.kind):
        fields.add("body")
    if table.kind is WorkOrder:
        fields.add("office_id")
    if table.kind in HOLD_CONTENT:
        fields.add("content_id")
    ids = [record.id for record, _ in wanted]
    for document in await reader.find(table.name, {"_id": {"$in": ids}}, fields=sorted(fields)):
        known.records[table.kind, document["_id"]] = Stored(
            document["version"],
            _names(table, document),
            document.get("office_id"),
            document.get("content_id"),
            takes(table, document),
        )
    for index in indexes:
        values = {values for _, taken in wanted for _, name, values in taken if name == index.name}
        await _read_taken(reader, known, table, index, sorted(values, key=repr))


async def _read_taken(
    reader: Reader, known: Known, table: Table[Any], index: Index, values: list[tuple[Any, ...]]
) -> None:
    if not values:
        return
    where: Document = {"$or": [dict(zip(index.fields, one, strict=True)) for one in values]}
    if len(index.fields) == 1:
        where = {index.fields[0]: {"$in": [one[0] for one in values]}}
    for document in await reader.find(table.name, where, fields=index.fields):
        known.taken[table.name, index.name, tuple(document.get(name) for name in index.fields)] = document["_id"]


def _names(table: Table[Any], document: Document) -> frozenset[str]:
    """Return what the record names; one that can't be read names nothing here, so that its names stay."""
    try:
        return named_blobs(table.record(document["body"])) if "body" in document else frozenset()
    except DamagedError:
        return frozenset()


async def _read_counters(reader: Reader, known: Known, every: Sequence[Changes]) -> None:
    numbered = {name for one in every for name in (*one.sequences.values(), *one.stamps.values())}
    for name, keys, kept in (
        (SERIES, {name for one in every for name in one.series.values()}, known.series),
        (SEQUENCES, numbered, known.sequences),
        (USAGES, {usage.key for one in every for usage in one.usages}, known.usages),
    ):
        if keys:
            kept.update(await last_of(reader, name, sorted(keys)))


async def _read_chains(reader: Reader, known: Known, every: Sequence[Changes]) -> None:
    streams = {event.stream for one in every for event in one.events}
    if streams:
        found = await reader.find(STREAMS, {"_id": {"$in": sorted(streams)}})
        known.streams.update((one["_id"], Head(one["seq"], one["hash"])) for one in found)
    found = await reader.find(HEADS, {"_id": {"$in": _HEADS}})
    known.heads.update((one["_id"], Head(one["seq"], one["hash"])) for one in found)


async def _read_blobs(reader: Reader, known: Known, blobs: set[str]) -> None:
    if blobs:
        found = await reader.find(BLOBS, {"_id": {"$in": sorted(blobs)}}, fields=("size",))
        known.blobs.update((one["_id"], True) for one in found)


async def _read_entries(reader: Reader, known: Known, entries: set[int]) -> None:
    if entries:
        found = await reader.find(WORK, {"_id": {"$in": sorted(entries)}})
        known.entries.update((one["_id"], one) for one in found)


async def _read_work(reader: Reader, known: Known, wanted: set[WorkKey]) -> None:
    by_kind: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for queue, kind, key in sorted(wanted):
        by_kind[queue, kind].append(key)
    for (queue, kind), keys in by_kind.items():
        where = {"queue": queue, "kind": kind, "key": {"$in": keys}}
        for one in await reader.find(WORK, where, fields=("key",)):
            known.work[queue, kind, one["key"]] = True
