"""Letters without labels teach, too (自训练): what the duties are sure of shows how people write about it.

As many letters of each office are taken as of any other: without that, the largest office soon takes all. The student
is compared on letters outside before it is believed: where it can't find again what the duties were sure of, there were
too few letters, and nothing is taught.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
from numpy.typing import NDArray

from minxin.classifier.learning.cold import ColdStart, Scores
from minxin.classifier.learning.learner import Learner
from minxin.classifier.learning.lessons import Lesson

_ROUNDS = (0.3, 0.5, 0.7)  # share of the letters that each round may learn from
# Of the letters that an office is the first for. An office that wrote hardly any of them would else teach doubtful ones
# to make up its number.
_SUREST = 0.7
_LEAST_LETTERS_AN_OFFICE = 40
_LEAST_AGREEMENT = 0.7
_PREFIX = "self:"


def self_taught(cold: ColdStart, letters: Sequence[str]) -> Learner | None:
    """Return a learner taught by letters that nobody labelled, or None when they would do harm.

    Real lessons may be learnt on top. The order of ``letters`` does not matter. Takes milliseconds a letter.
    """
    texts = sorted(set(letters))
    if len(texts) < _LEAST_LETTERS_AN_OFFICE * len(cold.offices) or _agreement(cold, texts) < _LEAST_AGREEMENT:
        return None
    learner = Learner(cold)
    for share in _ROUNDS:
        learner = _taught(cold, texts, _scores(learner, texts), share)
    return learner


def _agreement(cold: ColdStart, texts: Sequence[str]) -> float:
    """Let a student learn from one half, and return how often its lessons alone find the sure offices of the other.

    Every office counts the same, and one without a letter as never found: letters of a few offices teach no others.
    """
    halves = texts[::2], texts[1::2]
    scores = [_scores(Learner(cold), half) for half in halves]
    student = _taught(cold, halves[0], scores[0], _ROUNDS[0])
    rows, offices = _sure(scores[1], _ROUNDS[0])
    learnt = _scores(student, [halves[1][row] for row in rows]) - scores[1][rows]
    right = learnt.argmax(axis=1) == offices
    found = np.bincount(offices, weights=right, minlength=len(cold.offices))
    return float(np.mean(found / np.maximum(np.bincount(offices, minlength=len(cold.offices)), 1)))


def _taught(cold: ColdStart, texts: Sequence[str], scores: Scores, share: float) -> Learner:
    rows, offices = _sure(scores, share)
    learner = Learner(cold)
    learner.replay(
        Lesson(f"{_PREFIX}{row}", texts[row], cold.offices[office])
        for row, office in zip(rows.tolist(), offices.tolist(), strict=True)
    )
    return learner


def _sure(scores: Scores, share: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows with the widest lead and their office, equally many of each office as far as there are.

    The least sure letters of an office never come, however few it has.
    """
    ordered = np.sort(scores, axis=1)
    lead, best = ordered[:, -1] - ordered[:, -2], scores.argmax(axis=1)
    most = max(1, int(share * len(scores) / scores.shape[1]))
    rows = []
    for office in range(scores.shape[1]):
        own = np.flatnonzero(best == office)
        rows.append(own[np.argsort(-lead[own], kind="stable")[: min(most, ceil(_SUREST * len(own)))]])
    chosen = np.concatenate(rows)
    return chosen, best[chosen]


def _scores(learner: Learner, texts: Sequence[str]) -> Scores:
    return np.array([learner.scores(text) for text in texts]).reshape(-1, len(learner.offices))
