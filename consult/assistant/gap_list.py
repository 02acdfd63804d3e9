"""The gap list as staff see it: their office's gaps, or the whole city's, the entries that fail, and the rates."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from minxin.consult import deadlines
from minxin.consult.access import OFFICE_ROLES
from minxin.consult.assistant.gaps import Gap, gaps_of
from minxin.consult.assistant.ports import QuestionGroups, Retriever
from minxin.consult.assistant.rates import WEEK, RateWeek, monday_of, weeks_of
from minxin.consult.assistant.records import AnswerMark, Mark
from minxin.consult.assistant.rules import AssistantRules
from minxin.consult.deadlines import day_begins, local_day
from minxin.consult.ports import LetterStore
from minxin.core.actor import Actor, Role
from minxin.core.calendar import Calendar
from minxin.core.changes import AuditEntry, Changes
from minxin.core.clock import Clock
from minxin.core.errors import NotFoundError
from minxin.core.passages import Passage

CENTRE: Final = (Role.CLERK, Role.MANAGER)
MARKS_MOST: Final = 2_000
WRONG_MOST: Final = 20
WEEKS: Final = 12


class WrongEntry(Struct, frozen=True):
    """An entry that was said not to solve it; ``passage`` is None when it is not shown any more."""

    passage_id: str
    passage: Passage | None
    not_solved: int
    solved: int


class GapList:
    """Finds and settles gaps. Grouping takes up to a second and is done off the event loop, once for each change."""

    def __init__(
        self,
        store: LetterStore,
        clock: Clock,
        retriever: Retriever,
        groups: QuestionGroups,
        calendar: Calendar,
        rules: AssistantRules,
    ) -> None:
        self.rules = rules
        self._store = store
        self._clock = clock
        self._retriever = retriever
        self._groups = groups
        self._calendar = calendar
        self._kept: tuple[object, list[Gap]] | None = None
        self._turn = asyncio.Lock()

    async def of_office(self, actor: Actor) -> list[Gap]:
        """Return the gaps of the actor's own office; raises ``NotFoundError`` for who works in none."""
        if not actor.is_a(*OFFICE_ROLES) or actor.office_id is None:
            raise NotFoundError
        return [gap for gap in await self._all() if gap.office_id == actor.office_id]

    async def of_city(self, actor: Actor) -> list[Gap]:
        """Return all gaps, those of no known office too; raises ``NotFoundError`` for who is not of the centre."""
        _need_centre(actor)
        return await self._all()

    async def settle(self, actor: Actor, mark_id: str) -> None:
        """Close the gap that holds the mark: its entry is written, or it needs none.

        Raises ``NotFoundError`` for a gap that the actor does not see, or that is gone.
        """
        seen = await (self.of_city(actor) if actor.is_a(*CENTRE) else self.of_office(actor))
        gap = next((one for one in seen if any(mark.id == mark_id for mark in one.marks)), None)
        if gap is None:
            raise NotFoundError
        now = self._clock.now()
        puts = [replace(mark, settled_at=now, settled_by=actor.id) for mark in gap.marks]
        entry = AuditEntry(now, actor.id, "gap.settled", gap.id, office_id=actor.office_id, data={"marks": len(puts)})
        await self._store.commit(Changes(puts=list(puts), audit=[entry]))

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

    async def _all(self) -> list[Gap]:
        """Return all gaps as they were when a mark was last kept, or the day began."""
        async with self._turn:
            now = self._clock.now()
            state = (self._store.generation(AnswerMark), local_day(now))
            if self._kept is None or self._kept[0] != state:
                marks = await self._store.gap_marks(now - self.rules.looked_back, MARKS_MOST)
                self._kept = (state, await asyncio.to_thread(self._grouped, marks))
            return self._kept[1]

    def _grouped(self, marks: Sequence[AnswerMark]) -> list[Gap]:
        groups = self._groups.groups([mark.question for mark in marks])
        due_from = partial(deadlines.due, limit=self.rules.write_limit, calendar=self._calendar)
        return gaps_of(marks, groups, self.rules, due_from)


def _need_centre(actor: Actor) -> None:
    if not actor.is_a(*CENTRE):
        raise NotFoundError
