from __future__ import annotations

import numpy as np
import pytest

from minxin.classifier.thresholds import thresholds
from minxin.core.errors import InvalidInputError


def test_an_office_that_is_often_mistaken_gets_a_higher_threshold() -> None:
    random = np.random.default_rng(2)
    confidence = random.uniform(0.5, 1.0, 2_000)
    judged = ["easy", "hard"] * 1_000
    right = random.uniform(size=2_000) < np.where(np.arange(2_000) % 2 == 0, 0.99, confidence)
    chosen = thresholds(judged, confidence, right, 0.95)
    assert chosen.of_office["easy"] < chosen.pooled < chosen.of_office["hard"]
    assert chosen.routes("easy", 0.7)
    assert not chosen.routes("hard", 0.7)


def test_an_office_with_few_letters_has_the_threshold_of_all() -> None:
    confidence = np.linspace(0.5, 1.0, 300)
    chosen = thresholds(["big"] * 290 + ["small"] * 10, confidence, np.ones(300, dtype=bool), 0.95)
    assert "small" not in chosen.of_office
    assert chosen.routes("small", 0.9)


def test_a_promise_that_nothing_keeps_routes_nothing() -> None:
    chosen = thresholds(["a"] * 200, np.linspace(0, 1, 200), np.zeros(200, dtype=bool), 0.9)
    assert not chosen.routes("a", 1.0)
    assert not chosen.routes("unknown", 1.0)


@pytest.mark.parametrize("precision", [0.0, 1.0, -1.0, 97.0])
def test_a_precision_that_is_no_share_is_refused(precision: float) -> None:
    with pytest.raises(InvalidInputError):
        thresholds([], np.empty(0), np.empty(0, dtype=bool), precision)


def test_thresholds_keep_the_promise_on_new_letters() -> None:
    random = np.random.default_rng(4)
    kept = []
    for _ in range(30):
        confidence = random.uniform(0.5, 1.0, 1_600)
        right = random.uniform(size=1_600) < confidence
        chosen = thresholds(["a"] * 800, confidence[:800], right[:800], 0.9)
        routed = confidence[800:] >= chosen.pooled
        kept.append(right[800:][routed].mean())
    assert np.mean(kept) >= 0.89  # thirty cities tell the mean to a hundredth
