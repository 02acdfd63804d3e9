"""What the network disk needs from others."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from minxin.mailbox.disk.records import DiskItem, DiskShare, DiskUpload
from minxin.mailbox.mail.ports import Drift
from minxin.mailbox.ports import MailStore


class DiskReads(Protocol):
    """Finds what lies on disks."""

    async def disk_items(self, owner_id: str) -> list[DiskItem]:
        """Return everything on the disk, what is in the bin included, all as of one moment."""
        ...

    async def disk_uploads(self, owner_id: str) -> list[DiskUpload]:
        """Return the disk's uploads under way, expired ones among them, oldest first."""
        ...

    async def disk_shares(self, owner_id: str) -> list[DiskShare]:
        """Return the owner's shares, newest first, ended ones among them."""
        ...

    async def expired_disk_uploads(self, now: datetime, limit: int) -> list[DiskUpload]: ...

    async def disks_with_bins(self, binned_before: datetime, limit: int) -> list[str]:
        """Return owners of what was thrown away at this instant or before."""
        ...

    async def recount_disks(self, after: str, limit: int) -> tuple[list[Drift], str | None]:
        """Set the counters of the next disks by id to what is really there, each in one transaction with the counting.

        Returns those that were wrong, and where to go on, or None at the end.
        """
        ...


class DiskStore(MailStore, DiskReads, Protocol):
    """The store as the network disk sees it."""
