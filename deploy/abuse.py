"""Abuse as the office asks for it (``consult.ports.AbuseFinder``): by what the city learnt, else by turns of phrase.

A learnt model needs numpy, so that it lives in the judge's process; the phrases need nothing and are read here.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Final, Protocol

from minxin.classifier.abuse.words import AbusiveWords
from minxin.classifier.shelf import ABUSE, Shelf
from minxin.core.abuse import AbuseSpan
from minxin.core.errors import UnavailableError

log = logging.getLogger(__name__)

PATIENCE_S: Final = 3.0  # a page waits for it
CHAT_PATIENCE_S: Final = 0.3  # somebody waits for every word; below what a chat's page waits (consult/chat/abuse.py)


class PostJudge(Protocol):
    """Finds abuse by all that is known; raises ``UnavailableError`` when it can't be had."""

    async def abuse_in(self, text: str) -> tuple[AbuseSpan, ...]: ...


class AbuseReader:
    """Asks the judge's process where a model serves, whose versions are kept below ``models``."""

    def __init__(self, judge: PostJudge, models: Path, *, patience_s: float = PATIENCE_S) -> None:
        self._judge = judge
        self._shelf = Shelf(models / ABUSE)
        self._patience_s = patience_s
        self._words = AbusiveWords()

    async def find(self, text: str) -> tuple[AbuseSpan, ...]:
        """Return what insults or threatens somebody, in order; by the phrases alone when the judge is not at hand."""
        if self._shelf.pointer.current is not None:
            try:
                async with asyncio.timeout(self._patience_s):
                    return await self._judge.abuse_in(text)
            except (UnavailableError, TimeoutError) as error:
                log.warning("abuse is looked for by phrases alone: %s", type(error).__name__)
        return await asyncio.to_thread(self._words.find, text)
