"""Two ways to make unwanted mail dear (拖延与灰名单), both off unless the settings say so."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Final

from minxin.core.clock import Clock
from minxin.core.cluster import Cluster
from minxin.mailbox.throttle import network_of

GREY: Final = timedelta(minutes=5)
COMES_AGAIN: Final = timedelta(days=1)  # who is told to come again does so within hours (RFC 5321, 4.5.4.1)
KNOWN: Final = timedelta(days=35)
MOST_DELAY_S: Final = 30.0


class Greylist:
    """Lets mail in at the second try, some minutes after the first: who sends junk seldom comes twice.

    A network that once came again is known for a while, and is not asked to wait any more. All processes share what
    they know, by digests: the store holds no address of a sender who was told to wait.
    """

    def __init__(self, store: Cluster, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def lets_in(self, client: str, sender: str, recipient: str) -> bool:
        """Say whether this mail is let in now. Raises ``UnavailableError``."""
        now, network = self._clock.now(), network_of(client)
        known = _key(network)
        if await self._store.kept(known, now) is not None:
            return True
        way = _key(network, sender.lower(), recipient.lower())
        first = await self._store.kept(way, now)
        if first is None:
            await self._store.keep(way, str(now.timestamp()).encode(), now, now + COMES_AGAIN)
            return False
        if now - datetime.fromtimestamp(float(first.value), UTC) < GREY:
            return False
        await self._store.keep(known, b"", now, now + KNOWN)
        return True


def delay_s(errors: int, unit_s: float) -> float:
    """Return how long the next refusal is held back: ``unit_s`` for each error of the session, with an end to it."""
    return min(errors * unit_s, MOST_DELAY_S)


def _key(*parts: str) -> str:
    digest = hashlib.blake2b("\0".join(parts).encode(), digest_size=16)
    return f"grey/{digest.hexdigest()}"
