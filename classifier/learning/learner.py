"""Learning at once (即时学习): every choice, return and ruling of a clerk changes the next judgement.

What is known of an office is how often each n-gram occurs in the letters that went there, and in those that did not,
and what its letters are about: whole numbers, to which a lesson is added and from which it is taken back. Learning one
lesson after another is the same as learning all anew, and the same lessons in any order give the same model to the last
bit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from minxin.classifier.learning.cold import ColdStart
from minxin.classifier.learning.ear import Scores
from minxin.classifier.learning.heard import HeardLessons
from minxin.classifier.learning.lessons import Lesson
from minxin.classifier.learning.memory import Memory
from minxin.classifier.learning.vectors import COLUMNS, UNIT, Background, TextVector
from minxin.core.errors import NotFoundError, UnavailableError

_EVERYWHERE = 0.03  # of each n-gram, so that none is impossible
# What all offices' letters say weighs as much as 150 letters of an office's own: few lessons move it a little, and an
# office with ten times the lessons of another is no likelier for it.
_PRIOR = 1_500.0
_LEARNT_WEIGHT = 0.8
ABOUT_WEIGHT = 3.5  # of what lessons say by what letters are about, which lies between 0 and 1
_NAME_BITS = 64
_UNIT = np.float32(UNIT)

Numbers = NDArray[np.int64]


class Reading(Struct, frozen=True):
    """What is said of a text: scores for each office, and how many of its n-grams some lesson has.

    ``scores`` are what duties and words of lessons say, ``about`` what lessons say by what their letters are about.
    ``echoes`` are what was decided of nearly the same text: 1 for the office of the very same, -1 for one that returned
    it, 0 for all others; those over 0 sum to 1 at most. ``deaf`` is whether the encoder could not be asked.
    """

    scores: Scores
    about: Scores
    echoes: Scores
    known: int
    deaf: bool = False

    def said(self, about_weight: float = ABOUT_WEIGHT) -> Scores:
        """Return what both say together."""
        return self.scores + about_weight * self.about


class Learner:
    """The lessons so far on top of what the duties say; not safe for two threads of which one learns."""

    def __init__(self, cold: ColdStart, *, words_only: bool = False) -> None:
        """Begin without lessons: the judgement is that of ``cold``.

        With ``words_only`` lessons teach by their words, and not by what they are about.
        """
        self.offices = cold.offices
        self._cold = cold
        self._column_of = {office: column for column, office in enumerate(cold.offices)}
        self._lessons: dict[str, Lesson] = {}
        self._memory = Memory(cold.background.vector)
        self._words_only = words_only
        self._heard = HeardLessons(len(self.offices), lambda text: cold.about(text, cold.background.vector(text)))
        self._name = 0
        # One row for each n-gram, so that a letter reads few pieces of memory; one column for each office: the letters
        # that were its own, and those that it refused.
        self._own = np.zeros((COLUMNS, len(self.offices)), dtype=np.int32)
        # Not as zeros_like makes it, which writes the zeros: where no letter was refused it takes no memory.
        self._refused = np.zeros(self._own.shape, dtype=np.int32)
        self._everywhere = np.zeros(COLUMNS, dtype=np.int64)
        self._own_sum, self._refused_sum = np.zeros((2, len(self.offices)), dtype=np.int64)

    def __len__(self) -> int:
        return len(self._lessons)

    @property
    def background(self) -> Background:
        """Return how common each n-gram is in letters."""
        return self._cold.background

    @property
    def lessons(self) -> tuple[Lesson, ...]:
        """Return what was learnt and not taken back, by id."""
        return tuple(self._lessons[key] for key in sorted(self._lessons))

    def latest(self, most: int) -> tuple[Lesson, ...]:
        """Return at most so many lessons, those learnt last."""
        return tuple(self._lessons.values())[-most:]

    @property
    def version(self) -> str:
        """Return a name that the same lessons always have; others have it by a rare chance alone."""
        return f"{self._name:016x}"

    def knows(self, office: str) -> bool:
        """Say whether it is one of :attr:`offices`."""
        return office in self._column_of

    def holds(self, lesson: Lesson) -> bool:
        """Say whether exactly this was learnt and not taken back."""
        return self._lessons.get(lesson.id) == lesson

    def learn(self, lesson: Lesson, *, listen: bool = True) -> None:
        """Learn one lesson; one of the same id, learnt before, is taken back first.

        Its words count at once, what it is about when it was listened to: now, or by :meth:`listen`. Raises
        :class:`NotFoundError` for an office that is not known; then nothing is learnt.
        """
        offices = {*lesson.refused, lesson.office} - {None}
        if not offices <= self._column_of.keys():
            raise NotFoundError
        if lesson.id in self._lessons:
            self.forget(lesson.id)
        self._lessons[lesson.id] = lesson
        self._memory.keep(lesson, self._count(lesson, 1))
        if lesson.office is not None and not self._words_only:
            self._heard.keep(lesson, self._column_of[lesson.office])
        while listen and self.listen():
            pass

    def listen(self) -> bool:
        """Hear what some lessons are about that still wait for it, in half a second at most.

        False when none did, or the encoder can't be asked.
        """
        return self._heard.listen()

    def forget(self, lesson_id: str) -> None:
        """Take a lesson back, as if it had never been learnt. Raises :class:`NotFoundError` when it was not."""
        lesson = self._lessons.pop(lesson_id, None)
        if lesson is None:
            raise NotFoundError
        self._count(lesson, -1)
        self._memory.drop(lesson_id)
        if lesson.office is not None and not self._words_only:
            self._heard.drop(lesson_id)

    def replay(self, lessons: Iterable[Lesson]) -> None:
        """Learn stored lessons and listen to them, in any order; what was learnt before stays."""
        for lesson in lessons:
            self.learn(lesson, listen=False)
        while self.listen():
            pass

    def scores(self, text: str) -> Scores:
        """Return the score of each office, in the order of :attr:`offices`."""
        return self.reading(text).said()

    def reading(self, text: str) -> Reading:
        """Return the scores of a text, and how much of it was met before."""
        vector = self._cold.background.vector(text)
        known = int(np.count_nonzero(self._everywhere[vector.columns]))
        try:
            return Reading(*self._scores(text, vector, None), self._echoes(vector), known)
        except UnavailableError:
            return Reading(*self._scores(text, vector, None, deaf=True), self._echoes(vector), known, deaf=True)

    def spoke(self, text: str, office: str) -> tuple[TextVector, Scores]:
        """Return the vector of a text and how much lessons let each of its columns speak for the office."""
        vector = self._cold.background.vector(text)
        return vector, vector.shares * self._ratios(vector, None)[:, self._column_of[office]]

    def unseen(self, lesson_id: str) -> Reading:
        """Return what was said of a lesson's letter without that lesson.

        Raises :class:`NotFoundError` when it was not learnt, and :class:`UnavailableError` while the encoder can't be
        asked: the voices are not weighed by what only one of them says.
        """
        lesson = self._lessons.get(lesson_id)
        if lesson is None:
            raise NotFoundError
        vector = self._cold.background.vector(lesson.text)
        known = int(np.count_nonzero(self._everywhere[vector.columns]))
        return Reading(*self._scores(lesson.text, vector, lesson), self._echoes(vector, lesson.id), known)

    def _echoes(self, vector: TextVector, without: str = "") -> Scores:
        echoes = np.zeros(len(self.offices))
        for lesson, nearness in self._memory.like(vector, self._lessons.__getitem__, without):
            if lesson.office is not None:
                echoes[self._column_of[lesson.office]] += nearness
            for office in lesson.refused:
                echoes[self._column_of[office]] -= nearness
        # Where people decided differently, they share what one of them would have.
        echoes /= max(1.0, float(np.maximum(echoes, 0.0).sum()))
        np.maximum(echoes, -1.0, out=echoes)
        return echoes

    def _count(self, lesson: Lesson, sign: int) -> TextVector:
        vector = self._cold.background.vector(lesson.text)
        values = sign * lesson.weight * vector.values
        if lesson.office is not None:
            column = self._column_of[lesson.office]
            self._own[vector.columns, column] += values.astype(np.int32)
            self._everywhere[vector.columns] += values
            self._own_sum[column] += int(values.sum())
        for office in lesson.refused:
            self._refused[vector.columns, self._column_of[office]] += values.astype(np.int32)
            self._refused_sum[self._column_of[office]] += int(values.sum())
        self._name = (self._name + sign * _number(lesson)) % (1 << _NAME_BITS)
        return vector

    def _scores(
        self, text: str, vector: TextVector, without: Lesson | None, *, deaf: bool = False
    ) -> tuple[Scores, Scores]:
        row = self._cold.about(text, vector, deaf=deaf)
        learnt = vector.shares @ self._ratios(vector, without)
        about = self._heard.without(row, without.id) if without else self._heard.scores(row)
        return self._cold.scores(text, vector, deaf=deaf) + _LEARNT_WEIGHT * learnt, about

    def _ratios(self, vector: TextVector, without: Lesson | None) -> Scores:
        """Return how much each column of the vector tells each office from the others, by the lessons."""
        own, own_sum = self._own[vector.columns], self._own_sum
        refused, refused_sum = self._refused[vector.columns], self._refused_sum
        everywhere = self._everywhere[vector.columns]
        if without is not None:
            left_out = without.weight * vector.values
            own_sum, refused_sum = own_sum.copy(), refused_sum.copy()
            if without.office is not None:
                column = self._column_of[without.office]
                own[:, column] -= left_out.astype(np.int32)
                own_sum[column] -= left_out.sum()
                everywhere = everywhere - left_out
            for office in without.refused:
                refused[:, self._column_of[office]] -= left_out.astype(np.int32)
                refused_sum[self._column_of[office]] -= left_out.sum()
        return _log_ratio(own, refused, everywhere, own_sum, refused_sum)


def _log_ratio(
    own: NDArray[np.int32], refused: NDArray[np.int32], everywhere: Numbers, own_sum: Numbers, refused_sum: Numbers
) -> Scores:
    """Return how much likelier each n-gram (a row) is in an office's letters than elsewhere.

    Both sides are drawn towards what all letters say (Monroe et al. 2008, "Fightin' words"): an office of which nothing
    was learnt has the ratio 0 everywhere.
    """
    every_sum = own_sum.sum()
    drawn = _PRIOR * (everywhere / UNIT + _EVERYWHERE) / (every_sum / UNIT + _EVERYWHERE * COLUMNS)
    inside = own.astype(np.float32) / _UNIT
    outside = (everywhere / UNIT + drawn).astype(np.float32)[:, None] - inside
    if refused_sum.any():
        outside += refused.astype(np.float32) / _UNIT
    inside += drawn.astype(np.float32)[:, None]
    shift = np.log(own_sum / UNIT + _PRIOR) - np.log((every_sum - own_sum + refused_sum) / UNIT + _PRIOR)
    # Single precision is twice as quick, and what is the same for the same lessons stays so.
    result: Scores = np.log(inside / outside) - shift
    return result


def _number(lesson: Lesson) -> int:
    said = "\0".join((lesson.id, lesson.text, lesson.office or "", *lesson.refused, str(lesson.weight)))
    digest = hashlib.sha256(said.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[: _NAME_BITS // 8])
