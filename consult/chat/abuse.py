"""What in a visitor's words may offend or threaten somebody (辱骂与威胁), for whoever serves him. It only marks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from minxin.consult.chat.records import Author, Message
from minxin.consult.ports import AbuseFinder
from minxin.core.abuse import AbuseSpan

PATIENCE_S: Final = 0.5  # a page, and whatever is pushed to it, waits so long for all its messages together
READ_MOST: Final = 50  # messages at once; a page of more has the older ones marked when it is opened again
KEPT: Final = 2_000  # messages; what was said never changes


class ChatAbuse:
    """Looks through what visitors said, each message once."""

    def __init__(self, finder: AbuseFinder, *, patience_s: float = PATIENCE_S) -> None:
        self._finder = finder
        self._patience_s = patience_s
        self._read: dict[str, tuple[AbuseSpan, ...]] = {}

    async def find(self, messages: Sequence[Message]) -> dict[str, tuple[AbuseSpan, ...]]:
        """Return by message what was found in it; a message that can't be read in time is left out for now."""
        said = [one for one in messages if one.author is Author.VISITOR and one.text]
        unread = [one for one in said if one.id not in self._read]
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience_s):
                await asyncio.gather(*(self._look_through(one) for one in unread[-READ_MOST:]))
        return {one.id: self._read[one.id] for one in said if self._read.get(one.id)}

    async def _look_through(self, message: Message) -> None:
        found = await self._finder.find(message.text)
        while len(self._read) >= KEPT:
            del self._read[next(iter(self._read))]
        self._read[message.id] = found
