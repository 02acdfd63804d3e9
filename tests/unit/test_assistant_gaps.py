"""Marks: how they move the ranking, what they make of the gap list, and the weekly rates."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.assistant import hit

from minxin.classifier.questions import LikeQuestions
from minxin.consult import deadlines
from minxin.consult.assistant.gaps import gaps_of
from minxin.consult.assistant.ports import ConversationFacts, MarkFacts
from minxin.consult.assistant.ranking import MOST, Tally, bonus, ranked
from minxin.consult.assistant.rates import weeks_of
from minxin.consult.assistant.records import AnswerMark, Mark
from minxin.consult.assistant.rules import AssistantRules
from minxin.core.calendar_tables import load_calendar

MONDAY = datetime(2026, 3, 2, 4, tzinfo=UTC)
RULES = AssistantRules()
CALENDAR = load_calendar()
counts = st.integers(min_value=0, max_value=100_000)


def mark(number: int, question: str, kind: Mark = Mark.UNANSWERED, *, talk: str = "", **more: str | None) -> AnswerMark:
    given_office = more.get("office", "cgj")
    return AnswerMark(
        id=f"mark{number}",
        conversation_id=talk or f"talk{number}",
        passage_id=more.get("passage") or "",
        mark=kind,
        question=question,
        office_id=given_office,
        at=MONDAY + timedelta(hours=number),
    )


def due_from(start: datetime) -> deadlines.Due:
    return deadlines.due(start, RULES.write_limit, CALENDAR)


@given(counts, counts, counts, counts)
def test_marks_move_the_ranking_within_bounds(solved: int, not_solved: int, none: int, taken: int) -> None:
    assert -MOST <= bonus(Tally(solved, not_solved, none, taken)) <= MOST


def test_ranking_without_marks_is_the_searchs_own() -> None:
    hits = [hit("a", 0.5), hit("b", 0.4)]
    assert ranked(hits, {}) == hits
    assert bonus(Tally()) == 0


def test_marks_turn_near_hits_round_and_leave_far_ones() -> None:
    bad = {"knowledge:a": Tally(not_solved=30)}
    assert ranked([hit("a", 0.5), hit("b", 0.45)], bad)[0].passage_id == "knowledge:b"
    assert ranked([hit("a", 0.9), hit("b", 0.3)], bad)[0].passage_id == "knowledge:a"


def test_one_mark_moves_little_and_none_of_these_less() -> None:
    assert 0 < bonus(Tally(solved=1)) < 0.1
    assert bonus(Tally(not_solved=1)) < bonus(Tally(none_of_these=1)) < 0


def test_gap_counts_conversations_and_its_limit_begins_with_the_third() -> None:
    marks = [mark(0, "甲"), mark(1, "甲", talk="talk0"), mark(2, "乙"), mark(3, "乙")]
    (gap,) = gaps_of(marks, [[0, 1, 2, 3]], RULES, due_from)
    assert (gap.asked_by, gap.questions, gap.id) == (3, ("甲", "乙"), "mark0")
    assert gap.due is not None
    assert gap.due.start == MONDAY + timedelta(hours=3)
    assert gap.due.last_day == date(2026, 3, 9)


def test_gap_belongs_to_the_office_most_often_named_and_says_what_failed() -> None:
    marks = [
        mark(0, "甲", office=None),
        mark(1, "甲", Mark.NOT_SOLVED, passage="knowledge:a", office="gongan"),
        mark(2, "甲", Mark.NONE_OF_THESE, passage="knowledge:b", office="gongan"),
        mark(3, "甲", Mark.NONE_OF_THESE, passage="knowledge:b", office="cgj"),
    ]
    (gap,) = gaps_of(marks, [[0, 1, 2, 3]], RULES, due_from)
    assert (gap.office_id, gap.unanswered, gap.not_solved) == ("gongan", 1, 1)
    assert gap.passage_ids == ("knowledge:a",)


def test_refused_reading_names_the_office_only_where_nothing_else_was_said() -> None:
    refused = [mark(0, "甲", Mark.NONE_OF_THESE, passage="knowledge:b"), mark(1, "甲", Mark.NONE_OF_THESE)]
    (gap,) = gaps_of(refused, [[0, 1]], RULES, due_from)
    assert gap.office_id == "cgj"
    (gap,) = gaps_of([*refused, mark(2, "甲", office=None)], [[0, 1, 2]], RULES, due_from)
    assert gap.office_id is None


def test_gaps_with_a_limit_come_first_then_the_most_asked() -> None:
    marks = [mark(number, text) for number, text in enumerate("甲乙乙丙丙丙")]
    found = gaps_of(marks, [[1, 2], [3, 4, 5]], RULES, due_from)
    assert [gap.questions[0] for gap in found] == ["丙", "乙", "甲"]
    assert [gap.due is None for gap in found] == [False, True, True]


def test_rates_are_by_week_and_without_anything_there_is_no_rate() -> None:
    talks = [ConversationFacts(str(number), MONDAY, handed_over=number == 0) for number in range(4)]
    marks = [MarkFacts(MONDAY, one, "x") for one in (Mark.SOLVED, Mark.TAKEN, Mark.NOT_SOLVED, Mark.UNANSWERED)]
    before, now = weeks_of(talks, marks, date(2026, 3, 4), 2)
    assert (before.monday, before.deflection, before.solved_rate) == (date(2026, 2, 23), None, None)
    assert (now.conversations, now.handed_over, now.unanswered, now.taken) == (4, 1, 1, 1)
    assert now.deflection == pytest.approx(0.75)
    assert now.solved_rate == pytest.approx(2 / 3)


def test_questions_on_one_matter_are_one_group() -> None:
    questions = [
        "居住证到期了怎么续",
        "身份证丢了怎么补",
        "居住证快过期了要怎么续签",
        "电动自行车去哪里上牌",
        "身份证不见了去哪里补办",
        "火星移民",
    ]
    assert sorted(LikeQuestions().groups(questions)) == [[0, 2], [1, 4]]
    assert LikeQuestions().groups([]) == []
    assert LikeQuestions().groups(["", "怎么办"]) == []
