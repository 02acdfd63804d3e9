"""Keeps the index at what the store says (索引更新): after each commit by its marks, and all anew beside the old one.

While an index is being built nobody takes marks away: whatever changes meanwhile is put into the new one afterwards.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from msgspec import structs

from minxin.consult.ports import LetterStore
from minxin.consult.records import Letter, PublicCopy, WorkOrder
from minxin.consult.search.entries import entries_of, ids_of
from minxin.consult.search.ports import SearchEngine
from minxin.consult.search.records import BUILD, SearchBuild, SearchEntry, SearchMark
from minxin.consult.search.words import RULES
from minxin.core.changes import Changes
from minxin.core.clock import Clock
from minxin.core.errors import ConflictError, DuplicateError, MinxinError

BATCH: Final = 200
DEAD_AFTER: Final = timedelta(minutes=2)  # a build that says nothing for so long was cut off


class BuildUnderWayError(MinxinError):
    """Somebody else is filling a new index just now."""

    key = "search.build_under_way"
    http_status = 409


class SearchFilling:
    """Fills the engine's index from the store. Any number of processes may do it at once."""

    def __init__(self, store: LetterStore, engine: SearchEngine, clock: Clock) -> None:
        self._store = store
        self._engine = engine
        self._clock = clock

    async def catch_up(self) -> int:
        """Index a batch of letters that changed and return how many; builds the index when there is none.

        Raises ``UnavailableError`` while the engine can't be had: the marks stay.
        """
        if await self._building():
            return 0
        if not (await self._engine.state()).name:
            return await self.rebuild()
        marks = await self._store.search_marks(BATCH)
        if not marks:
            return 0
        ids = [mark.letter_id for mark in marks]
        letters = await self._store.get_all(Letter, ids)
        entries = await self._entries(list(letters.values()))
        known = {entry.id for entry in entries}
        gone = [one for letter_id in ids for one in ids_of(letter_id) if one not in known]
        await self._engine.put(entries, gone)
        if await self._building():
            # It may have read these letters before they changed, and takes no notice of what went into the old index.
            return 0
        await self._store.forget_marks(marks)
        return len(marks)

    async def rebuild(self, progress: Callable[[int], None] = lambda _: None) -> int:
        """Fill a new index from all letters, let searches see it, and return how many letters there are.

        Searches see the old one until then. Raises ``BuildUnderWayError``, ``UnavailableError``.
        """
        begun = build = await self._announce()
        seen: list[SearchMark] = []
        try:
            await self._engine.begin(begun.index)
            async for build, marks in self._filled(begun):
                seen += marks
                progress(build.done)
            await self._engine.switch(begun.index)
        finally:
            with suppress(ConflictError):  # somebody took this one for dead, and fills his own
                await self._store.commit(Changes(deletes=[build]))
        for place in range(0, len(seen), BATCH):
            await self._store.forget_marks(seen[place : place + BATCH])
        return build.done

    async def _filled(self, build: SearchBuild) -> AsyncIterator[tuple[SearchBuild, list[SearchMark]]]:
        """Put all letters into the new index, and yield after each lot the build and the marks that it has done."""
        after = ""
        while True:
            # Marks first: a letter that changes after it is read has another one by then, which stays.
            marks = await self._store.marks_by_id(after, BATCH)
            letters = await self._store.letters_by_id(after, BATCH)
            if not letters:
                return
            await self._engine.put(await self._entries(letters), (), build.index)
            after = letters[-1].id
            build = await self._beat(build, build.done + len(letters))
            yield build, [mark for mark in marks if mark.letter_id <= after]

    async def _announce(self) -> SearchBuild:
        now = self._clock.now()
        under_way = await self._store.search_build()
        if under_way is not None:
            if now - under_way.beat_at < DEAD_AFTER:
                raise BuildUnderWayError
            await self._store.commit(Changes(deletes=[under_way]))
        build = SearchBuild(id=BUILD, index=index_name(now), started_at=now, beat_at=now)
        try:
            await self._store.commit(Changes(inserts=[build]))
        except DuplicateError as error:
            raise BuildUnderWayError from error
        return structs.replace(build, version=1)

    async def _beat(self, build: SearchBuild, done: int) -> SearchBuild:
        beaten = structs.replace(build, beat_at=self._clock.now(), done=done)
        try:
            await self._store.commit(Changes(puts=[beaten]))
        except ConflictError as error:
            raise BuildUnderWayError from error  # somebody took this one for dead
        return structs.replace(beaten, version=build.version + 1)

    async def _building(self) -> bool:
        build = await self._store.search_build()
        return build is not None and self._clock.now() - build.beat_at < DEAD_AFTER

    async def _entries(self, letters: Sequence[Letter]) -> list[SearchEntry]:
        ids = [letter.id for letter in letters]
        orders: dict[str, list[WorkOrder]] = {one: [] for one in ids}
        for order in await self._store.orders_of_letters(ids):
            orders[order.letter_id].append(order)
        copies = await self._store.get_all(PublicCopy, ids)
        return [entry for letter in letters for entry in entries_of(letter, orders[letter.id], copies.get(letter.id))]


def index_name(now: datetime) -> str:
    """Return the name of an index that is made now, by the present rules."""
    return f"letters-{RULES}-{now:%Y%m%d%H%M%S}{now.microsecond:06d}"
