"""The offices of a letter by all that is known (综合研判): the trained model, the duties, what clerks decided since.

Two voices speak: the model that was trained on letters, and the learner (duties and lessons). How much each counts is
chosen by what they said of letters that they had not seen, and chosen anew as lessons come: the learner counts for
more while letters are few, the trained model when there are hundreds for each office.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from minxin.classifier.calibration import LEAST_LETTERS, Calibration, calibrate
from minxin.classifier.evidence import learnt_evidence
from minxin.classifier.learning.learner import ABOUT_WEIGHT, Learner, Reading
from minxin.classifier.learning.lessons import Lesson
from minxin.classifier.learning.vectors import Background
from minxin.classifier.linear import Record
from minxin.classifier.text import Folded
from minxin.classifier.thresholds import Thresholds, thresholds
from minxin.classifier.trained.model import TrainedModel
from minxin.core.judgement import Evidence

Scores = NDArray[np.float64]
ReadText = Callable[[str], Scores]

# What letters are about tells ten offices apart better than words alone, and fifty worse.
_TRIED_ABOUT = (0.0, 0.3 * ABOUT_WEIGHT, ABOUT_WEIGHT)
_TRIED_WEIGHTS = (0.0, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 1.0)
_MOST_FITTED = 3_000  # lessons, the last learnt
_LEAST_NEW = 10  # lessons since the voices were weighed last
_NEW_SHARE = 0.05
# What a person chose for the very same text is right nine times of ten, whatever the models say.
_TRUST = 0.9
NOTHING_ALONE = 2.0  # a threshold that no probability reaches


class Fit(Struct, frozen=True):
    """How the voices are joined, and what the joined voice said of letters that it had not seen."""

    trained_weight: float
    about_weight: float  # of what the learner says by what letters are about
    scales: tuple[float, float]  # of the trained model's scores and of the learner's
    calibration: Calibration
    judged: tuple[str, ...]
    record: Record


class Ranked(Struct, frozen=True):
    """The calibrated probability of each office, and how many n-grams of the text some lesson has.

    What is said while ``deaf``, by characters alone, was not proven: it is right less often than it promises.
    """

    probabilities: Scores
    known: int
    deaf: bool


class _Said(Struct, frozen=True):
    """What both voices say of one letter, and the right column."""

    trained: Scores
    learnt: Reading
    right: int


class Ranking:
    """Ranks offices; what it learns counts at the next letter.

    ``labels`` are those of the trained model, ``unseen`` what models like it said of lessons' letters that it was
    trained on, by the lesson's id. ``read`` gives its scores of any text. An office that it does not know has the
    lowest of its scores.
    """

    def __init__(
        self,
        labels: Sequence[str],
        read: ReadText,
        learner: Learner,
        unseen: Mapping[str, Scores],
        fit: Fit | None = None,
        *,
        least_lessons: int = 0,
    ) -> None:
        """Without a ``fit`` the voices are weighed now, which takes a millisecond a lesson.

        They are not weighed anew before there are ``least_lessons``: fewer would tell less than the fit knows.
        """
        self.offices = learner.offices
        self._column_of = {office: column for column, office in enumerate(labels)}
        self._read = read
        self._learner = learner
        self._unseen = dict(unseen)
        self._new = 0
        self._least_lessons = least_lessons
        self._aimed = 0.0
        self._thresholds = Thresholds(float("inf"), {})
        self.fit = fit or _fit(self.offices, [self._said_unseen(lesson) for lesson in self._lessons()])

    @property
    def version(self) -> str:
        """Return the name of the lessons."""
        return self._learner.version

    @property
    def background(self) -> Background:
        """Return how common each n-gram is, as the lessons are read with it."""
        return self._learner.background

    @property
    def unseen(self) -> dict[str, Scores]:
        """Return what was said of lessons' letters unseen, by the trained model, as it came in."""
        return self._unseen

    def aim(self, precision: float) -> None:
        """Choose the thresholds for routing alone by the precision that is aimed at."""
        if precision != self._aimed:
            self._aimed = precision
            self._choose_thresholds()

    @property
    def threshold(self) -> float:
        """Return the probability from which on a letter is routed alone where nothing else is known of its office."""
        return min(self._thresholds.pooled, NOTHING_ALONE)

    def routes_alone(self, office: str, probability: float) -> bool:
        """Say whether a letter judged to be the office's with this probability may be routed alone."""
        # Thresholds are of single precision, as what is proven is kept.
        return self._thresholds.routes(office, float(np.float32(probability)))

    def ranked(self, text: str, trained: Scores) -> Ranked:
        """Return the probability of each of :attr:`offices`; ``trained`` are the trained model's scores."""
        learnt = self._learner.reading(text)
        fit = self.fit
        said = learnt.said(fit.about_weight)
        joined = _joined(self._aligned(trained), said, fit.trained_weight, fit.scales)
        probabilities = fit.calibration.probabilities(joined[None, :])[0]
        return Ranked(_echoed(probabilities, learnt.echoes), learnt.known, learnt.deaf)

    def words(self, original: str, folded: Folded, office: str) -> tuple[Evidence, ...]:
        """Return the pieces of a text that spoke for the office because of lessons."""
        return learnt_evidence(original, folded, self._learner, office)

    def learn(self, lesson: Lesson) -> bool:
        """Learn a lesson, or its new form; False for one of an office that is not routable here (any more)."""
        offices = {*lesson.refused, lesson.office} - {None}
        if not all(self._learner.knows(office) for office in offices if office):
            return False
        self._unseen.pop(lesson.id, None)
        self._learner.learn(lesson, listen=False)
        self._new += 1
        return True

    def listen(self) -> bool:
        """Hear what some lessons are about that still wait for it, in half a second at most.

        False when none did, or the encoder can't be asked.
        """
        return self._learner.listen()

    def forget(self, lesson_id: str) -> None:
        """Take a lesson back. Raises :class:`NotFoundError` when it was not learnt."""
        self._learner.forget(lesson_id)
        self._unseen.pop(lesson_id, None)
        self._new += 1

    def wants_weighing(self) -> bool:
        """Say whether enough was learnt or taken back since the voices were weighed."""
        lessons = len(self._learner)
        return lessons >= self._least_lessons and self._new >= max(_LEAST_NEW, _NEW_SHARE * lessons)

    def weigh_soon(self) -> None:
        """Want the voices to be weighed anew: something else than lessons changed what one of them says."""
        self._new = max(_LEAST_NEW, len(self._learner))

    def weighing(self) -> Iterator[None]:
        """Weigh the voices anew by all lessons that were heard, a letter at each step, so that letters come first.

        Raises ``UnavailableError`` while the encoder can't be asked.
        """
        self._new = 0
        said = []
        for lesson in self._lessons():
            if self._learner.holds(lesson):
                said.append(self._said_unseen(lesson))
                yield
        self.fit = _fit(self.offices, said)
        self._choose_thresholds()

    def _choose_thresholds(self) -> None:
        record = self.fit.record
        confidence = record.confidence.astype(np.float64)
        self._thresholds = thresholds(self.fit.judged, confidence, record.right, self._aimed)

    def _lessons(self) -> list[Lesson]:
        return [lesson for lesson in self._learner.latest(_MOST_FITTED) if lesson.office is not None]

    def _said_unseen(self, lesson: Lesson) -> _Said:
        """Return both voices on a lesson's letter as if it had not been learnt, and the right column."""
        if lesson.id not in self._unseen:
            self._unseen[lesson.id] = self._read(lesson.text)
        trained = self._aligned(self._unseen[lesson.id])
        return _Said(trained, self._learner.unseen(lesson.id), self.offices.index(lesson.office or ""))

    def _aligned(self, trained: Scores) -> Scores:
        if not len(trained):
            return np.zeros(len(self.offices))
        lowest = float(trained.min())
        columns = [self._column_of.get(office, -1) for office in self.offices]
        return np.where(np.array(columns) < 0, lowest, trained[columns])


def proven_fit(offices: Sequence[str], trained: TrainedModel) -> Fit:
    """Return the fit that leaves a trained model alone: its own calibration, and what it was proven to be right in.

    The learner is heard where it remembers nearly the same text.
    """
    proof = trained.proof
    scale = _deviation(list(proof.scores))
    calibration = Calibration(np.full(len(offices), scale), np.zeros(len(offices)), trained.card.temperature)
    return Fit(1.0, 0.0, (scale, 1.0), calibration, proof.judged, proof.record)


def _fit(offices: Sequence[str], said: Sequence[_Said]) -> Fit:
    truth = np.array([one.right for one in said], dtype=np.int64)
    if len(truth) < LEAST_LETTERS:
        # The duties are all that is known, or nearly.
        unproven = Record(np.empty(0, dtype=np.float32), np.empty(0, dtype=np.bool_))
        return Fit(0.0, ABOUT_WEIGHT, (1.0, 1.0), calibrate(np.zeros((0, len(offices))), truth[:0]), (), unproven)
    # First how the learner speaks by itself, then how much it counts.
    alone = min((_tried(said, truth, 0.0, about) for about in _TRIED_ABOUT), key=lambda one: one.loss)
    best = min((_tried(said, truth, weight, alone.about_weight) for weight in _TRIED_WEIGHTS), key=lambda one: one.loss)
    rows = zip(best.probabilities, said, strict=True)
    probabilities = np.array([_echoed(row, one.learnt.echoes) for row, one in rows])
    judged = probabilities.argmax(axis=1)
    record = Record(probabilities.max(axis=1).astype(np.float32), judged == truth)
    names = tuple(offices[column] for column in judged.tolist())
    return Fit(best.trained_weight, best.about_weight, best.scales, best.calibration, names, record)


class _Tried(Struct, frozen=True):
    """Two weights, and what comes of them."""

    trained_weight: float
    about_weight: float
    scales: tuple[float, float]
    calibration: Calibration
    probabilities: Scores
    loss: float


def _tried(said: Sequence[_Said], truth: NDArray[np.int64], weight: float, about: float) -> _Tried:
    learnt = [one.learnt.said(about) for one in said]
    scales = _deviation([one.trained for one in said]), _deviation(learnt)
    joined = np.array([_joined(one.trained, row, weight, scales) for one, row in zip(said, learnt, strict=True)])
    calibration = calibrate(joined, truth)
    probabilities = calibration.probabilities(joined)
    chance = probabilities[np.arange(len(truth)), truth]
    loss = -float(np.mean(np.log(np.maximum(chance, 1e-12))))
    return _Tried(weight, about, scales, calibration, probabilities, loss)


def _joined(trained: Scores, learnt: Scores, weight: float, scales: tuple[float, float]) -> Scores:
    voices = trained / scales[0], (learnt - learnt.mean()) / scales[1]
    result: Scores = weight * voices[0] + (1.0 - weight) * voices[1]
    return result


def _echoed(probabilities: Scores, echoes: Scores) -> Scores:
    """Return the probabilities with what was decided of nearly the same text."""
    if not echoes.any():
        return probabilities
    chosen = _TRUST * np.maximum(echoes, 0.0)
    others = probabilities * (1.0 + _TRUST * np.minimum(echoes, 0.0))
    result: Scores = chosen + (1.0 - chosen.sum()) * others / others.sum()
    return result


def _deviation(rows: Sequence[Scores]) -> float:
    scores = np.array(rows)
    return max(float((scores - scores.mean(axis=1, keepdims=True)).std()), 1e-9)
