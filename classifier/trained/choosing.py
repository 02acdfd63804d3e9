"""Which of the trained voices serves (模型选择): the plain one, the encoder's, or both together.

Each is tried on letters that it had not seen. What it takes to use it (the weight of the voices, the calibration, the
thresholds) is learnt on other letters again, so that the figures are those of letters to come.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from minxin.classifier.calibration import Calibration, Numbers, Scores, calibrate, log_chances, softmax
from minxin.classifier.evaluation import CALIBRATION_BINS, Outcome, Report, report
from minxin.classifier.neardup import deal_into_folds
from minxin.classifier.thresholds import thresholds

LINEAR, ENCODER, BLEND = "linear", "encoder", "blend"

_TRIED_WEIGHTS: dict[str, tuple[float, ...]] = {
    LINEAR: (0.0,),
    ENCODER: (1.0,),
    BLEND: tuple(round(0.1 * step, 1) for step in range(1, 10)),
}
_PARTS = 5
_SEED = 1


class Evidence(Struct, frozen=True):
    """What the voices said of letters that they had not seen: a row of log-odds for each letter.

    ``encoder`` is None where only the plain model was trained. ``groups`` holds near-duplicates together.
    """

    labels: tuple[str, ...]
    truth: Numbers
    groups: Numbers
    linear: Scores
    encoder: Scores | None


class Bin(Struct, frozen=True):
    """Letters judged with about the same confidence: its mean, and the share that was right."""

    confidence: float
    right: float
    letters: int


class Proof(Struct, frozen=True):
    """How one candidate did; ``routed`` is the share that it would have routed alone, ``kept`` how many of it rightly.

    ``kept`` is None where nothing was routed.
    """

    name: str
    weight: float
    routed: float
    kept: float | None
    report: Report
    bins: tuple[Bin, ...]


class Choice(Struct, frozen=True):
    """The best candidate, ready for use; ``probabilities`` are those of letters that it had not seen."""

    best: Proof
    proofs: tuple[Proof, ...]
    calibration: Calibration
    probabilities: Scores


def log_odds(logits: Scores) -> Scores:
    """Return the log-odds of each label on its own, of rows of which only the differences mean something."""
    chances = np.clip(softmax(logits), 1e-9, 1.0 - 1e-9)
    result: Scores = np.log(chances) - np.log1p(-chances)
    return result


def blended(linear: Scores, encoder: Scores | None, weight: float) -> Scores:
    """Return both voices as one; ``weight`` is the encoder's share."""
    return linear if encoder is None or weight == 0.0 else (1.0 - weight) * linear + weight * encoder


def choose(evidence: Evidence, precision: float) -> Choice:
    """Take the candidate that routes the most letters alone at the wished precision, in whole percent of all letters.

    Among those that route as many, the one with the best macro F1 is taken. Raises :class:`InvalidInputError` for a
    precision that is not between 0 and 1.
    """
    names = (LINEAR,) if evidence.encoder is None else (LINEAR, ENCODER, BLEND)
    labels = [evidence.labels[column] for column in evidence.truth.tolist()]
    part_of = deal_into_folds(labels, evidence.groups, _PARTS, _SEED)
    tried = [_prove(name, evidence, part_of, precision) for name in names]
    best, probabilities = max(tried, key=lambda one: (round(one[0].routed, 2), one[0].report.macro_f1))
    rows = blended(evidence.linear, evidence.encoder, best.weight)
    return Choice(best, tuple(proof for proof, _ in tried), calibrate(rows, evidence.truth), probabilities)


def _prove(name: str, evidence: Evidence, part_of: Numbers, precision: float) -> tuple[Proof, Scores]:
    truth, labels = evidence.truth, evidence.labels
    voices = {weight: blended(evidence.linear, evidence.encoder, weight) for weight in _TRIED_WEIGHTS[name]}
    probabilities = np.zeros_like(evidence.linear)
    for part in range(_PARTS):
        inside = part_of == part
        weight = _best_weight(voices, truth, ~inside)
        calibration = calibrate(voices[weight][~inside], truth[~inside])
        probabilities[inside] = calibration.probabilities(voices[weight][inside])
    judged, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    right = judged == truth
    alone = _routed_alone([labels[column] for column in judged.tolist()], confidence, right, part_of, precision)
    pairs = zip(truth.tolist(), judged.tolist(), confidence.tolist(), strict=True)
    proof = Proof(
        name=name,
        weight=_best_weight(voices, truth, np.ones(len(truth), dtype=np.bool_)),
        routed=float(alone.mean()),
        kept=float(right[alone].mean()) if alone.any() else None,
        report=report([Outcome(labels[true], labels[said], chance) for true, said, chance in pairs]),
        bins=_bins(confidence, right),
    )
    return proof, probabilities


def _best_weight(voices: dict[float, Scores], truth: Numbers, rows: NDArray[np.bool_]) -> float:
    """Return the weight whose voice is surest of what is right."""
    if len(voices) == 1:
        return next(iter(voices))
    return min(voices, key=lambda weight: (_log_loss(voices[weight][rows], truth[rows]), weight))


def _log_loss(scores: Scores, truth: Numbers) -> float:
    calibration = calibrate(scores, truth)
    chances = softmax(log_chances(calibration.lines(scores)) / calibration.temperature)
    return -float(np.mean(np.log(np.maximum(chances[np.arange(len(truth)), truth], 1e-12))))


def _routed_alone(
    judged: Sequence[str], confidence: Scores, right: NDArray[np.bool_], part_of: Numbers, precision: float
) -> NDArray[np.bool_]:
    """Say which letters are routed alone by thresholds that were chosen on the others."""
    alone = np.zeros(len(judged), dtype=np.bool_)
    offices = np.array(judged, dtype=object)
    for part in range(_PARTS):
        inside = part_of == part
        chosen = thresholds(offices[~inside].tolist(), confidence[~inside], right[~inside], precision)
        alone[inside] = [
            chosen.routes(office, chance) for office, chance in zip(offices[inside], confidence[inside], strict=True)
        ]
    return alone


def _bins(confidence: Scores, right: NDArray[np.bool_]) -> tuple[Bin, ...]:
    places = np.minimum((confidence * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
    return tuple(
        Bin(float(confidence[inside].mean()), float(right[inside].mean()), int(inside.sum()))
        for inside in (places == place for place in range(CALIBRATION_BINS))
        if inside.any()
    )
