"""Learning at once (即时学习): every choice, return and ruling of a clerk changes the next judgement.

What is known of an office is how often each n-gram occurs in the letters that went there, and in those that did not:
whole numbers, to which a lesson is added and from which it is taken back. Learning one lesson after another is the same
as learning all anew, and the same lessons in any order give the same model to the last bit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from minxin.classifier.calibration import Calibration, calibrate
from minxin.classifier.learning.cold import ColdStart, Scores
from minxin.classifier.learning.vectors import COLUMNS, UNIT, TextVector
from minxin.core.errors import NotFoundError

_EVERYWHERE = 0.03  # of each n-gram, so that none is impossible
# What all offices' letters say weighs as much as 150 letters of an office's own: few lessons move it a little, and an
# office with ten times the lessons of another is no likelier for it.
_PRIOR = 1_500.0
_LEARNT_WEIGHT = 0.8

Numbers = NDArray[np.int64]


class Lesson(Struct, frozen=True):
    """What a person decided of one letter.

    ``text`` is joined by :func:`minxin.core.judgement.judged_text`. ``refused`` are offices that sent the letter back
    (退回): they learn that such letters are not theirs. ``weight`` is a whole number over 0: a ruling may count more
    than a choice.
    """

    id: str
    text: str
    office: str
    refused: tuple[str, ...] = ()
    weight: int = 1


class Learner:
    """The lessons so far on top of what the duties say; not safe for two threads of which one learns."""

    def __init__(self, cold: ColdStart) -> None:
        """Begin without lessons: the judgement is that of ``cold``."""
        self.offices = cold.offices
        self._cold = cold
        self._row_of = {office: row for row, office in enumerate(cold.offices)}
        self._lessons: dict[str, Lesson] = {}
        self._vectors: dict[str, TextVector] = {}
        # One row for each office: the letters that were its own, and those that it refused.
        self._own = np.zeros((len(self.offices), COLUMNS), dtype=np.int32)
        self._refused = np.zeros_like(self._own)
        self._sums = np.zeros((2, len(self.offices)), dtype=np.int64)

    @property
    def lessons(self) -> tuple[Lesson, ...]:
        """Return what was learnt and not taken back, by id."""
        return tuple(self._lessons[key] for key in sorted(self._lessons))

    @property
    def version(self) -> str:
        """Return a name that the same offices and lessons always have, and others never."""
        said = msgspec.json.encode([self.offices, self.lessons])
        return f"lessons-{hashlib.sha256(said).hexdigest()[:8]}"

    def learn(self, lesson: Lesson) -> None:
        """Learn one lesson; one of the same id, learnt before, is taken back first.

        Raises :class:`NotFoundError` for an office that is not known; then nothing is learnt.
        """
        if not {lesson.office, *lesson.refused} <= self._row_of.keys():
            raise NotFoundError
        self._learn(lesson, self._cold.background.vector(lesson.text))

    def forget(self, lesson_id: str) -> None:
        """Take a lesson back, as if it had never been learnt. Raises :class:`NotFoundError` when it was not."""
        if lesson_id not in self._lessons:
            raise NotFoundError
        self._count(lesson_id, -1)
        del self._lessons[lesson_id], self._vectors[lesson_id]

    def replay(self, lessons: Iterable[Lesson]) -> None:
        """Learn stored lessons, in any order; what was learnt before stays."""
        for lesson in lessons:
            self.learn(lesson)

    def carried_over(self, cold: ColdStart, moved: Mapping[str, str]) -> Learner:
        """Return a learner for offices added, merged, renamed or closed (机构改革), with all lessons that still hold.

        ``moved`` names the successor of each office that has one; lessons of an office without successor are dropped.
        """
        successor = {office: moved.get(office, office) for office in self.offices}
        result = Learner(cold)
        for lesson in self.lessons:
            office = successor[lesson.office]
            refused = {successor[name] for name in lesson.refused} & result._row_of.keys() - {office}
            if office in result._row_of:
                carried = msgspec.structs.replace(lesson, office=office, refused=tuple(sorted(refused)))
                same = cold.background is self._cold.background
                result._learn(carried, self._vectors[lesson.id] if same else cold.background.vector(lesson.text))
        return result

    def scores(self, text: str) -> Scores:
        """Return the score of each office, in the order of :attr:`offices`."""
        vector = self._cold.background.vector(text)
        return self._scores(text, vector, None)

    def unseen(self) -> tuple[Scores, Numbers]:
        """Return the scores of each lesson's letter as they were without that lesson, and the right column of each."""
        scores = [self._scores(lesson.text, self._vectors[lesson.id], lesson) for lesson in self.lessons]
        truth = [self._row_of[lesson.office] for lesson in self.lessons]
        return np.array(scores).reshape(-1, len(self.offices)), np.array(truth, dtype=np.int64)

    def calibration(self) -> Calibration:
        """Learn from all lessons what a score means; takes a millisecond a lesson."""
        return calibrate(*self.unseen())

    def _learn(self, lesson: Lesson, vector: TextVector) -> None:
        if lesson.id in self._lessons:
            self.forget(lesson.id)
        self._lessons[lesson.id] = lesson
        self._vectors[lesson.id] = vector
        self._count(lesson.id, 1)

    def _count(self, lesson_id: str, sign: int) -> None:
        lesson, vector = self._lessons[lesson_id], self._vectors[lesson_id]
        values = (sign * lesson.weight * vector.values).astype(np.int32)
        for counts, sums, offices in (
            (self._own, self._sums[0], (lesson.office,)),
            (self._refused, self._sums[1], lesson.refused),
        ):
            for office in offices:
                counts[self._row_of[office], vector.columns] += values
                sums[self._row_of[office]] += int(values.sum())

    def _scores(self, text: str, vector: TextVector, without: Lesson | None) -> Scores:
        own = self._own[:, vector.columns].astype(np.float64)
        refused = self._refused[:, vector.columns].astype(np.float64)
        own_sum, refused_sum = self._sums.astype(np.float64)
        if without is not None:
            row, left_out = self._row_of[without.office], without.weight * vector.values
            own[row] -= left_out
            own_sum[row] -= left_out.sum()
            for office in without.refused:
                refused[self._row_of[office]] -= left_out
                refused_sum[self._row_of[office]] -= left_out.sum()
        learnt = _log_ratio(own / UNIT, refused / UNIT, own_sum / UNIT, refused_sum / UNIT) @ vector.shares
        result: Scores = self._cold.scores(text, vector) + _LEARNT_WEIGHT * learnt
        return result


def _log_ratio(own: Scores, refused: Scores, own_sum: Scores, refused_sum: Scores) -> Scores:
    """Return how much likelier each n-gram is in an office's letters than elsewhere.

    Both sides are drawn towards what all letters say (Monroe et al. 2008, "Fightin' words"): an office of which nothing
    was learnt has the ratio 0 everywhere.
    """
    everywhere = (own.sum(axis=0) + _EVERYWHERE) / (own_sum.sum() + _EVERYWHERE * COLUMNS)
    others, others_sum = own.sum(axis=0) - own + refused, own_sum.sum() - own_sum + refused_sum
    inside = (own + _PRIOR * everywhere) / (own_sum + _PRIOR)[:, None]
    outside = (others + _PRIOR * everywhere) / (others_sum + _PRIOR)[:, None]
    result: Scores = np.log(inside) - np.log(outside)
    return result
