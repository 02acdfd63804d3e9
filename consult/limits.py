"""The limits of one letter: the city's rule pack and calendar applied to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import lru_cache

from msgspec import structs

from minxin.consult import deadlines
from minxin.consult.deadlines import Due, Limit, Pause, Unit, day_begins, local_day
from minxin.consult.office_hours import working_hours
from minxin.consult.records import Letter, OrderState, WorkOrder
from minxin.consult.rulepack import Rule, RulePack, Step, due_under
from minxin.core.calendar import Calendar


class Limits:
    """Sets and explains limits. What is stored leaves the explanation out: :meth:`explain` counts it again."""

    def __init__(self, pack: RulePack, calendar: Calendar) -> None:
        self.pack = pack
        self.calendar = calendar
        # All letters of one day that fall under one rule have the same limit; a burst of them counts it once.
        self._of_day = lru_cache(maxsize=1024)(self._count)

    def set(self, step: Step, letter: Letter, start: datetime) -> Due:
        """Return the limit of this step for the letter, begun at ``start``."""
        day = local_day(start)
        rule = self.pack.rule_for(step, letter.kind, letter.complex, letter.urgent, on=day)
        if rule.unit is Unit.CLOCK_HOURS:
            return _stored(due_under(rule, start, self.calendar))
        return structs.replace(self._of_day(rule, day), start=start.astimezone(UTC))

    def answer(self, letter: Letter, start: datetime) -> Due:
        """Return the answer limit (答复时限); an urgent letter has the shorter one in clock hours."""
        return self.set(Step.URGENT_ANSWER if letter.urgent else Step.ANSWER, letter, start)

    def _count(self, rule: Rule, day: date) -> Due:
        return _stored(due_under(rule, day_begins(day), self.calendar))

    def redate(self, due: Due, pauses: Iterable[Pause]) -> Due:
        """Return the limit counted again: a pause began or ended, or the year's table arrived."""
        return _stored(deadlines.redate(due, self.calendar, pauses))

    def extend(self, due: Due, working_days: int, pauses: Iterable[Pause], asked_at: datetime) -> Due:
        """Return the limit with its one extension; raises as :func:`deadlines.extend` does."""
        extra = Limit(working_days, Unit.WORKING_DAYS)
        most = self.longest_extension(due)
        return _stored(deadlines.extend(due, extra, self.calendar, pauses, asked_at=asked_at, most=most))

    def longest_extension(self, due: Due) -> Limit | None:
        """Return the most that the limit may be extended by, or None when its rule knows no extension."""
        day = local_day(due.start)
        rule = self.rule_of(due) or self.pack.in_force(due.rule_id, on=day)
        longest = rule and self.pack.extension_of(rule, on=day)
        return longest.limit if longest else None

    def explain(self, due: Due, pauses: Iterable[Pause] = ()) -> Due:
        """Return the same limit with every counted and skipped day and the reason for each."""
        return deadlines.redate(due, self.calendar, pauses)

    def rule_of(self, due: Due) -> Rule | None:
        """Return the rule that the limit was set by, or None when the pack does not hold that version any more."""
        return self.pack.find(due.rule_id, due.rule_version)

    def hours_worked(self, start: datetime, end: datetime, pauses: Iterable[Pause]) -> float:
        """Return the office hours between two instants, pauses out (平均办理时长)."""
        return working_hours(start, end, self.calendar, pauses, self.pack.office_hours)


def next_due(order: WorkOrder) -> Due | None:
    """Return the limit that ends first of those that run.

    That is the one for signing while the work order is to be signed for, unless the answer is due before: an urgent
    letter has hours. Else it is the one for answering.
    """
    sign, answer = order.sign_due, order.answer_due
    if order.state is not OrderState.TO_SIGN or sign is None or sign.instant is None:
        return answer
    return answer if answer and answer.instant and answer.instant < sign.instant else sign


def _stored(due: Due) -> Due:
    return structs.replace(due, explanation=())
