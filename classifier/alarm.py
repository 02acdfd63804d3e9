"""Alarms learnt from letters (紧急、举报识别): a yes-or-no model that would rather cry once too often.

An emergency that waits, or a denunciation that reaches the accused, does more harm than a clerk's second look. The
line between yes and no is therefore drawn where recall weighs twice as much as precision.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from minxin.classifier.calibration import calibrate
from minxin.classifier.linear import Fit, Model, Settings
from minxin.classifier.training import Example, train, unseen_scores

NO, YES = "no", "yes"

_LEAST_OF_EACH = 10
_BETA_SQUARED = 2.0
# Of what was tried this finds as many of the rare letters as can be, by five folds of the built-in city's letters.
_SETTINGS = Settings(few=Fit(cost=1.0, smoothing=1.0, ratio_power=0.2, rare_below=1, blocks=False))


def train_alarm(examples: Sequence[Example], *, seed: int = 0) -> Model | None:
    """Learn from examples labelled :data:`YES` and :data:`NO`; None when there are fewer than ten of either.

    The model says yes where its probability of :data:`YES` is at least one half: that line is put, by moving the
    intercept, where the F measure with beta squared 2 (van Rijsbergen 1979) of letters not seen in training is best.
    """
    said = [example.label for example in examples]
    if min(said.count(YES), said.count(NO)) < _LEAST_OF_EACH:
        return None
    ordered = sorted(examples, key=lambda example: (example.text, example.label, example.weight))
    is_yes = np.array([example.label == YES for example in ordered])
    unseen = unseen_scores(ordered, {}, seed=seed, settings=_SETTINGS)
    log_odds = calibrate(unseen.scores, is_yes.astype(np.int64)).lines(unseen.scores)
    told = _told_apart(unseen.fold_of, is_yes)
    line = _best_line(log_odds[told, 1] - log_odds[told, 0], is_yes[told]) if is_yes[told].any() else 0.0
    model = train(ordered, {}, seed=seed, settings=_SETTINGS)
    moved = (model.intercepts - np.array([0.0, line])).astype(np.float32)
    return msgspec.structs.replace(model, intercepts=moved)


def raises(model: Model, probabilities: NDArray[np.float64]) -> bool:
    """Say whether the probabilities of an alarm model mean yes."""
    return bool(probabilities[model.labels.index(YES)] >= 0.5)


def _told_apart(fold_of: NDArray[np.int64], is_yes: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say which letters were scored by a model that knew both answers; all letters of a kind may lie in one fold."""
    result: NDArray[np.bool_] = np.ones(len(is_yes), dtype=np.bool_)
    for number in np.unique(fold_of):
        others = is_yes[fold_of != number]
        result[fold_of == number] = others.any() and not others.all()
    return result


def _best_line(margins: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    order = np.argsort(-margins, kind="stable")
    found = np.cumsum(truth[order])
    taken = np.arange(1, len(order) + 1)
    measure = (1 + _BETA_SQUARED) * found / (_BETA_SQUARED * truth.sum() + taken)
    best = int(np.argmax(measure))
    after = margins[order[min(best + 1, len(order) - 1)]]
    return float((margins[order[best]] + after) / 2)
