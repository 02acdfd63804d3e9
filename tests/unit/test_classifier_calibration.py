from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from minxin.classifier.calibration import calibrate, joined


def some_letters(count: int = 3_000, labels: int = 4) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return scores whose true chance is known: the label is drawn from the joined chances of three times the score."""
    random = np.random.default_rng(11)
    scores = random.normal(-1.0, 1.0, (count, labels))
    chances = joined(scores * 3.0, 1.0)
    truth = np.array([random.choice(labels, p=row) for row in chances])
    return scores, truth


def test_probabilities_mean_what_they_say() -> None:
    scores, truth = some_letters()
    probabilities = calibrate(scores[:2_000], truth[:2_000]).probabilities(scores[2_000:])
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(1_000))
    right = probabilities.argmax(axis=1) == truth[2_000:]
    assert probabilities.max(axis=1).mean() == pytest.approx(right.mean(), abs=0.03)


def test_a_label_with_few_letters_shares_the_curve_of_all() -> None:
    scores, truth = some_letters(400)
    scores, truth = scores[truth < 3], truth[truth < 3]
    calibration = calibrate(scores, truth)
    assert calibration.slopes[3] > 0
    assert np.isfinite(calibration.offsets).all()


def test_too_few_letters_teach_nothing() -> None:
    scores, truth = some_letters(10)
    calibration = calibrate(scores, truth)
    assert (calibration.temperature, set(calibration.offsets)) == (1.0, {0.0})


def test_separable_letters_keep_finite_probabilities() -> None:
    truth = np.arange(60) % 2
    scores = np.where(truth[:, None] == np.arange(2), 50.0, -50.0)
    assert np.isfinite(calibrate(scores, truth).probabilities(scores)).all()


def test_a_hopeless_model_is_not_turned_upside_down() -> None:
    scores, truth = some_letters(200)
    assert (calibrate(-scores, truth).slopes > 0).all()
