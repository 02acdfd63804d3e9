"""The end of bytes that no record names any more (``core.store.BlobSweep``).

A sweep takes its turn in the writer's transaction, where all names are (``names.py``): who names the bytes before it
keeps them, who brings them again after it puts them back.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from typing import Final

from minxin.store.sqlite.codec import micros
from minxin.store.sqlite.writer import Writer

AT_ONCE_BYTES: Final = 32 * 1024 * 1024  # freed bytes are overwritten (``secure_delete``) while other writers wait

_SEEN: Final = """UPDATE loose_blobs SET since = ?
    WHERE blob_id IN (SELECT blob_id FROM loose_blobs WHERE since IS NULL LIMIT ?)"""
_DUE: Final = """SELECT blob_id, EXISTS (SELECT 1 FROM blob_names WHERE blob_names.blob_id = loose_blobs.blob_id),
    (SELECT length(data) FROM blobs WHERE id = blob_id) FROM loose_blobs WHERE since <= ? ORDER BY since LIMIT ?"""


class SqliteBlobs:
    """Deletes bytes that no record names."""

    writer: Writer

    async def sweep_blobs(self, now: datetime, kept: timedelta, limit: int) -> int:
        return await self.writer.write(lambda transaction: _sweep(transaction.connection, now, kept, limit))


def _sweep(connection: sqlite3.Connection, now: datetime, kept: timedelta, limit: int) -> int:
    """Note what is newly loose, and delete what was for long enough; return how many were looked at."""
    seen = connection.execute(_SEEN, (micros(now), limit)).rowcount
    looked_at, freed = [], 0
    for blob_id, named, size_bytes in connection.execute(_DUE, (micros(now - kept), limit)).fetchall():
        if freed and freed + (size_bytes or 0) > AT_ONCE_BYTES:
            break
        looked_at.append((blob_id,))
        if not named:
            freed += size_bytes or 0
            connection.execute("DELETE FROM blobs WHERE id = ?", (blob_id,))
    connection.executemany("DELETE FROM loose_blobs WHERE blob_id = ?", looked_at)
    return seen + len(looked_at)
