"""Letters without labels teach, too (自训练): what the duties are sure of shows how people write about it.

As many letters of each office are taken as of any other: without that, the largest office soon takes all. The student
is compared on letters outside before it is believed: where it can't find again what the duties were sure of, there were
too few letters, and nothing is taught.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil
from typing import cast

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from minxin.classifier.learning.cold import ColdStart
from minxin.classifier.learning.ear import Scores
from minxin.classifier.learning.learner import Learner
from minxin.classifier.learning.lessons import Lesson
from minxin.classifier.learning.vectors import TextVector

_ROUNDS = (0.3, 0.5, 0.7)  # share of the letters that each round may learn from
# Of the letters that an office is the first for. An office that wrote hardly any of them would else teach doubtful ones
# to make up its number.
_SUREST = 0.7
_LEAST_LETTERS_AN_OFFICE = 40
_LEAST_AGREEMENT = 0.7
_PREFIX = "self:"
# How much of what letters without labels taught is believed, and after how many lessons of people for each office half
# as much: by then they know better. Chosen on city letters.
_BELIEVED = 0.5
_HALVED_BY = 20.0

OnRound = Callable[[int, int], None]  # called with the number of rounds done, and of all


class SelfTeaching(Struct, frozen=True):
    """What letters without labels came to.

    ``needed`` is how many different letters so many offices need. ``agreement`` is how many of the sure letters a
    student found again, mean over the offices; None where there were too few letters to try. ``learner`` is None when
    the letters would do harm.
    """

    letters: int
    needed: int
    agreement: float | None
    least_agreement: float
    learner: Learner | None


def self_taught(cold: ColdStart, letters: Sequence[str]) -> Learner | None:
    """Return a learner that begins with what letters that nobody labelled taught, or None when they would do harm."""
    student = self_teaching(cold, letters).learner
    return None if student is None else beginning_with(cold, student.lessons)


def self_teaching(cold: ColdStart, letters: Sequence[str], on_round: OnRound = lambda done, of: None) -> SelfTeaching:
    """Learn from letters that nobody labelled, unless they would do harm.

    The order of ``letters`` does not matter. Takes some milliseconds a letter.
    """
    texts, needed, rounds = sorted(set(letters)), _LEAST_LETTERS_AN_OFFICE * len(cold.offices), len(_ROUNDS) + 1
    if len(texts) < needed:
        return SelfTeaching(len(texts), needed, None, _LEAST_AGREEMENT, None)
    agreement = _agreement(cold, texts)
    on_round(1, rounds)
    if agreement < _LEAST_AGREEMENT:
        return SelfTeaching(len(texts), needed, agreement, _LEAST_AGREEMENT, None)
    learner = Learner(cold)
    for done, share in enumerate(_ROUNDS, start=2):
        learner = _taught(cold, texts, _scores(learner, texts), share)
        on_round(done, rounds)
    return SelfTeaching(len(texts), needed, agreement, _LEAST_AGREEMENT, learner)


def beginning_with(cold: ColdStart, lessons: Sequence[Lesson]) -> Learner:
    """Return a learner that begins with ``lessons`` of :func:`self_teaching`, and has learnt none of a person yet.

    They are no lessons of its own: nobody decided them, so they prove nothing, are remembered for no text, and count
    the less the more people decide.
    """
    own = _by_words(cold)
    own.replay(lessons)
    start = _Start(cold, own, lambda: len(learner))
    # The learner asks a start for nothing else than this class has.
    learner = Learner(cast("ColdStart", start))
    return learner


class _Start:
    """What the duties say together with what letters without labels taught; ``decided`` counts people's lessons."""

    def __init__(self, cold: ColdStart, own: Learner, decided: Callable[[], int]) -> None:
        self.offices = cold.offices
        self.background = cold.background
        self._cold = cold
        self._own = own
        self._decided = decided

    def scores(self, text: str, vector: TextVector, *, deaf: bool = False) -> Scores:
        """Return the score of each office for a text whose vector is known."""
        share = _BELIEVED * _HALVED_BY / (_HALVED_BY + self._decided() / len(self.offices))
        result: Scores = (1.0 - share) * self._cold.scores(text, vector, deaf=deaf) + share * self._own.scores(text)
        return result

    def about(self, text: str, vector: TextVector, *, deaf: bool = False) -> Scores:
        """Return what a text is about, as the duties' own encoder hears it."""
        return self._cold.about(text, vector, deaf=deaf)


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
    learner = _by_words(cold)
    learner.replay(
        Lesson(f"{_PREFIX}{row}", texts[row], cold.offices[office])
        for row, office in zip(rows.tolist(), offices.tolist(), strict=True)
    )
    return learner


def _by_words(cold: ColdStart) -> Learner:
    """Return a learner for letters that nobody decided: what they are about is what the duties were sure of already."""
    return Learner(cold, words_only=True)


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
