"""Counts again what is used, in the turn of the writer, and puts right what differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from minxin.mailbox.mail.ports import Drift
from minxin.store.mongo.applying import set_fields
from minxin.store.mongo.counters import last_of
from minxin.store.mongo.tables import USAGES
from minxin.store.mongo.transaction import Transaction

Counted = tuple[str, str, str]  # a collection, its field that names the owner, its field with the bytes


async def recount(
    transaction: Transaction,
    owners: str,
    counted: Sequence[Counted],
    key_of: Callable[[str], str],
    after: str,
    limit: int,
) -> tuple[list[Drift], str | None]:
    """Hold the counters of the next ``limit`` owners against what they really hold.

    Returns the differences, and the last owner when there may be more of them.
    """
    reader = transaction.reader
    found = await reader.find(owners, {"_id": {"$gt": after}}, by=("_id",), most=limit, fields=("_id",))
    ids = [one["_id"] for one in found]
    real: Counter[str] = Counter()
    for name, owner, size in counted:
        summed = {"_id": f"${owner}", "bytes": {"$sum": f"${size}"}}
        for one in await reader.aggregate(name, [{"$match": {owner: {"$in": ids}}}, {"$group": summed}]):
            real[one["_id"]] += one["bytes"]
    used = await last_of(reader, USAGES, [key_of(one) for one in ids])
    drifts = [Drift(key_of(one), used.get(key_of(one), 0), real[one]) for one in ids]
    drifts = [drift for drift in drifts if drift.counted != drift.real]
    transaction.do(USAGES, *(set_fields(drift.key, {"last": drift.real}) for drift in drifts))
    return drifts, ids[-1] if len(ids) == limit else None
