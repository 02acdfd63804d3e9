"""While the encoder can't be asked, characters alone speak, nothing is routed alone, and nothing is learnt wrongly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from minxin.classifier.judge import Sample, train_judge
from minxin.classifier.learning.cold import ColdStart
from minxin.classifier.learning.learner import Learner
from minxin.classifier.learning.lessons import Lesson
from minxin.classifier.learning.selftaught import beginning_with
from minxin.classifier.learning.vectors import Background, learn_background
from minxin.core.errors import UnavailableError

DUTIES = {"gas": ("燃气公司", "供应燃气", "集中供暖"), "police": ("公安局", "户口迁移", "身份证办理")}
TROUBLES = {"gas": ("暖气一直不热", "燃气费算错了"), "police": ("户口迁移要带哪些证件", "身份证丢了怎么补办")}
LETTERS = [
    (f"{chr(0x6000 + 37 * turn)}路的事\n我住在附近，{trouble}，请处理。", office)
    for turn in range(20)
    for office, troubles in TROUBLES.items()
    for trouble in troubles
]
COLD_FLAT = "甲路\n暖气一直不热，请处理。"


class Ears:
    """An encoder by a few words, which can be away."""

    def __init__(self) -> None:
        self.away = False

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.away:
            raise UnavailableError("vectors.away")
        words = ("气", "暖", "户口", "证", "路")
        rows = np.array([[float(word in text) for word in words] for text in texts], dtype=np.float32) + 0.1
        unit: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture(scope="module")
def background() -> Background:
    return learn_background([text for text, _ in LETTERS])


@pytest.fixture
def cold(background: Background, ears: Ears) -> ColdStart:
    return ColdStart(DUTIES, background, [text for text, _ in LETTERS], ears)


def lessons() -> list[Lesson]:
    return [Lesson(f"letter-{number}", text, office) for number, (text, office) in enumerate(LETTERS)]


def taught(cold: ColdStart) -> Learner:
    learner = Learner(cold)
    learner.replay(lessons())
    return learner


def test_characters_alone_find_the_office_and_vectors_speak_again_afterwards(cold: ColdStart, ears: Ears) -> None:
    learner = taught(cold)
    heard = learner.reading(COLD_FLAT)
    ears.away = True
    deaf = learner.reading(COLD_FLAT)
    assert (heard.deaf, deaf.deaf) == (False, True)
    assert learner.offices[int(deaf.said().argmax())] == "gas"
    ears.away = False
    assert np.array_equal(learner.reading(COLD_FLAT).said(), heard.said())


def test_what_letters_without_labels_taught_speaks_by_its_characters_too(cold: ColdStart, ears: Ears) -> None:
    learner = beginning_with(cold, lessons())
    ears.away = True
    assert learner.offices[int(learner.scores(COLD_FLAT).argmax())] == "gas"


def test_lessons_wait_until_they_are_heard_and_come_to_the_same(cold: ColdStart, ears: Ears) -> None:
    learner = Learner(cold)
    ears.away = True
    learner.replay(lessons())
    assert not learner.listen()
    ears.away = False
    while learner.listen():
        pass
    assert np.array_equal(learner.scores(COLD_FLAT), taught(cold).scores(COLD_FLAT))


def test_lessons_that_are_taken_back_unheard_leave_no_trace(cold: ColdStart, ears: Ears) -> None:
    learner = taught(cold)
    ears.away = True
    for lesson in lessons()[::2]:
        learner.forget(lesson.id)
    assert not learner.listen()
    ears.away = False
    while learner.listen():
        pass
    rest = Learner(cold)
    rest.replay(lessons()[1::2])
    assert np.array_equal(learner.scores(COLD_FLAT), rest.scores(COLD_FLAT))


def test_voices_are_not_weighed_by_what_one_of_them_says(cold: ColdStart, ears: Ears) -> None:
    learner = taught(cold)
    ears.away = True
    with pytest.raises(UnavailableError):
        learner.unseen("letter-1")


def test_no_letter_and_no_point_is_routed_alone_by_characters(ears: Ears) -> None:
    samples = [Sample(text.partition("\n")[0], text.partition("\n")[2], office) for text, office in LETTERS]
    judge = train_judge(samples, DUTIES, precision=0.5, encoder=ears)
    letters = [("暖气", "甲路暖气一直不热，请处理。"), ("两件事", "一、家里暖气一直不热。二、身份证丢了怎么补办。")]
    heard = [judge.judge(*letter) for letter in letters]
    assert heard[0].confident
    assert any(point.confident for one in heard for point in one.points)

    ears.away = True
    deaf = [judge.judge(*letter) for letter in letters]
    assert deaf[0].candidates[0].office_id == heard[0].candidates[0].office_id == "gas"
    assert not any(one.confident for one in deaf)
    assert not any(point.confident for one in deaf for point in one.points)
