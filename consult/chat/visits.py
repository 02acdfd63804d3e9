"""Visits (在线): when a visitor's browser was last heard of.

Noted in memory at once and in the store every few seconds, in one write for all: whoever tends conversations may be
another process than the one that the browser is attached to. It is worth nothing some minutes later. After a restart
everybody is as if seen at that moment: who is still there has time to come back, who is not is gone as soon as after
any other silence.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from minxin.consult.chat.records import Presence
from minxin.core.clock import Clock
from minxin.core.cluster import Cluster
from minxin.core.errors import MinxinError

log = logging.getLogger(__name__)

NOTE_S: Final = 5.0  # much less than a visitor may be silent (``rules.py``)


class Visits:
    """Who was heard of when."""

    def __init__(self, store: Cluster, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._began_at = clock.now()
        self._seen: dict[str, datetime] = {}
        self._unnoted: set[str] = set()

    async def run(self) -> None:
        """Note in the store who is there, until cancelled; what fails is noted with the next."""
        while True:
            await asyncio.sleep(NOTE_S)
            try:
                await self.note()
            except MinxinError:
                log.warning("who is there can't be noted", extra={"event": "visits_unnoted"})

    async def note(self) -> None:
        """Note in the store who was heard of since the last time."""
        ids, self._unnoted = self._unnoted, set()
        if ids:
            await self._store.note_seen(ids, max(self._seen[one] for one in ids))

    async def ask(self, conversation_ids: Collection[str]) -> None:
        """Learn what other processes heard of these visitors, and forget all others."""
        found = await self._store.seen(conversation_ids) if conversation_ids else {}
        kept = {one: at for one, at in self._seen.items() if one in conversation_ids or one in self._unnoted}
        self._seen = kept | {one: max(at, kept.get(one, at)) for one, at in found.items()}

    def begin(self) -> None:
        """Have everybody be as if seen now: this process tends conversations from now on."""
        self._began_at = self._clock.now()

    def seen(self, conversation_id: str) -> None:
        """Note that the visitor of the conversation is there."""
        self._seen[conversation_id] = self._clock.now()
        self._unnoted.add(conversation_id)

    def seen_at(self, conversation_id: str) -> datetime:
        """Return when the visitor of the conversation was last heard of."""
        return self._seen.get(conversation_id, self._began_at)

    def staff(self, presence: Presence) -> Presence:
        """Return the presence with the grace of a restart."""
        return presence if presence.seen_at >= self._began_at else replace(presence, seen_at=self._began_at)
