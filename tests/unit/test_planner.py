"""The planner: what it asks, and the list that it gives."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.matters import CARD, CATALOGUE, KITCHEN, LICENCE, SHOP, ask, matter

from minxin.consult.matters.cases import Answers, Catalogue, questions_left, questions_of
from minxin.consult.matters.graph import cycle_of, needs_of
from minxin.consult.matters.planner import MOST_MATTERS, Plan, inquire
from minxin.consult.matters.records import Fee, Limit, Matter, Paper, Prerequisite, Question, Step
from minxin.core.calendar_tables import load_calendar
from minxin.core.errors import InvalidFormError

CALENDAR = load_calendar()
MONDAY = date(2026, 3, 2)
QUESTIONS = (ask("who", "me", "other"), ask("where", "here", "there", "abroad"), ask("case", "new", "lost", "old"))


def plan(*codes: str, catalogue: Catalogue = CATALOGUE, today: date = MONDAY, **answers: str) -> Plan:
    made = inquire(codes, catalogue, answers, today, CALENDAR)
    assert made.plan is not None, [one.id for one in made.left]
    return made.plan


def left(*codes: str, catalogue: Catalogue = CATALOGUE, **answers: str) -> list[str]:
    return [one.id for one in inquire(codes, catalogue, answers, MONDAY, CALENDAR).left]


def reasons(*codes: str, **answers: str) -> list[str]:
    with pytest.raises(InvalidFormError) as caught:
        inquire(codes, CATALOGUE, answers, MONDAY, CALENDAR)
    return [error.reason for error in caught.value.errors]


def test_the_question_on_which_most_hangs_comes_first_and_what_changes_nothing_is_not_asked() -> None:
    assert left("SC-1") == []
    assert left("SC-2") == ["licence", "food"]
    assert left("SC-2", licence="yes") == ["food"]
    assert left("SC-2", licence="yes", food="packed") == []


def test_what_is_chosen_anyhow_goes_first_without_a_question() -> None:
    assert left("SC-2", "SC-1") == ["food"]
    made = plan("SC-2", "SC-1", food="packed")
    assert [one.matter.id for one in made.matters] == ["SC-1", "SC-2"]
    assert not any(one.added for one in made.matters)


def test_what_must_be_done_before_is_added_with_its_reason() -> None:
    made = plan("SC-2", licence="no", food="serve")
    assert [(one.matter.id, one.added, one.why) for one in made.matters] == [
        ("SC-1", True, "先有执照"),
        ("SC-2", False, ""),
    ]
    assert made.matters[1].after == ("SC-1",)
    assert made.matters[1].steps == ("申请", "现场核查", "领证")
    assert made.fen == 1050


def test_papers_of_several_matters_are_counted_once() -> None:
    papers = {one.name: one for one in plan("SC-2", licence="no", food="serve").papers}
    card, photos = papers["居民身份证"], papers["照片"]
    assert (card.originals, card.kept, card.copies, card.codes) == (1, 0, 2, ("SC-1", "SC-2"))
    assert (photos.originals, photos.kept, photos.copies, photos.notes) == (3, 3, 0, ("一寸",))
    assert papers["营业执照"].matter == "SC-1"


def test_days_are_those_of_the_longest_way_by_the_working_calendar() -> None:
    """2026-02-13 is a Friday; Saturday the 14th works, then the Spring Festival until the 23rd."""
    made = plan("SC-2", "YL-1", today=date(2026, 2, 13), licence="no", food="serve")
    ends = {one.matter.id: one.ends_on for one in made.matters}
    assert ends == {"SC-1": date(2026, 2, 25), "SC-2": date(2026, 3, 3), "YL-1": date(2026, 3, 3)}
    assert made.working_days == 8
    assert not made.provisional
    made = plan("SC-2", "YL-1", licence="yes", food="packed")
    assert [one.matter.id for one in made.matters if one.critical] == ["YL-1"]
    assert made.working_days == 8


def test_a_plan_begins_on_the_first_working_day_and_says_when_a_year_has_no_table() -> None:
    assert plan("SC-1", today=date(2026, 10, 1)).starts_on == date(2026, 10, 8)
    assert plan("SC-1", today=date(2026, 12, 31)).provisional


def test_a_wait_between_two_matters_moves_the_second() -> None:
    first = matter("A-1", limits=(Limit(promised=1),))
    second = matter("A-2", prerequisites=(Prerequisite(matter="A-1", wait_days=10),), limits=(Limit(promised=1),))
    made = plan("A-2", catalogue={"A-1": first, "A-2": second})
    assert [(one.starts_on, one.ends_on) for one in made.matters] == [
        (MONDAY, date(2026, 3, 3)),
        (date(2026, 3, 13), date(2026, 3, 16)),
    ]
    assert made.working_days == 10


def test_answers_that_shaped_nothing_are_taken_and_not_shown() -> None:
    asked = [question.id for question, _ in plan("SC-2", "SC-1", licence="yes", food="packed").answered]
    assert asked == ["food"]


def test_bad_choices_are_told_one_by_one() -> None:
    assert reasons() == ["plan.matters.none"]
    assert reasons("XX", "ZZ-9") == ["plan.matters.unknown"] * 2
    assert "plan.matters.many" in reasons(*(f"X-{number}" for number in range(MOST_MATTERS + 1)))
    assert reasons("SC-2", moon="full", food="stone") == ["plan.answers.unknown", "plan.answers.option"]


def test_the_same_paper_in_every_case_is_no_question() -> None:
    one, other = (Paper(name="证明", when={"who": (option,)}) for option in ("me", "other"))
    both = matter("A-1", questions=QUESTIONS[:1], papers=(one, other))
    assert left("A-1", catalogue={"A-1": both}) == []
    more = matter("A-1", questions=QUESTIONS[:1], papers=(one, Paper(name="证明", copies=1, when={"who": ("other",)})))
    assert left("A-1", catalogue={"A-1": more}) == ["who"]


def test_a_matter_that_renews_a_paper_does_not_wait_for_the_one_that_it_issues_to_others() -> None:
    card = matter("A-1", papers=(Paper(name="居住证"),))
    user = matter("A-2", papers=(Paper(name="居住证", matter="A-1"),))
    made = plan("A-2", "A-1", catalogue={"A-1": card, "A-2": user})
    assert [(one.matter.id, one.after) for one in made.matters] == [("A-1", ()), ("A-2", ("A-1",))]
    assert made.papers[0].matter == ""
    assert plan("A-2", catalogue={"A-1": card, "A-2": user}).papers[0].matter == "A-1"


def test_a_circle_is_named() -> None:
    assert cycle_of({"A": {"B"}, "B": {"C"}, "C": ()}) == ()
    found = cycle_of({"A": {"B"}, "B": {"C"}, "C": {"A"}, "D": {"A"}})
    assert found[0] == found[-1]
    assert set(found) == {"A", "B", "C"}
    assert found[found.index("A") + 1 if found[0] != "A" else 1] == "B"


# Catalogues in which anything may hang on anything: a matter needs only matters before it, so there is no circle.
_WHEN = st.dictionaries(st.sampled_from(QUESTIONS), st.integers(0, 5), max_size=2).map(
    lambda chosen: {one.id: _some(one, pick) for one, pick in chosen.items()}
)


def _some(question: Question, pick: int) -> tuple[str, ...]:
    """Return a part of the options, neither none nor all."""
    options = [option.id for option in question.options]
    parts = [part for part in product((True, False), repeat=len(options)) if any(part) and not all(part)]
    return tuple(option for option, taken in zip(options, parts[pick % len(parts)], strict=True) if taken)


@st.composite
def catalogues(draw: Any) -> dict[str, Matter]:
    codes = [f"M-{number}" for number in range(draw(st.integers(1, 4)))]
    found = {}
    for place, code in enumerate(codes):
        papers = st.builds(
            Paper,
            name=st.sampled_from(["甲", "乙", "丙"]),
            originals=st.integers(1, 2),
            copies=st.integers(0, 2),
            keeps=st.booleans(),
            matter=st.sampled_from(["", *codes[:place]]),
            when=_WHEN,
        )
        needs = draw(st.lists(st.tuples(st.sampled_from(codes[:place]), _WHEN), max_size=2)) if place else []
        found[code] = matter(
            code,
            questions=QUESTIONS,
            papers=tuple(draw(st.lists(papers, max_size=3))),
            steps=(Step(text="做"), Step(text="再做", when=draw(_WHEN))),
            fees=(Fee(name="费", fen=100, when=draw(_WHEN)),),
            limits=(Limit(promised=draw(st.integers(0, 5)), when=draw(_WHEN)), Limit(promised=draw(st.integers(0, 5)))),
            prerequisites=tuple(Prerequisite(matter=one, when=when) for one, when in needs),
        )
    return found


def answer_all(codes: list[str], catalogue: Catalogue, pick: int) -> tuple[dict[str, str], Plan]:
    """Answer what is asked, one question after the other, until there is a plan."""
    answers: dict[str, str] = {}
    while True:
        made = inquire(codes, catalogue, answers, MONDAY, CALENDAR)
        if made.plan is not None:
            return answers, made.plan
        question = made.left[0]
        answers[question.id] = question.options[pick % len(question.options)].id


def outcome(codes: list[str], catalogue: Catalogue, answers: Answers) -> Any:
    """Return all that a plan holds, whether or not anything would still be asked."""
    full = {one.id: answers.get(one.id, one.options[0].id) for one in questions_of(codes, catalogue).values()}
    made = inquire(codes, catalogue, full, MONDAY, CALENDAR).plan
    assert made is not None
    return (
        [(one.matter.id, one.after, one.steps, one.limit.promised, one.fees) for one in made.matters],
        made.papers,
    )


CHOICES = st.lists(st.integers(0, 3), min_size=1, max_size=3)


def chosen(catalogue: Catalogue, picks: list[int]) -> list[str]:
    codes = list(catalogue)
    return list(dict.fromkeys(codes[pick % len(codes)] for pick in picks))


@settings(max_examples=60, deadline=None)
@given(catalogues(), CHOICES, st.integers(0, 5))
def test_every_plan_is_in_order_with_each_paper_once(catalogue: dict[str, Matter], picks: list[int], pick: int) -> None:
    codes = chosen(catalogue, picks)
    assert cycle_of({code: needs_of(one.papers, one.prerequisites) for code, one in catalogue.items()}) == ()
    _, made = answer_all(codes, catalogue, pick)
    order = [one.matter.id for one in made.matters]
    assert len(set(order)) == len(order)
    assert set(codes) <= set(order)
    for place, one in enumerate(made.matters):
        assert set(one.after) <= set(order[:place])
        assert one.added is (one.matter.id not in codes)
    names = [one.name for one in made.papers]
    assert len(set(names)) == len(names)


@settings(max_examples=60, deadline=None)
@given(catalogues(), CHOICES, st.integers(0, 5))
def test_the_days_are_those_of_the_longest_way(catalogue: dict[str, Matter], picks: list[int], pick: int) -> None:
    _, made = answer_all(chosen(catalogue, picks), catalogue, pick)
    longest: dict[str, int] = {}
    for one in made.matters:
        longest[one.matter.id] = one.limit.promised + max((longest[before] for before in one.after), default=0)
    assert made.working_days == max(longest.values())
    critical = [one.limit.promised for one in made.matters if one.critical]
    assert sum(critical) == made.working_days


def test_in_which_case_a_matter_is_required_is_not_asked_when_it_is_required_in_every_case() -> None:
    first = matter("A-1", questions=(LICENCE,))
    twice = (Prerequisite(matter="A-1", when={"licence": ("yes",)}), Prerequisite(matter="A-1"))
    second = matter("A-2", questions=(LICENCE,), prerequisites=twice)
    assert questions_left(["A-2"], {"A-1": first, "A-2": second}, {}) == []


@settings(max_examples=30, deadline=None)
@given(catalogues(), CHOICES, st.integers(0, 5))
def test_a_question_is_asked_exactly_when_its_answer_can_change_the_plan(
    catalogue: dict[str, Matter], picks: list[int], given_answers: int
) -> None:
    codes = chosen(catalogue, picks)
    known = list(questions_of(codes, catalogue).values())
    answers = {one.id: one.options[0].id for number, one in enumerate(known) if given_answers >> number & 1}
    open_ones = [one for one in known if one.id not in answers]
    changing = set()
    for options in product(*(one.options for one in open_ones)):
        case = answers | {one.id: option.id for one, option in zip(open_ones, options, strict=True)}
        here = outcome(codes, catalogue, case)
        for one in open_ones:
            if any(outcome(codes, catalogue, case | {one.id: other.id}) != here for other in one.options):
                changing.add(one.id)
    assert {one.id for one in questions_left(codes, catalogue, answers)} == changing


def test_the_support_catalogue_is_what_the_tests_take_it_for() -> None:
    assert CARD in SHOP.papers
    assert CARD in KITCHEN.papers
