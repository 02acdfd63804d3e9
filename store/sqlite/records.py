"""Commits changes and reads records, blobs and events by id (``core.store.Store``)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from typing import TypeVar

from minxin.consult.counting import count_letters
from minxin.core.audit import SealedEvent
from minxin.core.changes import Changes, Committed, Record, Told
from minxin.core.errors import DamagedError
from minxin.store.sqlite.chains import events_of
from minxin.store.sqlite.packing import UnpackError, unpack_blob
from minxin.store.sqlite.paging import all_records
from minxin.store.sqlite.readers import Reader
from minxin.store.sqlite.tables import table_of
from minxin.store.sqlite.writer import Writer

R = TypeVar("R", bound=Record)


class SqliteRecords:
    """Writes changes and reads records by id."""

    reader: Reader
    writer: Writer

    async def commit(self, changes: Changes) -> Committed:
        committed = await self.writer.write(lambda transaction: transaction.apply(changes))
        count_letters(changes.inserts)
        return committed

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

    async def catch_up(self) -> None:
        """One process alone serves on a file, and has counted what it committed."""

    def listen(self) -> None:
        """See :meth:`catch_up`."""

    def watch(self, kind: type[Told], told: Callable[[str], None]) -> None:
        self.writer.watch(kind, told)

    async def blob(self, blob_id: str) -> bytes | None:
        return await self.reader.read(lambda db: blob_of(db, blob_id))

    async def events(self, stream: str) -> list[SealedEvent]:
        return await self.reader.read(lambda db: events_of(db, stream))


def blob_of(connection: sqlite3.Connection, blob_id: str) -> bytes | None:
    """Return the bytes, or None; raises ``DamagedError``."""
    row = connection.execute("SELECT data, packed FROM blobs WHERE id = ?", (blob_id,)).fetchone()
    try:
        return unpack_blob(*row) if row else None
    except (UnpackError, TypeError) as error:
        raise DamagedError("stored bytes can't be read", blob=blob_id) from error
