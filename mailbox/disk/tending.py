"""What the house does with disks by itself: the end of old uploads and of the bin, counting again, closing."""

from __future__ import annotations

import logging
from datetime import datetime

from minxin.core.changes import Changes, Record, Usage
from minxin.core.errors import ConflictError
from minxin.mailbox.disk import moves
from minxin.mailbox.disk.moves import Ground, usage_key
from minxin.mailbox.disk.ports import DiskStore
from minxin.mailbox.disk.records import Disk
from minxin.mailbox.disk.rules import DiskRules
from minxin.mailbox.disk.tree import Tree
from minxin.mailbox.disk.uploads import dropped
from minxin.mailbox.mail.ports import Drift

log = logging.getLogger(__name__)


async def sweep_disks(store: DiskStore, rules: DiskRules, now: datetime, limit: int = 200) -> int:
    """End uploads that nobody went on with, and delete what was in the bin for long enough.

    Returns how many uploads and disks were looked at; call again until it is 0. What moves in between is left for the
    next call.
    """
    uploads = await store.expired_disk_uploads(now, limit)
    for upload in uploads:
        await _try(store, dropped(upload))
    owners = await store.disks_with_bins(now - rules.bin_life, limit)
    emptied = [owner for owner in owners if await _try(store, await _expired(store, rules, owner, now))]
    return len(uploads) + len(emptied)


async def recount_disks(store: DiskStore, at_once: int = 200) -> list[Drift]:
    """Set every disk's counter to what is really there, and return those that were wrong (none as a rule)."""
    after: str | None = ""
    wrong: list[Drift] = []
    while after is not None:
        drifts, after = await store.recount_disks(after, at_once)
        wrong += drifts
    if wrong:
        log.warning("counters of disks were wrong", extra={"event": "disk_drift", "disks": len(wrong)})
    return wrong


class DiskTraces:
    """``mailbox.ports.Traces``: a disk goes with its owner's account."""

    def __init__(self, store: DiskStore) -> None:
        self._store = store

    async def end(self, account_id: str, now: datetime) -> Changes:
        """Return what deletes the disk with all that is on it, uploads and shares."""
        store = self._store
        disk = await store.get(Disk, account_id)
        gone: list[Record] = [disk] if disk else []
        gone += await store.disk_items(account_id)
        gone += await store.disk_uploads(account_id)
        gone += await store.disk_shares(account_id)
        used = (await store.used([usage_key(account_id)])).get(usage_key(account_id), 0)
        return Changes(deletes=gone, usages=[Usage(usage_key(account_id), -used)] if used else [])


async def _expired(store: DiskStore, rules: DiskRules, owner_id: str, now: datetime) -> Changes:
    disk = await store.get(Disk, owner_id) or Disk(id=owner_id, changed_at=now)
    ground = Ground(disk, Tree(await store.disk_items(owner_id)), rules, 0, now)
    changes = moves.delete(ground, moves.expired(ground))
    gone = {one.id for one in changes.deletes}
    shares = [one for one in await store.disk_shares(owner_id) if one.item_id in gone]
    return changes + Changes(deletes=list(shares))


async def _try(store: DiskStore, changes: Changes) -> bool:
    try:
        await store.commit(changes)
    except ConflictError:
        return False
    return True
