"""The gaps that are open, kept for whoever lists or closes them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from minxin.consult import deadlines
from minxin.consult.assistant.gaps import Gap, gaps_of, settled
from minxin.consult.assistant.ports import QuestionGroups
from minxin.consult.assistant.records import AnswerMark
from minxin.consult.assistant.rules import AssistantRules
from minxin.consult.ports import LetterStore
from minxin.core.actor import Actor
from minxin.core.calendar import Calendar
from minxin.core.changes import Changes
from minxin.core.clock import Clock

MARKS_MOST: Final = 2_000
FRESH: Final = timedelta(minutes=10)  # what another process writes, and marks that grow too old, show after it


class OpenGaps:
    """Groups the open marks. Grouping takes up to a second and is done off the event loop, once for each change."""

    def __init__(
        self, store: LetterStore, clock: Clock, groups: QuestionGroups, calendar: Calendar, rules: AssistantRules
    ) -> None:
        self.rules = rules
        self._store = store
        self._clock = clock
        self._groups = groups
        self._calendar = calendar
        self._kept: tuple[object, list[Gap]] | None = None
        self._turn = asyncio.Lock()

    async def all(self) -> list[Gap]:
        """Return all gaps, what is due first in front, as they were when a mark was last kept."""
        async with self._turn:
            now = self._clock.now()
            state = (self._store.generation(AnswerMark), now.timestamp() // FRESH.total_seconds())
            if self._kept is None or self._kept[0] != state:
                marks = await self._store.gap_marks(now - self.rules.looked_back, MARKS_MOST)
                self._kept = (state, await asyncio.to_thread(self._grouped, marks))
            return self._kept[1]

    async def settle(self, actor: Actor, at: datetime, gaps: Iterable[tuple[Gap, str]]) -> Changes:
        """Return what closes the gaps, each with the id of the entry that answers it, or with "" for none."""
        changes = Changes()
        for gap, entry_id in gaps:
            marks = await self._still_open(mark.id for mark in gap.marks)
            if marks:
                changes += settled(gap, marks, actor, at, entry_id)
        return changes

    async def _still_open(self, mark_ids: Iterable[str]) -> list[AnswerMark]:
        """Return the marks as the store has them now: another process may have closed some."""
        found = await self._store.get_all(AnswerMark, tuple(mark_ids))
        return [mark for mark in found.values() if mark.is_gap]

    def _grouped(self, marks: Sequence[AnswerMark]) -> list[Gap]:
        groups = self._groups.groups([mark.question for mark in marks])
        due_from = partial(deadlines.due, limit=self.rules.write_limit, calendar=self._calendar)
        return gaps_of(marks, groups, self.rules, due_from)


def gap_with(gaps: Collection[Gap], mark_id: str) -> Gap | None:
    """Return the gap that holds the mark."""
    return next((gap for gap in gaps if any(mark.id == mark_id for mark in gap.marks)), None)
