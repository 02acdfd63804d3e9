"""Tells those who wait (IDLE, RFC 2177) that something happened in their box: one look for all of them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from minxin.core.errors import MinxinError
from minxin.mailbox.mail.records import Expunged, MailItem
from minxin.mailbox.ports import MailStore

# What another process commits rings no bell: it is looked for all the same, but not as often.
OTHERS_S: Final = 5.0


class Watch:
    """Waits for boxes to change. ``run`` is the task that looks, every so many seconds."""

    def __init__(self, store: MailStore, every_s: float) -> None:
        self._store = store
        self._every_s = every_s
        self._waiting: dict[asyncio.Future[None], tuple[str, int]] = {}

    async def changed(self, box_id: str, stamp: int) -> None:
        """Return when something happened in the box after the stamp."""
        future = asyncio.get_running_loop().create_future()
        self._waiting[future] = (box_id, stamp)
        try:
            await future
        finally:
            self._waiting.pop(future, None)

    async def run(self) -> None:
        """Look, until cancelled. What the store can't answer now is asked again."""
        seen, since = -1, OTHERS_S
        fresh: set[asyncio.Future[None]] = set()
        while True:
            await asyncio.sleep(self._every_s)
            since += self._every_s
            generation = self._store.generation(MailItem, Expunged)
            news = set(self._waiting) - fresh  # who began to wait may have missed the last look
            if self._waiting and (generation != seen or since >= OTHERS_S or news):
                with suppress(MinxinError):
                    await self._look()
                    seen, since, fresh = generation, 0.0, set(self._waiting)

    async def _look(self) -> None:
        stamps = await self._store.last_stamps({box_id for box_id, _ in self._waiting.values()})
        for future, (box_id, stamp) in tuple(self._waiting.items()):
            if stamps.get(box_id, 0) > stamp and not future.done():
                future.set_result(None)
