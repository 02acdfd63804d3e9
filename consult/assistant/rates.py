"""How often the assistant is enough (自助解决率), week by week. Pure.

分流率 (deflection) is the share of the conversations of a week for which no person was called and no letter written;
解决率 (solved) is the share of "solved" and "taken" among these and "not solved". An empty denominator is no rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from msgspec import Struct

from minxin.consult.assistant.ports import ConversationFacts, MarkFacts
from minxin.consult.assistant.records import Mark
from minxin.consult.deadlines import local_day

WEEK: Final = timedelta(days=7)


class RateWeek(Struct, frozen=True):
    """One week from ``monday`` on, in Asia/Shanghai."""

    monday: date
    conversations: int
    handed_over: int
    solved: int
    not_solved: int
    taken: int
    unanswered: int

    @property
    def deflection(self) -> float | None:
        """Return the share of the conversations that needed nobody."""
        return 1 - self.handed_over / self.conversations if self.conversations else None

    @property
    def solved_rate(self) -> float | None:
        """Return the share of the answers said to have helped."""
        helped = self.solved + self.taken
        return helped / (helped + self.not_solved) if helped + self.not_solved else None


def monday_of(day: date) -> date:
    """Return the Monday of the day's week."""
    return day - timedelta(days=day.weekday())


def weeks_of(
    conversations: Sequence[ConversationFacts], marks: Sequence[MarkFacts], today: date, weeks: int
) -> tuple[RateWeek, ...]:
    """Return the last weeks, oldest first, the running one at the end."""
    first = monday_of(today) - WEEK * (weeks - 1)
    return tuple(_week(first + WEEK * number, conversations, marks) for number in range(weeks))


def _week(monday: date, conversations: Sequence[ConversationFacts], marks: Sequence[MarkFacts]) -> RateWeek:
    opened = [one for one in conversations if monday_of(local_day(one.opened_at)) == monday]
    said = [one.mark for one in marks if monday_of(local_day(one.at)) == monday]
    return RateWeek(
        monday=monday,
        conversations=len(opened),
        handed_over=sum(one.handed_over for one in opened),
        solved=said.count(Mark.SOLVED),
        not_solved=said.count(Mark.NOT_SOLVED),
        taken=said.count(Mark.TAKEN),
        unanswered=said.count(Mark.UNANSWERED),
    )
