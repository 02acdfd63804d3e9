"""The limits of one letter: set once a day for each rule, and told apart by the instant they began."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from support.office import MONDAY, Case, at, limits, routed, signed_for

from minxin.consult.limits import next_due
from minxin.consult.rulepack import Step, due_under


@given(st.integers(0, 3 * 24 * 60), st.sampled_from((Step.ACCEPT, Step.SIGN, Step.ANSWER, Step.ABSOLUTE_ALARM)))
def test_limit_of_the_day_is_the_limit_of_the_instant(minutes: int, step: Step) -> None:
    letter = Case().letter
    start = at(minutes=minutes)
    rule = limits().pack.rule_for(step, letter.kind, on=start.date())
    counted = due_under(rule, start, limits().calendar)
    set_now = limits().set(step, letter, start)
    assert (set_now.start, set_now.instant, set_now.last_day, set_now.amber_from, set_now.rule_id) == (
        counted.start,
        counted.instant,
        counted.last_day,
        counted.amber_from,
        counted.rule_id,
    )


def test_explanation_is_counted_again_when_it_is_asked_for() -> None:
    due = limits().set(Step.ANSWER, Case().letter, MONDAY)
    assert not due.explanation
    explained = limits().explain(due)
    assert explained.counted_days == 10
    assert explained.last_day == due.last_day


def test_next_limit_is_for_signing_until_it_is_signed() -> None:
    waiting, working = routed().order, signed_for().order
    assert next_due(waiting) == waiting.sign_due
    assert next_due(working) == working.answer_due
