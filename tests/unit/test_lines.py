"""Lines through what letters are about: the same in any order, taken back exactly, and of so many lessons."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from minxin.classifier.learning import heard
from minxin.classifier.learning.heard import HeardLessons
from minxin.classifier.learning.lessons import Lesson
from minxin.classifier.learning.lines import Lines
from minxin.classifier.learning.vectors import UNIT, learn_background

ROWS = np.random.default_rng(5).normal(0.0, 0.3, (40, 6))
COLUMNS = np.arange(40) % 3
WEIGHTS = 1.0 + (np.arange(40) % 7 == 0)


def counted(rows: Sequence[int]) -> Lines:
    lines = Lines(3)
    for row in rows:
        lines.count(ROWS[[row]], COLUMNS[[row]], WEIGHTS[[row]])
    return lines


def test_lessons_in_any_order_or_at_once_give_the_same_lines_to_the_last_bit() -> None:
    there, back, at_once = counted(range(40)), counted(range(39, -1, -1)), Lines(3)
    at_once.count(ROWS, COLUMNS, WEIGHTS)
    for row in ROWS:
        assert (there.scores(row) == back.scores(row)).all()
        assert (there.scores(row) == at_once.scores(row)).all()


def test_lesson_that_is_taken_back_was_never_there() -> None:
    lines = counted(range(40))
    lines.count(ROWS[30:], COLUMNS[30:], -WEIGHTS[30:])
    assert (lines.scores(ROWS[0]) == counted(range(30)).scores(ROWS[0])).all()


def test_what_is_said_without_a_lesson_is_what_the_others_say() -> None:
    lines = counted(range(40))
    for row in (0, 7, 39):
        without = lines.without(ROWS[row], int(COLUMNS[row]), float(WEIGHTS[row]))
        others = counted([one for one in range(40) if one != row]).scores(ROWS[row])
        assert without == pytest.approx(others)


def test_without_lessons_nothing_is_said() -> None:
    assert not Lines(3).scores(ROWS[0]).any()
    assert not counted([4]).without(ROWS[4], int(COLUMNS[4]), 1.0).any()


def test_office_with_many_lessons_is_hardly_likelier_for_it() -> None:
    lines = Lines(2)
    rows = np.random.default_rng(6).normal(0.0, 0.4, (550, 4))
    rows[:, 3] = 1.0
    rows[:50, 0] += 1.0
    lines.count(rows, (np.arange(550) >= 50).astype(np.int64), np.ones(550))
    few = [int(lines.scores(row).argmax()) == 0 for row in rows[:50]]
    many = [int(lines.scores(row).argmax()) == 1 for row in rows[50:]]
    assert np.mean(few) > 0.5 < np.mean(many)


def read(text: str) -> NDArray[np.float64]:
    return ROWS[int(text)]


def lessons(office: str = "a") -> list[Lesson]:
    return [Lesson(f"{office}{number}", str(number), office, weight=1 + number % 2) for number in range(40)]


def listened(taken: Sequence[Lesson]) -> HeardLessons:
    found = HeardLessons(2, read)
    for lesson in taken:
        found.keep(lesson, "ab".index(lesson.office or ""))
    while found.listen():
        pass
    return found


def test_lesson_waits_until_it_is_listened_to() -> None:
    found = HeardLessons(2, read)
    found.keep(lessons()[0], 0)
    assert not found.scores(ROWS[0]).any()
    assert found.listen()
    assert found.scores(ROWS[0]).any()
    assert not found.listen()


def test_of_each_office_so_many_lessons_are_heard_and_which_ones_does_not_depend_on_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(heard, "MOST_AN_OFFICE", 10)
    taken = [*lessons("a"), *lessons("b")[:4]]
    one, other = listened(taken), listened(taken[::-1])
    assert (one.scores(ROWS[2]) == other.scores(ROWS[2])).all()
    for lesson in taken[:35]:
        one.drop(lesson.id)
    while one.listen():
        pass
    assert (one.scores(ROWS[2]) == listened(taken[35:]).scores(ROWS[2])).all()


def test_lesson_that_goes_before_it_was_heard_leaves_nothing() -> None:
    found = listened(lessons()[:5])
    found.keep(lessons()[9], 0)
    assert (found.without(ROWS[9], "a9") == found.scores(ROWS[9])).all()
    found.drop("a9")
    assert not found.listen()
    assert (found.scores(ROWS[3]) == listened(lessons()[:5]).scores(ROWS[3])).all()


def test_topics_bring_together_what_letters_say_together() -> None:
    letters = [f"{street}路\n暖气供暖冰凉" for street in "甲乙丙丁"] + [
        f"{street}路\n公交站点线路" for street in "甲乙丙丁"
    ]
    background = learn_background(letters)

    def about(text: str) -> NDArray[np.float64]:
        vector = background.vector(text)
        return background.topics.of(vector.columns, vector.values / UNIT)

    warm, cold, bus = about("\n暖气"), about("\n冰凉"), about("\n公交")
    assert warm @ cold > 0.5 > warm @ bus
    assert not about("\nabc").any()
    assert len(learn_background([]).topics.of(np.array([3]), np.array([1.0]))) == 0
