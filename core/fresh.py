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

    async def get(self, key: Hashable, ask: Callable[[], Awaitable[T]], meanwhile: Hashable | None = None) -> T:
        """Return the answer for the key, asking for it when there is none young enough.

        While it is being found nobody waits for it who can have the one kept under ``meanwhile``, no older than twice
        the life of an answer.
        """
        now = time.monotonic()
        since, answer = self._answers.get(key, (0.0, None))
        if answer is None or now - since >= self._life_s or _failed(answer):
            answer = asyncio.ensure_future(ask())
            answer.add_done_callback(_failed)
            while len(self._answers) >= self._kept:
                del self._answers[next(iter(self._answers))]
            self._answers[key] = (now, answer)
        if not answer.done() and meanwhile is not None:
            since, before = self._answers.get(meanwhile, (0.0, answer))
            if before.done() and now - since < 2 * self._life_s and not _failed(before):
                return before.result()
        return await asyncio.shield(answer)


def _failed(answer: asyncio.Future[T]) -> bool:
    """Say whether nothing came of it; looking also tells asyncio that somebody did, if all who waited have left."""
    return answer.done() and (answer.cancelled() or answer.exception() is not None)
