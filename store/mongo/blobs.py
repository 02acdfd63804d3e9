"""The end of bytes that no record names any more (``core.store.BlobSweep``).

A sweep takes its turn like every other write: who names the bytes before it keeps them, who brings them again after it
puts them back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from pymongo import DeleteMany, DeleteOne

from minxin.store.mongo.applying import set_fields
from minxin.store.mongo.paging import up_to
from minxin.store.mongo.pieces import all_pieces
from minxin.store.mongo.reading import Reader
from minxin.store.mongo.tables import BLOB_NAMES, BLOBS, LOOSE_BLOBS
from minxin.store.mongo.transaction import Transaction
from minxin.store.mongo.writer import Writer
from minxin.store.sqlite.codec import micros

AT_ONCE_BYTES: Final = 256 * 1024 * 1024  # other writers wait meanwhile


class MongoBlobs:
    """Deletes bytes that no record names."""

    writer: Writer

    async def sweep_blobs(self, now: datetime, kept: timedelta, limit: int) -> int:
        return await self.writer.write(lambda transaction: _sweep(transaction, now, kept, limit))


async def _sweep(transaction: Transaction, now: datetime, kept: timedelta, limit: int) -> int:
    """Note what is newly loose, and delete what was for long enough; return how many were looked at."""
    reader = transaction.reader
    fresh = await reader.find(LOOSE_BLOBS, {"since": None}, most=limit, fields=("_id",))
    transaction.do(LOOSE_BLOBS, *(set_fields(one["_id"], {"since": micros(now)}) for one in fresh))
    due = await reader.find(LOOSE_BLOBS, {"since": up_to(micros(now - kept))}, by=("since",), most=limit)
    looked_at = freed = 0
    sizes = await _unnamed(reader, [one["_id"] for one in due])
    for one in due:
        size = sizes.get(one["_id"], 0)
        if freed and freed + size > AT_ONCE_BYTES:
            break
        looked_at += 1
        freed += size
        if one["_id"] in sizes:
            transaction.do(BLOBS, DeleteMany(all_pieces(one["_id"])))
        transaction.do(LOOSE_BLOBS, DeleteOne({"_id": one["_id"]}))
    return len(fresh) + looked_at


async def _unnamed(reader: Reader, blob_ids: Sequence[str]) -> dict[str, int]:
    """Return those of the blobs that are there and that no record names, with their sizes in bytes."""
    named = await reader.find(BLOB_NAMES, {"blob_id": {"$in": list(blob_ids)}}, fields=("blob_id",))
    loose = set(blob_ids) - {one["blob_id"] for one in named}
    found = await reader.find(BLOBS, {"_id": {"$in": sorted(loose)}}, fields=("size",))
    return {one["_id"]: one["size"] for one in found}
