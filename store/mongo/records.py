"""Commits changes and reads records, blobs and events by id (``core.store.Store``)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeVar, cast

import msgspec

from minxin.consult.counting import count_letters
from minxin.core.audit import SealedEvent
from minxin.core.changes import Changes, Committed, Event, Record, Told
from minxin.store.mongo.news import News
from minxin.store.mongo.paging import all_records, one_record
from minxin.store.mongo.pieces import read_blob
from minxin.store.mongo.plan import plan_of
from minxin.store.mongo.reading import Reader
from minxin.store.mongo.tables import EVENTS
from minxin.store.mongo.writer import Writer
from minxin.store.sqlite.codec import decode
from minxin.store.sqlite.tables import table_of

R = TypeVar("R", bound=Record)
_EVENT = msgspec.json.Decoder(Event)


class MongoRecords:
    """Writes changes and reads records by id."""

    reader: Reader
    writer: Writer
    news: News

    async def commit(self, changes: Changes) -> Committed:
        # Only a plan that ends an entry of a queue can come to nothing.
        committed = cast("Committed", await self.writer.commit(plan_of(changes)))
        count_letters(changes.inserts)
        return committed

    async def get(self, kind: type[R], record_id: str) -> R | None:
        return await one_record(self.reader, table_of(kind), {"_id": record_id})

    async def get_all(self, kind: type[R], record_ids: Collection[str]) -> dict[str, R]:
        if not record_ids:
            return {}
        found = await all_records(self.reader, table_of(kind), {"_id": {"$in": list(record_ids)}})
        return {record.id: record for record in found}

    def generation(self, *kinds: type[Record], office_id: str | None = None) -> int:
        return self.writer.missed + sum(self.writer.generations[kind, office_id] for kind in kinds)

    async def catch_up(self) -> None:
        await self.news.catch_up()

    def listen(self) -> None:
        self.news.listen()

    def watch(self, kind: type[Told], told: Callable[[str], None]) -> None:
        self.writer.watch(kind, told)

    async def blob(self, blob_id: str) -> bytes | None:
        return await read_blob(self.reader, blob_id)

    async def events(self, stream: str) -> list[SealedEvent]:
        return await events_of(self.reader, stream)


async def events_of(reader: Reader, stream: str) -> list[SealedEvent]:
    """Return the stream's events in order; raises ``DamagedError``."""
    found = await reader.find(EVENTS, {"stream": stream}, by=("seq",))
    return [SealedEvent(one["seq"], one["prev"], one["hash"], decode(_EVENT.decode, one["body"])) for one in found]
