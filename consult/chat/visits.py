"""Visits (在线): when a visitor's browser was last heard of.

Kept in memory, since it is worth nothing a minute later. After a restart everybody is as if seen at that moment: who is
still there has time to come back, who is not is gone as soon as after any other silence.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from msgspec.structs import replace

from minxin.consult.chat.records import Presence
from minxin.core.clock import Clock


class Visits:
    """Who was heard of when."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began_at = clock.now()
        self._seen: dict[str, datetime] = {}

    def seen(self, conversation_id: str) -> None:
        """Note that the visitor of the conversation is there."""
        self._seen[conversation_id] = self._clock.now()

    def seen_at(self, conversation_id: str) -> datetime:
        """Return when the visitor of the conversation was last heard of."""
        return self._seen.get(conversation_id, self._began_at)

    def staff(self, presence: Presence) -> Presence:
        """Return the presence with the grace of a restart."""
        return presence if presence.seen_at >= self._began_at else replace(presence, seen_at=self._began_at)

    def forget_all_but(self, conversation_ids: Collection[str]) -> None:
        """Forget the visitors of all other conversations."""
        self._seen = {one: at for one, at in self._seen.items() if one in conversation_ids}
