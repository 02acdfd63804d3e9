"""What the search needs: an engine that keeps an index, and the store's own account of what changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from minxin.consult.records import Letter
from minxin.consult.search.records import (
    Backlog,
    IndexState,
    SearchAnswer,
    SearchBuild,
    SearchEntry,
    SearchMark,
    SearchQuery,
)


class SearchEngine(Protocol):
    """Finds entries by their words. An index can be thrown away: everything in it comes from the store.

    Every method raises ``UnavailableError`` while the engine can't be had.
    """

    async def state(self) -> IndexState:
        """Return the index that searches see."""
        ...

    async def search(self, query: SearchQuery) -> SearchAnswer:
        """Return a page of what the query's audience may find."""
        ...

    async def put(self, entries: Sequence[SearchEntry], gone: Sequence[str] = (), index: str | None = None) -> None:
        """Add entries, or put each in the place of the one with its id unless that is newer; take out those ``gone``.

        Searches see it when this returns. ``index`` names one that is being filled, None the one that is searched.
        """
        ...

    async def begin(self, index: str) -> None:
        """Make an empty index that nobody searches yet."""
        ...

    async def switch(self, index: str) -> None:
        """Let searches see this index from now on, at once and without a gap, and delete all others."""
        ...

    async def close(self) -> None:
        """Let go of whatever is open."""
        ...


class SearchReads(Protocol):
    """The outbox of the search: every commit that changes a letter marks it, in the same transaction."""

    async def search_marks(self, limit: int) -> list[SearchMark]:
        """Return letters that changed since they were indexed, those that wait longest first."""
        ...

    async def marks_by_id(self, after: str, limit: int) -> list[SearchMark]:
        """Return the same in the order of their ids, from behind ``after`` on."""
        ...

    async def forget_marks(self, marks: Sequence[SearchMark]) -> None:
        """Take the marks away from those letters that did not change again since."""
        ...

    async def search_backlog(self) -> Backlog:
        """Return how far the index is behind."""
        ...

    async def letters_by_id(self, after: str, limit: int) -> list[Letter]:
        """Return all letters in the order of their ids, sealed ones too, from behind ``after`` on."""
        ...

    async def search_build(self) -> SearchBuild | None:
        """Return the build that is under way."""
        ...
