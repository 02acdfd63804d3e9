"""Doors without log-in that a secret opens, such as the query page: who guesses too often must wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, TypeVar
from weakref import WeakValueDictionary

from minxin.core.clock import Clock
from minxin.core.errors import ConflictError, NotFoundError
from minxin.core.privacy import Vault
from minxin.mailbox import throttle
from minxin.mailbox.ports import MailStore
from minxin.mailbox.records import Throttle
from minxin.mailbox.rules import Limit

T = TypeVar("T")
TRIES: Final = 10
WRONG_PER_NETWORK: Final = Limit(10, timedelta(minutes=15))


class Guesses:
    """Counts wrong guesses for each network and kind of door."""

    def __init__(self, store: MailStore, vault: Vault, clock: Clock, limit: Limit = WRONG_PER_NETWORK) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._limit = limit
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def guess(self, kind: str, origin: str, attempt: Callable[[], Awaitable[T]]) -> T:
        """Return what the attempt returns; a ``NotFoundError`` of it is counted as a wrong guess and raised.

        Raises ``TooManyTriesError`` without an attempt when the network has guessed wrong too often.
        """
        count_id = throttle.throttle_id(self._vault, kind, throttle.network_of(origin))
        # One at a time for each network, or a hundred guesses at once would all find the throttle open.
        async with self._turns.setdefault(count_id, asyncio.Lock()):
            counted = await self._store.get(Throttle, count_id)
            throttle.check(counted, self._limit, self._clock.now())
            try:
                return await attempt()
            except NotFoundError:
                await self._count(count_id)
                raise

    async def _count(self, count_id: str) -> None:
        """Count one more, whatever other processes count at the same moment."""
        for tries_left in reversed(range(TRIES)):
            counted = await self._store.get(Throttle, count_id)
            try:
                await self._store.commit(throttle.add(counted, count_id, self._limit, self._clock.now()))
            except ConflictError:
                if not tries_left:
                    raise
            else:
                return
