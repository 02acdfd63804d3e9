from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from minxin.classifier.learning.cold import ColdStart
from minxin.classifier.learning.learner import Learner
from minxin.classifier.learning.lessons import Lesson
from minxin.classifier.learning.selftaught import self_taught
from minxin.classifier.learning.vectors import UNIT, Background, learn_background
from minxin.core.errors import InvalidInputError, NotFoundError

DUTIES = {
    "gas": ["供应燃气", "集中供暖", "燃气收费"],
    "police": ["户口迁移", "身份证办理", "居住证"],
    "traffic": ["公交线路", "出租车管理", "公交站点"],
}
TROUBLES = {
    "gas": ("暖气一直不热", "燃气费算错了", "集中供暖什么时候开始"),
    "police": ("户口迁移要带哪些证件", "身份证丢了怎么补办", "居住证到期如何续签"),
    "traffic": ("公交线路太少", "出租车拒载还绕路", "希望增设公交站点"),
}
PLACES = tuple(f"{chr(0x6000 + 37 * turn)}{chr(0x6800 + 53 * turn)}路" for turn in range(60))
UNKNOWN_MATTER = "\n广场舞音乐太吵，吵得孩子没法写作业"


def some_letters(places: Sequence[str] = PLACES[:8]) -> list[tuple[str, str]]:
    return [
        (f"{place}的事\n我住在{place}，{trouble}，请处理。", office)
        for place in places
        for office, troubles in TROUBLES.items()
        for trouble in troubles
    ]


def some_lessons() -> list[Lesson]:
    return [Lesson(f"letter-{turn}", text, office) for turn, (text, office) in enumerate(some_letters())]


@pytest.fixture(scope="module")
def background() -> Background:
    return learn_background([text for text, _ in some_letters()])


@pytest.fixture
def cold(background: Background) -> ColdStart:
    return ColdStart(DUTIES, background, [text for text, _ in some_letters()])


def first(learner: Learner, text: str) -> str:
    return learner.offices[int(learner.scores(text).argmax())]


def test_duties_alone_find_the_office(cold: ColdStart) -> None:
    learner = Learner(cold)
    right = [first(learner, text) == office for text, office in some_letters()]
    assert np.mean(right) > 0.75


def test_offices_without_any_duty_are_refused(background: Background) -> None:
    with pytest.raises(InvalidInputError):
        ColdStart({"gas": []}, background, [])


def test_a_dense_encoder_is_heard_where_no_character_is_shared(background: Background) -> None:
    def encoder(texts: Sequence[str]) -> NDArray[np.float32]:
        of_gas = [any(word in text for word in ("燃气", "供暖", "屋里冰凉")) for text in texts]
        rows = [[1.0, 0.0] if gas else [0.0, 1.0] for gas in of_gas]
        return np.array(rows, dtype=np.float32)

    letters = [text for text, _ in some_letters()]
    learner = Learner(ColdStart(DUTIES, background, letters, encoder))
    assert first(learner, "\n屋里冰凉") == "gas"


def test_one_lesson_changes_the_next_judgement_and_can_be_taken_back(cold: ColdStart) -> None:
    learner = Learner(cold)
    before = learner.scores(UNKNOWN_MATTER)
    learner.learn(Lesson("a", UNKNOWN_MATTER, "police"))
    assert first(learner, UNKNOWN_MATTER) == "police"
    assert first(learner, "\n楼下广场舞很吵") == "police"
    learner.forget("a")
    assert (learner.scores(UNKNOWN_MATTER) == before).all()


def test_a_return_teaches_both_offices(cold: ColdStart) -> None:
    learner = Learner(cold)
    before = learner.scores("\n公交站点的身份证丢了")
    learner.learn(Lesson("a", "\n公交站点的身份证丢了", "police", refused=("traffic",)))
    change = dict(zip(learner.offices, learner.scores("\n公交站点的身份证丢了") - before, strict=True))
    assert change["police"] > 0 > change["traffic"]
    assert change["traffic"] < change["gas"]


def test_replay_in_any_order_gives_the_same_scores_to_the_last_bit(cold: ColdStart) -> None:
    lessons = some_lessons()
    one, other = Learner(cold), Learner(cold)
    one.replay(lessons)
    other.learn(Lesson("wrong", lessons[0].text, "traffic", refused=("gas",), weight=3))
    other.replay(lessons[::-1])
    other.replay(lessons[:5])
    other.forget("wrong")
    assert one.version == other.version
    for text, _ in some_letters():
        assert (one.scores(text) == other.scores(text)).all()


def test_unseen_scores_are_those_without_the_lesson(cold: ColdStart) -> None:
    learner = Learner(cold)
    learner.replay(some_lessons())
    learner.learn(Lesson("ping", some_letters()[0][0], "police", refused=("gas",), weight=2))
    for lesson in (learner.lessons[7], learner.lessons[-1]):
        unseen = learner.unseen(lesson.id)
        learner.forget(lesson.id)
        without = learner.reading(lesson.text)
        assert without.scores == pytest.approx(unseen.scores)
        assert without.about == pytest.approx(unseen.about)
        assert without.echoes == pytest.approx(unseen.echoes)
        learner.learn(lesson)
    with pytest.raises(NotFoundError):
        learner.unseen("nobody")


def test_what_was_decided_of_nearly_the_same_text_is_remembered(cold: ColdStart) -> None:
    learner = Learner(cold)
    learner.replay(some_lessons())
    text = "楼道声控灯\n我们单元三楼的声控灯坏了一个月，老人上下楼看不见，物业说等配件，请帮忙催一催。"
    learner.learn(Lesson("a", text, "police", refused=("gas",)))
    again = text.replace("三楼", "五楼")
    echoes = dict(zip(learner.offices, learner.reading(again).echoes, strict=True))
    assert echoes["police"] > 0.5
    assert echoes["gas"] < -0.5
    assert echoes["traffic"] == 0.0
    assert not learner.reading("声控灯\n电梯里的灯很亮").echoes.any()
    learner.forget("a")
    assert not learner.reading(text).echoes.any()


def test_an_office_learns_what_is_not_its_own_before_anybody_knows_whose_it_is(cold: ColdStart) -> None:
    learner = Learner(cold)
    text = "\n公交站点的身份证丢了"
    before = learner.scores(text)
    learner.learn(Lesson("a", text, None, refused=("traffic",)))
    change = dict(zip(learner.offices, learner.scores(text) - before, strict=True))
    assert change["traffic"] < min(change["police"], change["gas"])


def test_unknown_offices_and_lessons_are_refused_and_change_nothing(cold: ColdStart) -> None:
    learner = Learner(cold)
    with pytest.raises(NotFoundError):
        learner.learn(Lesson("a", "\n暖气", "gas", refused=("nobody",)))
    with pytest.raises(NotFoundError):
        learner.forget("a")
    assert learner.lessons == ()


@pytest.mark.parametrize("text", ["", "\n", "a\n", "😀\n🏳️‍🌈", "\ud800\n\x00", "局长" * 50_000])
def test_any_text_is_scored_and_learnt(cold: ColdStart, text: str) -> None:
    learner = Learner(cold)
    learner.learn(Lesson("a", text, "gas"))
    assert np.isfinite(learner.scores(text)).all()


def test_vectors_have_the_length_of_one(background: Background) -> None:
    vector = background.vector("路灯坏了\n我们小区门口的路灯坏了三个月")
    assert np.sqrt(np.sum(vector.values**2.0)) == pytest.approx(UNIT, rel=1e-3)
    assert len(background.vector("").columns) == 0


def test_letters_without_labels_teach_when_there_are_enough(background: Background) -> None:
    letters = [f"{place}\n{'，'.join(troubles)}，请处理" for place in PLACES for troubles in TROUBLES.values()]
    cold = ColdStart(DUTIES, background, letters)
    learner = self_taught(cold, letters)
    assert learner is not None
    spoken_of = [(text, office) for text, office in some_letters() if Learner(cold).scores(text).any()]
    right = [[first(judge, text) == office for text, office in spoken_of] for judge in (Learner(cold), learner)]
    assert np.mean(right[1]) >= np.mean(right[0])


def test_too_few_letters_without_labels_teach_nothing(cold: ColdStart) -> None:
    assert self_taught(cold, [text for text, _ in some_letters()]) is None


def test_letters_that_the_duties_do_not_speak_of_teach_nothing(background: Background) -> None:
    random = np.random.default_rng(3)
    noise = ["\n" + "".join(chr(code) for code in random.integers(0x5000, 0x9000, 40)) for _ in range(150)]
    assert self_taught(ColdStart(DUTIES, background, noise), noise) is None
