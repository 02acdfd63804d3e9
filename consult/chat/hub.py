"""The hub (通知): wakes whoever listens to a conversation when a commit touched it, or somebody types in it.

It carries no words: who was woken reads the store. What is lost with this process is nothing but the waking. What
other processes commit wakes too, since the store tells of it; that somebody types is whispered to them.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from minxin.consult.chat.records import Author, Conversation, Presence
from minxin.consult.ports import LetterStore

DESK: Final = "desk"  # whoever looks at the staff's lists: any conversation or presence


class Ear:
    """One listener: what it heard since it last asked."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._typing: set[Author] = set()

    async def wait(self, timeout_s: float) -> bool:
        """Return whether it was woken before the time was over."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._rung.wait()
        except TimeoutError:
            return False
        self._rung.clear()
        return True

    def typing(self) -> set[Author]:
        """Return who was typing since this was asked last."""
        found, self._typing = self._typing, set()
        return found

    def hear(self, typing: Author | None = None) -> None:
        """Wake the listener."""
        if typing is not None:
            self._typing.add(typing)
        self._rung.set()


class Hub:
    """All ears of this process."""

    def __init__(self, store: LetterStore) -> None:
        self.closed = False
        self._store = store
        self._ears: defaultdict[str, set[Ear]] = defaultdict(set)
        store.watch(Conversation, self._touched)
        store.watch(Presence, lambda _: self._wake(DESK))
        store.overhear(self._overheard)

    @contextmanager
    def listen(self, *topics: str) -> Iterator[Ear]:
        """Listen to conversations by id, or to :data:`DESK`, until the end of the block.

        What was committed before is not told: begin to listen, then read.
        """
        ear = Ear()
        for topic in topics:
            self._ears[topic].add(ear)
        try:
            yield ear
        finally:
            for topic in topics:
                self._ears[topic].discard(ear)
                if not self._ears[topic]:
                    del self._ears[topic]

    async def type(self, conversation_id: str, author: Author) -> None:
        """Tell the conversation's listeners, here and elsewhere, that its visitor, or the staff member, types."""
        self._wake(conversation_id, author)
        await self._store.whisper(conversation_id, author.value)

    def count(self, topic: str) -> int:
        """Return how many listen to this now."""
        return len(self._ears.get(topic, ()))

    def close(self) -> None:
        """Wake everybody for good: the service stops."""
        self.closed = True
        for topic in tuple(self._ears):
            self._wake(topic)

    def _touched(self, conversation_id: str) -> None:
        self._wake(conversation_id)
        self._wake(DESK)

    def _overheard(self, topic: str, word: str) -> None:
        if word in (Author.VISITOR, Author.STAFF):
            self._wake(topic, Author(word))

    def _wake(self, topic: str, typing: Author | None = None) -> None:
        for ear in tuple(self._ears.get(topic, ())):
            ear.hear(typing)
