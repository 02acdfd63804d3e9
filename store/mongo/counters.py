"""Reads what is used (``core.store.Store``)."""

from __future__ import annotations

from collections.abc import Collection

from minxin.store.mongo.reading import Reader
from minxin.store.mongo.tables import SEQUENCES, USAGES


class MongoCounters:
    """Reads what is used."""

    reader: Reader

    async def used(self, keys: Collection[str]) -> dict[str, int]:
        return dict.fromkeys(keys, 0) | await last_of(self.reader, USAGES, keys)


async def last_of(reader: Reader, name: str, keys: Collection[str]) -> dict[str, int]:
    """Return where those of the counters stand that ever counted."""
    found = await reader.find(name, {"_id": {"$in": list(keys)}}, fields=("last",))
    return {one["_id"]: one["last"] for one in found}


async def last_number(reader: Reader, sequence: str) -> int:
    """Return the last number that the sequence gave."""
    return (await last_of(reader, SEQUENCES, [sequence])).get(sequence, 0)
