"""What the processes of one service (多进程) share beside records: leases, counts, values, sightings, whispers.

None of it is ever the only copy of anything: what is lost here costs a moment, a second look, or one try more. All
processes must have clocks that agree within some seconds, as claims of work need it too.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct


class Count(Struct, frozen=True):
    """How often something happened within the window that ends at ``until``."""

    count: int
    until: datetime


class Kept(Struct, frozen=True):
    """A value that processes share for a while; ``token`` is another with each change, and never 0."""

    value: bytes
    token: int


def new_token() -> int:
    """Return the token of a value: by chance, since one that was forgotten must not come again."""
    return secrets.randbits(62) or 1


class Cluster(Protocol):
    """What processes share."""

    async def take_lease(
        self, name: str, holder: str, now: datetime, until: datetime, latest: datetime
    ) -> datetime | None:
        """Have the lease (租约) until then, or longer when the holder has it already; None says that he has it.

        Else it is the instant from which somebody can have it. Of two who try at once one has it. A lease that says it
        is free only after ``latest`` was written by a clock that went wrong, and holds nobody up.
        """
        ...

    async def end_lease(self, name: str, holder: str, free_at: datetime) -> None:
        """Give the lease up, if the holder has it; nobody gets it before ``free_at``."""
        ...

    async def keep_first(self, name: str, value: str) -> str:
        """Keep the value under the name for good unless one is there already; return the one that is kept."""
        ...

    async def count_one(self, key: str, now: datetime, window: timedelta) -> Count:
        """Count one more (计次) and return how many there were, this one included, since the first of its window.

        One step that cannot be divided: of two at once each gets a number of its own. A window of a clock that was set
        back since is over.
        """
        ...

    async def kept(self, key: str, now: datetime) -> Kept | None:
        """Return the value under the key (限时共享值), None when there is none or its time is over."""
        ...

    async def keep(self, key: str, value: bytes, now: datetime, until: datetime, token: int = 0) -> bool:
        """Keep the value until then in the place of the one with this token, 0 for when there is none.

        Say whether it was so: of two who change the same value at once one is told that he must read it again.
        """
        ...

    async def note_seen(self, ids: Collection[str], at: datetime) -> None:
        """Note that these were heard of."""
        ...

    async def seen(self, ids: Collection[str]) -> dict[str, datetime]:
        """Return when those of these that were noted were heard of last."""
        ...

    async def whisper(self, topic: str, word: str) -> None:
        """Tell the other processes a word that nobody misses when it is lost; they hear it within a second or two."""
        ...

    def overhear(self, told: Callable[[str, str], None]) -> None:
        """Call ``told`` with topic and word of what other processes whisper, until the end."""
        ...

    async def forget_shared(self, now: datetime) -> None:
        """Forget the counts and values that are over, and sightings and whispers of yesterday."""
        ...
