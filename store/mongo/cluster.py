"""What processes share (``core.cluster.Cluster``): each step is a write of one document, which needs no turn."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final

from pymongo import ReturnDocument, UpdateOne
from pymongo.errors import DuplicateKeyError, PyMongoError
from pymongo.write_concern import WriteConcern

from minxin.core.cluster import Count, Kept, new_token
from minxin.core.errors import UnavailableError
from minxin.store.mongo.client import Collection as MongoCollection
from minxin.store.mongo.client import Document
from minxin.store.mongo.errors import translated
from minxin.store.mongo.news import News
from minxin.store.mongo.paging import up_to
from minxin.store.mongo.reading import Reader
from minxin.store.mongo.tables import COUNTS, FIRSTS, KEPT, LEASES, SIGHTINGS, WHISPERS
from minxin.store.sqlite.codec import instant, micros

# What is worth nothing a minute later need not be in any journal.
_LIGHT: Final = WriteConcern(w=1)
_TRIES: Final = 20
_KEPT: Final = timedelta(days=1)


class MongoCluster:
    """Leases, counts, values, sightings and whispers."""

    reader: Reader
    news: News

    async def take_lease(
        self, name: str, holder: str, now: datetime, until: datetime, latest: datetime
    ) -> datetime | None:
        free = [{"free_at": {"$lte": micros(now)}}, {"free_at": {"$gt": micros(latest)}}, {"holder": holder}]
        taken = {"$set": {"holder": holder, "free_at": micros(until)}}
        try:
            await self.reader.database[LEASES].update_one({"_id": name, "$or": free}, taken, upsert=True)
        except DuplicateKeyError:
            there = await self.reader.one(LEASES, {"_id": name})
            return instant(there["free_at"]) if there is not None else now
        except PyMongoError as error:
            raise translated(error) from error
        return None

    async def end_lease(self, name: str, holder: str, free_at: datetime) -> None:
        given_up = {"$set": {"holder": "", "free_at": micros(free_at)}}
        await self._write_all(self.reader.database[LEASES], UpdateOne({"_id": name, "holder": holder}, given_up))

    async def keep_first(self, name: str, value: str) -> str:
        kept = {"$setOnInsert": {"value": value}}
        for _ in range(_TRIES):
            try:
                await self.reader.database[FIRSTS].update_one({"_id": name}, kept, upsert=True)
            except DuplicateKeyError:
                continue  # another process kept one in this very moment
            except PyMongoError as error:
                raise translated(error) from error
            first = await self.reader.one(FIRSTS, {"_id": name})
            if first is not None:
                return str(first["value"])
        raise UnavailableError

    async def count_one(self, key: str, now: datetime, window: timedelta) -> Count:
        counted = self._light(COUNTS)
        end = micros(now + window)
        lives: Document = {"_id": key, "until": {"$gt": micros(now), "$lte": end}}
        over: Document = {"_id": key, "$or": [{"until": up_to(micros(now))}, {"until": {"$gt": end}}]}
        for _ in range(_TRIES):
            try:
                found = await counted.find_one_and_update(
                    lives, {"$inc": {"count": 1}}, return_document=ReturnDocument.AFTER
                )
                if found is not None:
                    return Count(found["count"], instant(found["until"]))
                await counted.update_one(over, {"$set": {"count": 1, "until": end}}, upsert=True)
            except DuplicateKeyError:
                continue  # another process began the window in this very moment
            except PyMongoError as error:
                raise translated(error) from error
            return Count(1, now + window)
        raise UnavailableError

    async def kept(self, key: str, now: datetime) -> Kept | None:
        found = await self.reader.one(KEPT, {"_id": key, "until": {"$gt": micros(now)}})
        return None if found is None else Kept(bytes(found["value"]), found["token"])

    async def keep(self, key: str, value: bytes, now: datetime, until: datetime, token: int = 0) -> bool:
        there: Document = {"token": token} if token else {"until": up_to(micros(now))}
        change = {"$set": {"value": value, "token": new_token(), "until": micros(until)}}
        try:
            done = await self.reader.database[KEPT].update_one({"_id": key, **there}, change, upsert=not token)
        except DuplicateKeyError:
            return False  # there is one, and its time is not over
        except PyMongoError as error:
            raise translated(error) from error
        return done.matched_count == 1 or done.upserted_id is not None

    async def note_seen(self, ids: Collection[str], at: datetime) -> None:
        later = {"$max": {"at": micros(at)}}
        await self._write_all(self._light(SIGHTINGS), *(UpdateOne({"_id": one}, later, upsert=True) for one in ids))

    async def seen(self, ids: Collection[str]) -> dict[str, datetime]:
        found = await self.reader.find(SIGHTINGS, {"_id": {"$in": list(ids)}})
        return {one["_id"]: instant(one["at"]) for one in found}

    async def whisper(self, topic: str, word: str) -> None:
        said = {"$set": {"topic": topic, "word": word, "by": self.news.me}, "$currentDate": {"at": True}}
        operation = UpdateOne({"_id": f"{topic}/{word}"}, said, upsert=True)
        await self._write_all(self._light(WHISPERS), operation)

    def overhear(self, told: Callable[[str, str], None]) -> None:
        self.news.overhear(told)

    async def forget_shared(self, now: datetime) -> None:
        try:
            await self._light(COUNTS).delete_many({"until": up_to(micros(now))})
            await self._light(KEPT).delete_many({"until": up_to(micros(now))})
            await self._light(SIGHTINGS).delete_many({"at": up_to(micros(now - _KEPT))})
            await self._light(WHISPERS).delete_many({"at": {"$lte": now - _KEPT}})
        except PyMongoError as error:
            raise translated(error) from error

    def _light(self, name: str) -> MongoCollection:
        return self.reader.database.get_collection(name, write_concern=_LIGHT)

    async def _write_all(self, collection: MongoCollection, *operations: UpdateOne) -> None:
        if not operations:
            return
        try:
            await collection.bulk_write(list(operations), ordered=False)
        except PyMongoError as error:
            raise translated(error) from error
