"""Same meaning or not: pairs of questions, of which nothing is learnt but the threshold, from pairs of another kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from minxin.classifier.encoder.sameness import Sameness
from minxin.deploy.evaluation.measure import Data, Figure

CHOSEN_ON = "similar_questions/afqmc_dev.csv"
JUDGED_ON = "similar_questions/lcqmc_dev.csv"
_FILES = (CHOSEN_ON, JUDGED_ON)

Nearness = NDArray[np.float64]


def same_meaning(data: Data) -> list[Figure]:
    """Tell pairs by vectors, beside plain overlap of the characters' bigrams."""
    overlap = _figure("accuracy, bigram overlap", [_overlaps(*_pairs(data, name)) for name in _FILES], data)
    if data.encoder is None:
        return [overlap]
    near = []
    for name in _FILES:
        first, second = _pairs(data, name)
        near.append(Sameness(data.encoder, [*first, *second]).cosines(first, second).astype(np.float64))
    return [_figure("accuracy, vectors", near, data, overlap.value)]


def _figure(name: str, near: Sequence[Nearness], data: Data, baseline: float | None = None) -> Figure:
    chosen_on, judged_on = (np.array([row["same"] == "1" for row in data.rows(file)]) for file in _FILES)
    threshold = _best_threshold(near[0], chosen_on)
    right = float(((near[1] >= threshold) == judged_on).mean())
    return Figure(name=name, value=right, n=len(judged_on), goal=0.75, baseline=baseline, note="threshold from AFQMC")


def _pairs(data: Data, file: str) -> tuple[list[str], list[str]]:
    rows = data.rows(file)
    return [row["a"] for row in rows], [row["b"] for row in rows]


def _best_threshold(near: Nearness, same: NDArray[np.bool_]) -> float:
    """Return the least nearness that is taken for the same when most pairs are told rightly."""
    order = np.argsort(-near, kind="stable")
    return float(near[order[np.cumsum(np.where(same[order], 1, -1)).argmax()]])


def _overlaps(first: Sequence[str], second: Sequence[str]) -> Nearness:
    """Return twice the bigrams that both have, by all bigrams (Dice)."""
    both = [(_bigrams(one), _bigrams(other)) for one, other in zip(first, second, strict=True)]
    return np.array([2 * (one & other).total() / max(1, one.total() + other.total()) for one, other in both])


def _bigrams(text: str) -> Counter[str]:
    return Counter(left + right for left, right in pairwise(filter(str.isalnum, text)))
