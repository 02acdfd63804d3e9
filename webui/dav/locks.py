"""Locks (RFC 4918, 6 and 7): who announced to write, so that two programs do not overwrite each other.

They are held in memory, a few minutes long, and bounded: a service that starts anew has none, and a program whose lock
is gone is told so by its next write (412).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from msgspec import Struct
from msgspec.structs import replace

from minxin.core.errors import MinxinError
from minxin.webui.dav.paths import Path

LONGEST: Final = timedelta(minutes=10)
MOST: Final = 100  # of one disk
OWNER_MAX: Final = 2000


class LockedError(MinxinError):
    """Somebody announced to write here, and this request does not come from him (RFC 4918, 11.3)."""

    key = "error.conflict"
    temporary = True
    http_status = 423


class Lock(Struct, frozen=True):
    """One lock: its token, the path that it is on, and whether it holds for everything below.

    ``shown`` is the path as it is written in answers, ``owner`` the XML that the client calls itself by, ``seconds``
    for how long it was given.
    """

    token: str
    path: Path
    shown: Path
    deep: bool
    exclusive: bool
    owner: bytes
    seconds: int
    ends_at: datetime

    def covers(self, path: Path) -> bool:
        """Say whether the lock holds for the path."""
        if self.path == path:
            return True
        above = path[: len(self.path)] == self.path
        # A lock on a folder alone still holds for which names are in it (RFC 4918, 7.4).
        return above and self.deep

    def lies_under(self, path: Path) -> bool:
        """Say whether the lock is on the path or on something below it."""
        return self.path[: len(path)] == path


class Locks:
    """The locks of all disks."""

    def __init__(self) -> None:
        self._of: dict[str, dict[str, Lock]] = defaultdict(dict)

    def living(self, owner_id: str, now: datetime) -> list[Lock]:
        """Return the disk's locks, and forget those that have ended."""
        known = self._of.get(owner_id)
        if known is None:
            return []
        for token in [token for token, lock in known.items() if lock.ends_at <= now]:
            del known[token]
        if not known:
            del self._of[owner_id]
        return list(known.values())

    def take(self, owner_id: str, wanted: Lock, now: datetime) -> Lock:
        """Lock, and return the lock with its token; raises :class:`LockedError` when another lock forbids it."""
        living = self.living(owner_id, now)
        in_the_way = [lock for lock in living if lock.covers(wanted.path)]
        if wanted.deep:
            in_the_way += [lock for lock in living if lock.lies_under(wanted.path)]
        if len(living) >= MOST or any(wanted.exclusive or lock.exclusive for lock in in_the_way):
            raise LockedError
        lock = replace(wanted, token=f"urn:uuid:{uuid4()}")
        self._of[owner_id][lock.token] = lock
        return lock

    def refresh(self, owner_id: str, token: str, seconds: int, ends_at: datetime) -> Lock:
        """Let the lock end later, and return it."""
        lock = replace(self._of[owner_id][token], seconds=seconds, ends_at=ends_at)
        self._of[owner_id][token] = lock
        return lock

    def release(self, owner_id: str, tokens: Iterable[str]) -> None:
        """End these locks."""
        for token in tokens:
            self._of[owner_id].pop(token, None)

    def check(
        self, owner_id: str, paths: Collection[Path], tokens: Collection[str], now: datetime, *, below: bool = False
    ) -> None:
        """Raise :class:`LockedError` unless every lock that holds for the paths was named by its token.

        ``below`` asks for the locks inside of the paths too, as what ends or moves a folder must. Of shared locks on
        the same path one token is enough.
        """
        living = self.living(owner_id, now)
        for path in paths:
            holding = [lock for lock in living if lock.covers(path) or (below and lock.lies_under(path))]
            for place in {lock.path for lock in holding}:
                if not any(lock.token in tokens for lock in holding if lock.path == place):
                    raise LockedError
