"""What lies on network disks (``mailbox.disk.ports.DiskReads``)."""

from __future__ import annotations

from datetime import datetime

from minxin.mailbox.disk.moves import usage_key
from minxin.mailbox.disk.records import DiskItem, DiskShare, DiskUpload
from minxin.mailbox.mail.ports import Drift
from minxin.store.mongo.paging import all_records, up_to
from minxin.store.mongo.reading import Reader
from minxin.store.mongo.recounting import recount
from minxin.store.mongo.transaction import Transaction
from minxin.store.mongo.writer import Writer
from minxin.store.sqlite.codec import micros
from minxin.store.sqlite.tables import DISK_ITEMS, DISK_SHARES, DISK_UPLOADS, DISKS


class MongoDisk:
    """Answers the named queries about disks."""

    reader: Reader
    writer: Writer

    async def disk_items(self, owner_id: str) -> list[DiskItem]:
        return await all_records(self.reader, DISK_ITEMS, {"owner_id": owner_id})

    async def disk_uploads(self, owner_id: str) -> list[DiskUpload]:
        return await all_records(self.reader, DISK_UPLOADS, {"owner_id": owner_id}, by=("created_at", "_id"))

    async def disk_shares(self, owner_id: str) -> list[DiskShare]:
        return await all_records(self.reader, DISK_SHARES, {"owner_id": owner_id}, by=("-created_at", "_id"))

    async def expired_disk_uploads(self, now: datetime, limit: int) -> list[DiskUpload]:
        where = {"expires_at": up_to(micros(now))}
        return await all_records(self.reader, DISK_UPLOADS, where, by=("expires_at",), most=limit)

    async def disks_with_bins(self, binned_before: datetime, limit: int) -> list[str]:
        found = await self.reader.aggregate(
            DISK_ITEMS.name,
            [
                {"$match": {"binned_at": up_to(micros(binned_before))}},
                {"$group": {"_id": "$owner_id"}},
                {"$limit": limit},
            ],
        )
        return [one["_id"] for one in found]

    async def recount_disks(self, after: str, limit: int) -> tuple[list[Drift], str | None]:
        return await self.writer.write(lambda transaction: _recount(transaction, after, limit))


async def _recount(transaction: Transaction, after: str, limit: int) -> tuple[list[Drift], str | None]:
    counted = ((DISK_ITEMS.name, "owner_id", "held_bytes"), (DISK_UPLOADS.name, "owner_id", "size_bytes"))
    return await recount(transaction, DISKS.name, counted, usage_key, after, limit)
