"""Locks (RFC 4918, 6 and 7): who announced to write, so that two programs do not overwrite each other.

They are a few minutes long, bounded, and shared by all processes: those of one disk are one value, which is only
changed from what it was read as. A program whose lock is gone is told so by its next write (412).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from minxin.core.cluster import Cluster
from minxin.core.errors import MinxinError

LONGEST: Final = timedelta(minutes=10)
MOST: Final = 100  # of one disk
OWNER_MAX: Final = 2000
_TRIES: Final = 20
_Path = tuple[str, ...]


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
    path: _Path
    shown: _Path
    deep: bool
    exclusive: bool
    owner: bytes
    seconds: int
    ends_at: datetime

    def covers(self, path: _Path) -> bool:
        """Say whether the lock holds for the path."""
        if self.path == path:
            return True
        above = path[: len(self.path)] == self.path
        # A lock on a folder alone still holds for which names are in it (RFC 4918, 7.4).
        return above and self.deep

    def lies_under(self, path: _Path) -> bool:
        """Say whether the lock is on the path or on something below it."""
        return self.path[: len(path)] == path


class Locks:
    """The locks of all disks. Each method may raise the store's errors."""

    def __init__(self, store: Cluster) -> None:
        self._store = store

    async def living(self, owner_id: str, now: datetime) -> tuple[Lock, ...]:
        """Return the disk's locks that have not ended."""
        return (await self._read(owner_id, now))[0]

    async def take(self, owner_id: str, wanted: Lock, now: datetime) -> Lock:
        """Lock, and return the lock with its token; raises :class:`LockedError` when another lock forbids it."""
        taken = replace(wanted, token=f"urn:uuid:{uuid4()}")
        await self._change(owner_id, now, lambda living: with_lock(living, taken))
        return taken

    async def refresh(self, owner_id: str, lock: Lock, now: datetime) -> None:
        """Put a lock with another end into the place of the one that has its token."""
        await self._change(
            owner_id, now, lambda living: tuple(lock if one.token == lock.token else one for one in living)
        )

    async def release(self, owner_id: str, tokens: Collection[str], now: datetime) -> None:
        """End these locks."""
        await self._change(owner_id, now, lambda living: tuple(one for one in living if one.token not in tokens))

    async def _read(self, owner_id: str, now: datetime) -> tuple[tuple[Lock, ...], int]:
        kept = await self._store.kept(_key(owner_id), now)
        if kept is None:
            return (), 0
        return tuple(lock for lock in _decode(kept.value) if lock.ends_at > now), kept.token

    async def _change(
        self, owner_id: str, now: datetime, change: Callable[[tuple[Lock, ...]], tuple[Lock, ...]]
    ) -> None:
        for _ in range(_TRIES):
            living, token = await self._read(owner_id, now)
            after = change(living)
            if after == living:
                return
            until = max((lock.ends_at for lock in after), default=now)
            if await self._store.keep(_key(owner_id), _encode(after), now, until, token):
                return
        raise LockedError


def with_lock(living: tuple[Lock, ...], wanted: Lock) -> tuple[Lock, ...]:
    """Return the locks with one more; raises :class:`LockedError` when another forbids it."""
    in_the_way = [lock for lock in living if lock.covers(wanted.path)]
    if wanted.deep:
        in_the_way += [lock for lock in living if lock.lies_under(wanted.path)]
    if len(living) >= MOST or any(wanted.exclusive or lock.exclusive for lock in in_the_way):
        raise LockedError
    return (*living, wanted)


def check_free(
    living: Sequence[Lock], paths: Collection[_Path], tokens: Collection[str], *, below: bool = False
) -> None:
    """Raise :class:`LockedError` unless every lock that holds for the paths was named by its token.

    ``below`` asks for the locks inside of the paths too, as what ends or moves a folder must. Of shared locks on
    the same path one token is enough.
    """
    for path in paths:
        holding = [lock for lock in living if lock.covers(path) or (below and lock.lies_under(path))]
        for place in {lock.path for lock in holding}:
            if not any(lock.token in tokens for lock in holding if lock.path == place):
                raise LockedError


def _key(owner_id: str) -> str:
    return f"locks/{owner_id}"


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(list[Lock]).decode
