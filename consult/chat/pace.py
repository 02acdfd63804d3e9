"""How often one visitor may speak (发言频率), whichever process hears him: it only ever slows down."""

from __future__ import annotations

from datetime import datetime, timedelta

from minxin.core.cluster import Cluster
from minxin.core.errors import TooManyTriesError


class Pace:
    """Lets each key do something ``most`` times within the ``window`` that its first time begins."""

    def __init__(self, store: Cluster, name: str, most: int, window: timedelta) -> None:
        self._store = store
        self._name = name
        self._most = most
        self._window = window

    async def count(self, key: str, now: datetime) -> None:
        """Count one more; raises ``TooManyTriesError`` with ``retry_after_s`` when it is too often."""
        found = await self._store.count_one(f"{self._name}/{key}", now, self._window)
        if found.count > self._most:
            wait = max(1, round((found.until - now).total_seconds()))
            raise TooManyTriesError("chat.too_fast", retry_after_s=wait)
