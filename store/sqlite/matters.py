"""The matters catalogue (``consult.matters.ports.MatterReads``)."""

from __future__ import annotations

from datetime import datetime

from minxin.consult.matters.records import Matter
from minxin.store.sqlite.codec import micros
from minxin.store.sqlite.paging import all_records
from minxin.store.sqlite.readers import Reader
from minxin.store.sqlite.tables import MATTERS


class SqliteMatters:
    """Answers the named queries about matters."""

    reader: Reader

    async def matters(self) -> list[Matter]:
        return await self.reader.read(lambda db: all_records(db, MATTERS, "1 ORDER BY id"))

    async def matters_since(self, instant: datetime) -> list[Matter]:
        where = "changed_at >= ? ORDER BY changed_at, id"
        return await self.reader.read(lambda db: all_records(db, MATTERS, where, micros(instant)))
