"""The limits of network disks: what a city may set, with the defaults it starts from."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from msgspec import Struct

from minxin.mailbox.mail.records import Box, BoxKind
from minxin.mailbox.rules import Limit

KIB: Final = 1024
MIB: Final = 1024 * KIB
# From here on the owner is told that his disk runs full, in percent.
WARN_PERCENT: Final = 80
ALARM_PERCENT: Final = 95


class DiskRules(Struct, frozen=True, kw_only=True):
    """Settings of disks; sizes in bytes.

    ``file_bytes`` bounds one file, which is put together in memory, ``day_bytes`` what one account brings within 24
    hours: what it deletes again stays in the store for a day. ``items`` bounds files and folders, which cost the house
    something even when they are empty, ``properties`` and ``properties_bytes`` what programs may note of each.
    ``piece_bytes`` is the most that one request brings of a file, ``least_piece_bytes`` the least that is kept before
    the end of the file.
    """

    citizen_bytes: int = 10 * MIB
    staff_bytes: int = 10 * MIB
    file_bytes: int = 64 * MIB
    day_bytes: int = 200 * MIB
    items: int = 2_000
    depth: int = 16
    versions: int = 20
    properties: int = 50
    properties_bytes: int = 16 * KIB
    bin_life: timedelta = timedelta(days=30)

    uploads: int = 20
    piece_bytes: int = 1 * MIB
    least_piece_bytes: int = 64 * KIB
    upload_life: timedelta = timedelta(hours=24)

    shares: int = 100
    share_days: tuple[int, ...] = (1, 7, 30)
    share_password_length: int = 6
    # The link is not to be guessed; who has it may guess the password this often, from one network and in all.
    wrong_per_network: Limit = Limit(10, timedelta(minutes=15))
    wrong_per_share: Limit = Limit(100, timedelta(hours=1))

    def most(self, box: Box) -> int:
        """Return how many bytes the disk of the box's owner may hold: what the administrator said, or its kind's."""
        if box.disk_quota is not None:
            return box.disk_quota
        return self.citizen_bytes if box.kind is BoxKind.CITIZEN else self.staff_bytes
