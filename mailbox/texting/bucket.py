"""How fast messages leave (短信限速): a bucket of tokens that all lanes share, the more urgent lane first."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from itertools import count
from time import monotonic


class Bucket:
    """Lets ``rate`` messages a second through, at most one second's worth at once; rate 0 is no limit.

    Whoever waits with a lower ``rank`` goes first, also before those that have waited longer.
    """

    def __init__(self, rate: float, now: Callable[[], float] = monotonic) -> None:
        self._rate = rate
        self._most = max(1.0, rate)
        self._tokens = self._most
        self._now = now
        self._at = now()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._turn = count()
        self._timer: asyncio.TimerHandle | None = None

    async def take(self, rank: int = 0) -> None:
        """Return when a message may leave."""
        if not self._rate:
            return
        self._fill()
        if not self._waiting and self._tokens >= 1:
            self._tokens -= 1
            return
        passed = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (rank, next(self._turn), passed))
        self._serve()
        try:
            await passed
        except asyncio.CancelledError:
            if passed.done() and not passed.cancelled():
                self._tokens += 1
            raise

    def _fill(self) -> None:
        now = self._now()
        self._tokens = min(self._most, self._tokens + (now - self._at) * self._rate)
        self._at = now

    def _serve(self) -> None:
        self._fill()
        while self._waiting and self._tokens >= 1:
            _, _, passed = heapq.heappop(self._waiting)
            if not passed.done():
                self._tokens -= 1
                passed.set_result(None)
        if self._waiting and (self._timer is None or self._timer.cancelled()):
            wait = (1 - self._tokens) / self._rate
            self._timer = asyncio.get_running_loop().call_later(wait, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._serve()
