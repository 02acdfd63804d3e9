"""The network disk (网络硬盘): everything that the doors may ask of it.

disk = open_disk(kit, store, pool, offices)
item = await disk.files.put(actor, "", "照片.jpg", data, origin="10.1.2.3")
upload = await disk.uploads.begin(actor, "", "图纸.pdf", 8_000_000, origin="10.1.2.3")
new = await disk.shares.create(actor, item.id, form, origin="10.1.2.3")
"""

from __future__ import annotations

from dataclasses import dataclass

from minxin.mailbox.disk.files import DiskFiles
from minxin.mailbox.disk.kit import DiskKit
from minxin.mailbox.disk.locks import Locks
from minxin.mailbox.disk.ports import DiskStore
from minxin.mailbox.disk.previews import Previews
from minxin.mailbox.disk.rules import DiskRules
from minxin.mailbox.disk.shares import DiskShares, Offices
from minxin.mailbox.disk.uploads import DiskUploads
from minxin.mailbox.kit import Kit
from minxin.mailbox.safe_pool import SafePool


@dataclass(frozen=True)
class NetworkDisk:
    """The services by what they are about."""

    rules: DiskRules
    files: DiskFiles
    uploads: DiskUploads
    shares: DiskShares
    previews: Previews
    locks: Locks


def open_disk(
    kit: Kit, store: DiskStore, pool: SafePool, offices: Offices, rules: DiskRules | None = None
) -> NetworkDisk:
    """Return the services of disks over this store."""
    rules = rules or DiskRules()
    own = DiskKit(kit, store, rules)
    return NetworkDisk(rules, DiskFiles(own), DiskUploads(own), DiskShares(own, offices), Previews(pool), Locks(store))
