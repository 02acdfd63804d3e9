"""The matters catalogue (``consult.matters.ports.MatterReads``)."""

from __future__ import annotations

from datetime import datetime

from minxin.consult.matters.records import Matter
from minxin.store.mongo.paging import all_records
from minxin.store.mongo.reading import Reader
from minxin.store.sqlite.codec import micros
from minxin.store.sqlite.tables import MATTERS


class MongoMatters:
    """Answers the named queries about matters."""

    reader: Reader

    async def matters(self) -> list[Matter]:
        return await all_records(self.reader, MATTERS, {}, by=("_id",))

    async def matters_since(self, instant: datetime) -> list[Matter]:
        where = {"changed_at": {"$gte": micros(instant)}}
        return await all_records(self.reader, MATTERS, where, by=("changed_at", "_id"))
