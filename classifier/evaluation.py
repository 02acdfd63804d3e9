"""How good is the judge: figures over letters that it had not seen (评测).

Figures are shares between 0 and 1. Without letters there are no figures, and asking for them is an error.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from minxin.classifier.calibration import calibrate
from minxin.classifier.linear import Model
from minxin.classifier.text import fold
from minxin.classifier.training import DEFAULT_SETTINGS, Example, OnFold, unseen_scores
from minxin.core.errors import InvalidInputError

CALIBRATION_BINS = 15
_CURVE = tuple(round(0.05 * step, 2) for step in range(1, 21))


class ClassFigures(Struct, frozen=True):
    """How one label does; ``letters`` is how many truly have it."""

    label: str
    precision: float
    recall: float
    f1: float
    letters: int


class Confusion(Struct, frozen=True):
    """How often ``truth`` was taken for ``judged``, most frequent first."""

    truth: str
    judged: str
    letters: int


class CurvePoint(Struct, frozen=True):
    """When the surest ``coverage`` of all letters is routed alone, ``precision`` of them are right."""

    coverage: float
    precision: float
    threshold: float


class Report(Struct, frozen=True):
    """All figures of one evaluation; ``coverage_at_95`` is the share routed alone at 95 % measured precision."""

    macro_f1: float
    accuracy: float
    ece: float
    coverage_at_95: float
    coverage_at_98: float
    n: int
    per_class: tuple[ClassFigures, ...]
    confusion: tuple[Confusion, ...]
    risk_coverage: tuple[CurvePoint, ...]


class Outcome(Struct, frozen=True):
    """What was judged of one letter, with its calibrated confidence, and what is true."""

    truth: str
    judged: str
    confidence: float


def cross_validate(
    examples: Sequence[Example],
    *,
    folds: int = 5,
    seed: int = 0,
    on_fold: OnFold | None = None,
) -> Report:
    """Judge each example by a model that saw neither it nor its near-duplicates.

    The calibration of a fold is learnt on the other folds. Raises :class:`InvalidInputError` for fewer than two labels
    or fewer examples than ``folds``.
    """
    labels = sorted({example.label for example in examples})
    if len(labels) < 2 or len(examples) < folds:
        raise InvalidInputError("evaluate.too_few", n=len(examples), labels=len(labels), folds=folds)
    settings = msgspec.structs.replace(DEFAULT_SETTINGS, folds=folds)
    unseen = unseen_scores(examples, {}, seed=seed, settings=settings, on_fold=on_fold)
    number = {label: column for column, label in enumerate(labels)}
    truth = np.array([number[example.label] for example in examples], dtype=np.int64)
    probabilities = np.empty_like(unseen.scores)
    for fold_number in range(folds):
        inside = unseen.fold_of == fold_number
        calibration = calibrate(unseen.scores[~inside], truth[~inside])
        probabilities[inside] = calibration.probabilities(unseen.scores[inside])
    return report([_outcome(example.label, row, labels) for example, row in zip(examples, probabilities, strict=True)])


def evaluate(model: Model, examples: Sequence[Example]) -> Report:
    """Judge examples that ``model`` was not trained on. Raises :class:`InvalidInputError` when there are none."""
    outcomes = []
    for example in examples:
        probabilities = model.probabilities(model.features(fold(example.text).text))
        outcomes.append(_outcome(example.label, probabilities, model.labels))
    return report(outcomes)


def report(outcomes: Sequence[Outcome]) -> Report:
    """Calculate all figures. Raises :class:`InvalidInputError` when there is no outcome."""
    if not outcomes:
        raise InvalidInputError("evaluate.too_few", n=0, labels=0, folds=0)
    confidence = np.array([outcome.confidence for outcome in outcomes])
    right = np.array([outcome.truth == outcome.judged for outcome in outcomes])
    per_class = _per_class(outcomes)
    return Report(
        macro_f1=float(np.mean([figures.f1 for figures in per_class])),
        accuracy=float(np.mean(right)),
        ece=calibration_error(confidence, right),
        coverage_at_95=coverage_at(0.95, confidence, right),
        coverage_at_98=coverage_at(0.98, confidence, right),
        n=len(outcomes),
        per_class=per_class,
        confusion=_confusion(outcomes),
        risk_coverage=_curve(confidence, right),
    )


def calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Return the expected calibration error over 15 bins of equal width (Guo et al. 2017)."""
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
    gaps = np.bincount(bins, weights=right - confidence, minlength=CALIBRATION_BINS)
    return float(np.abs(gaps).sum() / len(right))


def coverage_at(precision: float, confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Return the largest share of letters, surest first, of which at least ``precision`` are right.

    Letters of the same confidence are taken together: no threshold can tell them apart.
    """
    order = np.argsort(-confidence, kind="stable")
    precisions = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    ends_tie = np.append(np.diff(confidence[order]) != 0, True)
    enough = np.flatnonzero((precisions >= precision) & ends_tie)
    return float((enough[-1] + 1) / len(order)) if len(enough) else 0.0


def _outcome(truth: str, probabilities: NDArray[np.float64], labels: Sequence[str]) -> Outcome:
    best = int(np.argmax(probabilities))
    return Outcome(truth, labels[best], float(probabilities[best]))


def _per_class(outcomes: Sequence[Outcome]) -> tuple[ClassFigures, ...]:
    true = Counter(outcome.truth for outcome in outcomes)
    judged = Counter(outcome.judged for outcome in outcomes)
    both = Counter(outcome.truth for outcome in outcomes if outcome.truth == outcome.judged)
    return tuple(
        ClassFigures(
            label=label,
            precision=both[label] / judged[label] if judged[label] else 0.0,
            recall=both[label] / true[label] if true[label] else 0.0,
            f1=2 * both[label] / (judged[label] + true[label]),
            letters=true[label],
        )
        for label in sorted(true.keys() | judged.keys())
    )


def _confusion(outcomes: Sequence[Outcome]) -> tuple[Confusion, ...]:
    pairs = Counter((outcome.truth, outcome.judged) for outcome in outcomes)
    ordered = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Confusion(truth, judged, letters) for (truth, judged), letters in ordered)


def _curve(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[CurvePoint, ...]:
    order = np.argsort(-confidence, kind="stable")
    precisions = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    ranks = [max(1, round(share * len(order))) - 1 for share in _CURVE]
    return tuple(
        CurvePoint((rank + 1) / len(order), float(precisions[rank]), float(confidence[order[rank]])) for rank in ranks
    )
