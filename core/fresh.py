"""Answers that may be a moment old: computed once for all who ask within that moment."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from datetime import timedelta
from typing import Generic, TypeVar

T = TypeVar("T")
KEPT = 256


class Fresh(Generic[T]):
    """Keeps up to ``kept`` answers for ``life``.

    Whoever asks while one is being found waits for that one. Failures are not kept.
    """

    def __init__(self, life: timedelta, kept: int = KEPT) -> None:
        self._life_s = life.total_seconds()
        self._kept = kept
        self._answers: dict[Hashable, tuple[float, asyncio.Future[T]]] = {}

    async def get(self, key: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
        """Return the answer for the key, asking for it when there is none young enough."""
        now = time.monotonic()
        since, answer = self._answers.get(key, (0.0, None))
        if answer is None or now - since >= self._life_s or (answer.done() and answer.exception() is not None):
            answer = asyncio.ensure_future(ask())
            while len(self._answers) >= self._kept:
                del self._answers[next(iter(self._answers))]
            self._answers[key] = (now, answer)
        return await asyncio.shield(answer)
