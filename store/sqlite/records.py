"""Commits changes and reads records, blobs and events by id (``core.store.Store``)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from typing import Final, TypeVar

import msgspec

from minxin.core.audit import SealedEvent
from minxin.core.changes import Changes, Committed, Event, Record
from minxin.store.sqlite.codec import decode
from minxin.store.sqlite.paging import all_records
from minxin.store.sqlite.readers import Reader
from minxin.store.sqlite.tables import table_of
from minxin.store.sqlite.writer import Writer

R = TypeVar("R", bound=Record)
_EVENT: Final = msgspec.json.Decoder(Event)


class SqliteRecords:
    """Writes changes and reads records by id."""

    reader: Reader
    writer: Writer

    async def commit(self, changes: Changes) -> Committed:
        return await self.writer.write(lambda transaction: transaction.apply(changes))

    async def get(self, kind: type[R], record_id: str) -> R | None:
        table = table_of(kind)
        row = await self.reader.read(lambda db: db.execute(table.by_id, (record_id,)).fetchone())
        return table.record(row[0]) if row else None

    async def get_all(self, kind: type[R], record_ids: Collection[str]) -> dict[str, R]:
        if not record_ids:
            return {}
        marks = ", ".join("?" * len(record_ids))
        found = await self.reader.read(lambda db: all_records(db, table_of(kind), f"id IN ({marks})", *record_ids))
        return {record.id: record for record in found}

    def generation(self, *kinds: type[Record], office_id: str | None = None) -> int:
        return sum(self.writer.generations[kind, office_id] for kind in kinds)

    def watch(self, kind: type[Record], told: Callable[[str], None]) -> None:
        self.writer.watch(kind, told)

    async def blob(self, blob_id: str) -> bytes | None:
        row = await self.reader.read(
            lambda db: db.execute("SELECT data FROM blobs WHERE id = ?", (blob_id,)).fetchone()
        )
        return row[0] if row else None

    async def events(self, stream: str) -> list[SealedEvent]:
        return await self.reader.read(lambda db: events_of(db, stream))


def events_of(connection: sqlite3.Connection, stream: str) -> list[SealedEvent]:
    """Return the stream's events in order; raises ``DamagedError``."""
    rows = connection.execute("SELECT seq, prev, hash, body FROM events WHERE stream = ? ORDER BY seq", (stream,))
    return [SealedEvent(seq, prev, digest, decode(_EVENT.decode, body)) for seq, prev, digest, body in rows]
