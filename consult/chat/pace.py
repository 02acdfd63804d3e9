"""How often one visitor may speak (发言频率): counted in memory, since it only ever slows down."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import Final

from minxin.core.errors import TooManyTriesError

KEPT: Final = 10_000  # visitors; the one heard of least lately is forgotten


class Pace:
    """Lets each key do something ``most`` times within ``window``."""

    def __init__(self, most: int, window: timedelta) -> None:
        self._most = most
        self._window = window
        self._times: dict[str, deque[datetime]] = {}

    def count(self, key: str, now: datetime) -> None:
        """Count one more; raises ``TooManyTriesError`` with ``retry_after_s`` when it is too often."""
        times = self._times.pop(key, deque())
        while times and now - times[0] >= self._window:
            times.popleft()
        self._times[key] = times
        if len(times) >= self._most:
            wait = self._window - (now - times[0])
            raise TooManyTriesError("chat.too_fast", retry_after_s=max(1, round(wait.total_seconds())))
        times.append(now)
        while len(self._times) > KEPT:
            del self._times[next(iter(self._times))]
