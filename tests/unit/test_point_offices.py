"""Which office each point of a letter belongs to."""

from __future__ import annotations

import pytest

from minxin.classifier.points.finding import find_points
from minxin.classifier.points.offices import MOST_CANDIDATES, with_offices
from minxin.core.judgement import Candidate, Evidence, Point, judged_text

LETTER = (Candidate("roads", 0.6), Candidate("homes", 0.3))
SUBJECT, BODY = "反映两个问题", "一、小区门口的路灯坏了一个星期没人修。二、物业公司乱收停车费，请查处。"


class Ranks:
    """Ranks by a word of the text, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def __call__(self, subject: str, text: str, explain: bool) -> tuple[Candidate, ...]:
        self.asked.append((subject, text))
        if "路灯" in text:
            start = len(subject) + 1 + text.index("路灯")
            return (Candidate("roads", 0.9, (Evidence(start, start + 2, "路灯", 1.0),)), Candidate("homes", 0.05))
        return (Candidate("homes", 0.8), Candidate("prices", 0.15)) if "物业" in text else ()


def over(threshold: float, ranked: tuple[Candidate, ...]) -> bool:
    return ranked[0].probability >= threshold


def points_with(subject: str, body: str, rank: Ranks, threshold: float = 0.85) -> tuple[Point, ...]:
    original = judged_text(subject, body)
    return with_offices(
        find_points(subject, body), original, LETTER, rank, lambda ranked: over(threshold, ranked), confident=True
    )


def test_each_point_of_several_is_judged_by_its_own_text() -> None:
    rank = Ranks()
    first, second = points_with(SUBJECT, BODY, rank)
    assert [one.candidates[0].office_id for one in (first, second)] == ["roads", "homes"]
    assert (first.confident, second.confident) == (True, False)
    texts = {text for _, text in rank.asked}
    assert texts == {judged_text(SUBJECT, BODY)[one.start : one.end] for one in (first, second)}
    assert {subject for subject, _ in rank.asked} == {"", SUBJECT}


def test_evidence_of_a_point_stands_where_it_stands_in_the_letter() -> None:
    first, _ = points_with(SUBJECT, BODY, Ranks())
    (word,) = first.candidates[0].evidence
    assert judged_text(SUBJECT, BODY)[word.start : word.end] == word.text == "路灯"


def test_single_point_takes_what_was_judged_of_the_letter() -> None:
    rank = Ranks()
    (point,) = points_with("路灯坏了", "小区门口的路灯坏了一个星期没人修。", rank)
    assert (point.candidates, point.confident, rank.asked) == (LETTER[:1], True, [])


def test_subject_speaks_with_less_weight_than_the_text() -> None:
    def rank(subject: str, text: str, explain: bool) -> tuple[Candidate, ...]:
        return (Candidate("b", 0.8), Candidate("a", 0.2)) if subject else (Candidate("a", 0.8), Candidate("b", 0.2))

    original = judged_text(SUBJECT, BODY)
    found = with_offices(find_points(SUBJECT, BODY), original, LETTER, rank, lambda _: False, confident=False)
    assert [one.office_id for one in found[0].candidates] == ["a", "b"]
    assert found[0].candidates[0].probability == pytest.approx(0.6351, abs=1e-3)


def test_probabilities_are_those_of_one_choice() -> None:
    def rank(subject: str, text: str, explain: bool) -> tuple[Candidate, ...]:
        shown = "abcde" if subject else "vwxyz"
        return tuple(Candidate(one, 0.19) for one in shown)

    original = judged_text(SUBJECT, BODY)
    for point in with_offices(find_points(SUBJECT, BODY), original, LETTER, rank, lambda _: True, confident=False):
        assert len(point.candidates) == MOST_CANDIDATES
        assert sum(one.probability for one in point.candidates) <= 1.0


def test_point_that_nothing_is_known_of_has_no_office() -> None:
    body = "一、路灯坏了一个星期没人修。二、隔壁的狗叫得睡不着觉。"
    first, second = points_with(SUBJECT, body, Ranks())
    assert first.candidates
    assert (second.candidates, second.confident) == ((), False)


def test_point_of_a_few_characters_is_never_sure() -> None:
    first, second = points_with(SUBJECT, "一、路灯坏了。二、物业公司乱收停车费。", Ranks(), threshold=0.5)
    assert (first.confident, second.confident) == (False, True)
