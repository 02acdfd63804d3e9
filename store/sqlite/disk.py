"""What lies on network disks (``mailbox.disk.ports.DiskReads``)."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Final

from minxin.mailbox.disk.moves import usage_key
from minxin.mailbox.disk.records import DiskItem, DiskShare, DiskUpload
from minxin.mailbox.mail.ports import Drift
from minxin.store.sqlite.codec import micros
from minxin.store.sqlite.paging import all_records
from minxin.store.sqlite.readers import Reader
from minxin.store.sqlite.tables import DISK_ITEMS, DISK_SHARES, DISK_UPLOADS
from minxin.store.sqlite.transaction import Transaction
from minxin.store.sqlite.writer import Writer

_BINS: Final = "SELECT DISTINCT owner_id FROM disk_items WHERE binned_at <= ? LIMIT ?"


_NEXT: Final = "SELECT id FROM disks WHERE id > ? ORDER BY id LIMIT ?"
_REAL: Final = """SELECT (SELECT coalesce(sum(held_bytes), 0) FROM disk_items WHERE owner_id = :owner)
    + (SELECT coalesce(sum(size_bytes), 0) FROM disk_uploads WHERE owner_id = :owner)"""


class SqliteDisk:
    """Answers the named queries about disks."""

    reader: Reader
    writer: Writer

    async def disk_items(self, owner_id: str) -> list[DiskItem]:
        return await self.reader.read(lambda db: all_records(db, DISK_ITEMS, "owner_id = ?", owner_id))

    async def disk_uploads(self, owner_id: str) -> list[DiskUpload]:
        where = "owner_id = ? ORDER BY created_at, id"
        return await self.reader.read(lambda db: all_records(db, DISK_UPLOADS, where, owner_id))

    async def disk_shares(self, owner_id: str) -> list[DiskShare]:
        where = "owner_id = ? ORDER BY created_at DESC, id"
        return await self.reader.read(lambda db: all_records(db, DISK_SHARES, where, owner_id))

    async def expired_disk_uploads(self, now: datetime, limit: int) -> list[DiskUpload]:
        where = "expires_at <= ? ORDER BY expires_at LIMIT ?"
        return await self.reader.read(lambda db: all_records(db, DISK_UPLOADS, where, micros(now), limit))

    async def disks_with_bins(self, binned_before: datetime, limit: int) -> list[str]:
        def owners(db: sqlite3.Connection) -> list[str]:
            return [owner_id for (owner_id,) in db.execute(_BINS, (micros(binned_before), limit))]

        return await self.reader.read(owners)

    async def recount_disks(self, after: str, limit: int) -> tuple[list[Drift], str | None]:
        return await self.writer.write(lambda transaction: _recount(transaction, after, limit))


def _recount(transaction: Transaction, after: str, limit: int) -> tuple[list[Drift], str | None]:
    read = transaction.connection.execute
    owners = [row[0] for row in read(_NEXT, (after, limit))]
    drifts = []
    for owner_id in owners:
        key = usage_key(owner_id)
        (real,) = read(_REAL, {"owner": owner_id}).fetchone()
        counted = transaction.counters.used(key)
        if counted != real:
            drifts.append(Drift(key, counted, real))
            transaction.counters.usages[key] = real
    return drifts, owners[-1] if len(owners) == limit else None
