"""The gap list as staff see it: their office's gaps, or the whole city's, the entries that fail, and the rates."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

from msgspec import Struct

from minxin.consult.access import OFFICE_ROLES
from minxin.consult.assistant.gaps import Gap
from minxin.consult.assistant.open_gaps import OpenGaps, gap_with
from minxin.consult.assistant.ports import Retriever
from minxin.consult.assistant.rates import WEEK, RateWeek, monday_of, weeks_of
from minxin.consult.assistant.records import Mark
from minxin.consult.deadlines import day_begins, local_day
from minxin.consult.ports import LetterStore
from minxin.consult.trying import commit_decided
from minxin.core.actor import Actor, Role
from minxin.core.changes import Changes
from minxin.core.clock import Clock
from minxin.core.errors import NotFoundError
from minxin.core.passages import Passage

CENTRE: Final = (Role.CLERK, Role.MANAGER)
WRONG_MOST: Final = 20
WEEKS: Final = 12


class WrongEntry(Struct, frozen=True):
    """An entry that was said not to solve it; ``passage`` is None when it is not shown any more."""

    passage_id: str
    passage: Passage | None
    not_solved: int
    solved: int


class GapList:
    """Finds gaps for those who may see them, and settles them by hand."""

    def __init__(self, store: LetterStore, clock: Clock, retriever: Retriever, gaps: OpenGaps) -> None:
        self.rules = gaps.rules
        self._store = store
        self._clock = clock
        self._retriever = retriever
        self._gaps = gaps

    async def of_office(self, actor: Actor) -> list[Gap]:
        """Return the gaps of the actor's own office; raises ``NotFoundError`` for who works in none."""
        if not actor.is_a(*OFFICE_ROLES) or actor.office_id is None:
            raise NotFoundError
        return [gap for gap in await self._gaps.all() if gap.office_id == actor.office_id]

    async def of_city(self, actor: Actor) -> list[Gap]:
        """Return all gaps, those of no known office too; raises ``NotFoundError`` for who is not of the centre."""
        _need_centre(actor)
        return await self._gaps.all()

    async def seen(self, actor: Actor) -> list[Gap]:
        """Return the gaps of the whole city for the centre, else those of the actor's office."""
        return await (self.of_city(actor) if actor.is_a(*CENTRE) else self.of_office(actor))

    async def gap(self, actor: Actor, mark_id: str) -> Gap:
        """Return the gap that holds the mark; raises ``NotFoundError`` for one that the actor does not see, or gone."""
        gap = gap_with(await self.seen(actor), mark_id)
        if gap is None:
            raise NotFoundError
        return gap

    async def settle(self, actor: Actor, mark_id: str) -> None:
        """Close the gap that holds the mark, as one that needs no entry; raises ``NotFoundError`` as :meth:`gap`."""

        async def attempt() -> Changes:
            gap = await self.gap(actor, mark_id)
            return await self._gaps.settle(actor, self._clock.now(), [(gap, "")])

        await commit_decided(self._store, attempt)

    async def wrong_entries(self, actor: Actor) -> list[WrongEntry]:
        """Return the entries most often said not to solve it, of the actor's office or, for the centre, of all."""
        since = self._clock.now() - self.rules.looked_back
        most = await self._store.most_marked(Mark.NOT_SOLVED, since, WRONG_MOST * 10)
        ids = [passage_id for passage_id, _ in most]
        passages = await self._retriever.passages(ids) if ids else {}
        tallies = await self._store.mark_tallies(ids)
        found = [
            WrongEntry(one, passages.get(one), count, tallies[one].solved) for one, count in most if one in tallies
        ]
        if not actor.is_a(*CENTRE):
            found = [one for one in found if one.passage is not None and one.passage.office_id == actor.office_id]
        return found[:WRONG_MOST]

    async def rates(self, actor: Actor) -> tuple[RateWeek, ...]:
        """Return the rates of the last weeks over the whole city."""
        _need_centre(actor)
        now = self._clock.now()
        start = day_begins(monday_of(local_day(now)) - WEEK * (WEEKS - 1))
        end = now + timedelta(seconds=1)
        conversations = await self._store.conversations_between(start, end)
        marks = await self._store.marks_between(start, end)
        return await asyncio.to_thread(weeks_of, conversations, marks, local_day(now), WEEKS)


def _need_centre(actor: Actor) -> None:
    if not actor.is_a(*CENTRE):
        raise NotFoundError
