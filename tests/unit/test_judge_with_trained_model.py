"""A model that was trained on the city's history judges in the place of the plain one, and lessons still count."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.trained import LABELS, made_letters, made_order, made_version

from minxin.classifier.judge import Judge, Sample, load_judge, train_judge
from minxin.classifier.learning.lessons import Lesson
from minxin.classifier.trained.shelf import current_trained
from minxin.core.judgement import judged_text

DUTIES = {"buses": ["公交线路"], "water": ["供水"], "parks": ["公园绿化"]}
BUS = ("公交", "公交车不来，公交站没有遮雨棚，已经等了四十分钟")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two judges of the same city: the plain one, and a version trained on its history."""
    folder = tmp_path_factory.mktemp("model")
    train_judge([], DUTIES).save(folder / "plain")
    made_version(folder, made_order())
    return folder


def loaded(models: Path, samples: list[Sample] | None = None) -> Judge:
    trained = current_trained(models)
    assert trained is not None
    return load_judge(models / "plain", samples or [], DUTIES, precision=0.8, trained=trained)


def test_trained_model_judges_as_sure_as_it_was_proven_to_be(models: Path) -> None:
    trained = current_trained(models)
    assert trained is not None
    judgement = loaded(models).judge(*BUS)
    first = judgement.candidates[0]
    assert first.office_id == "buses"
    assert first.evidence
    assert judgement.model.startswith(trained.version)
    assert judgement.confident == (first.probability >= trained.thresholds(0.8).pooled)
    expected = dict(zip(trained.labels, trained.probabilities(judged_text(*BUS)), strict=True))
    assert first.probability == pytest.approx(expected["buses"], abs=0.02)


def test_office_that_the_model_never_heard_of_is_no_likelier_than_any_until_somebody_teaches_it(models: Path) -> None:
    judge = loaded(models)
    chances = {one.office_id: one.probability for one in judge.judge(*BUS).candidates}
    assert chances["parks"] == min(chances.values())
    judge.ranking.learn(Lesson("a", judged_text(*BUS), "parks"))
    assert judge.judge(*BUS).candidates[0].office_id == "parks"
    judge.ranking.forget("a")
    assert judge.judge(*BUS).candidates[0].office_id == "buses"


def test_voices_are_weighed_anew_once_there_are_lessons_enough_to_tell(models: Path) -> None:
    judge = loaded(models)
    lessons = [Lesson(str(number), one.text, one.label) for number, one in enumerate(made_letters(60, seed=5))]
    for lesson in lessons[:20]:
        judge.ranking.learn(lesson)
    assert not judge.ranking.wants_weighing()
    for lesson in lessons[20:]:
        judge.ranking.learn(lesson)
    assert judge.ranking.wants_weighing()
    assert sum(1 for _ in judge.ranking.weighing()) == len(lessons)
    assert judge.judge(*BUS).candidates[0].office_id in LABELS
