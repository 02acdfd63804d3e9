"""Deciding again (重新裁决): when a record moved between reading and writing, read it again and decide again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from minxin.consult.ports import LetterStore
from minxin.core.changes import Changes
from minxin.core.errors import ConflictError

TRIES: Final = 5


async def commit_decided(store: LetterStore, attempt: Callable[[], Awaitable[Changes]]) -> None:
    """Commit what ``attempt`` reads and decides; raises ``ConflictError`` after :data:`TRIES` tries."""
    for tries_left in reversed(range(TRIES)):
        try:
            await store.commit(await attempt())
            return
        except ConflictError:
            if not tries_left:
                raise
