"""Abuse learnt from labelled posts (辱骂与威胁识别模型): what a city's forum calls offensive, beyond plain insults.

Posts and letters are two kinds of text, and a model of posts alone calls one letter in ten offensive. Letters are
therefore learnt as ordinary text, and the line is drawn where hardly any of them crosses it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from minxin.classifier.evidence import evidence, occurrences
from minxin.classifier.linear import Fit, Model, Settings, load_model
from minxin.classifier.text import fold
from minxin.classifier.training import Example, OnFold, train_and_prove
from minxin.core.abuse import Abuse, AbuseSpan
from minxin.core.errors import InvalidInputError

MOST_LETTERS_FLAGGED: Final = 0.005  # of the letters learnt from, unseen; new ones may be twice as many
_NO, _YES = "no", "yes"
_LEAST_OF_EACH = 10
# By five folds over the train split of COLD, with letters as ordinary text.
_FIT = Fit(cost=0.3, smoothing=1.0, ratio_power=0.5, rare_below=2, blocks=False)
_SETTINGS = Settings(subject_weight=1, few=_FIT, plenty=_FIT)

Scores = NDArray[np.float64]


class LearntAbuse:
    """``consult.ports.AbuseFinder`` by a learnt model, which says of a text whether it offends and by what words."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def find(self, text: str) -> tuple[AbuseSpan, ...]:
        """Return the words that speak for an offence, in order; none for a text that is held for ordinary."""
        original = "\n" + text
        folded = fold(original)
        features = self.model.features(folded.text)
        label = self.model.labels.index(_YES)
        scores = self.model.scores(features)
        if scores[label] <= scores[1 - label]:
            return ()
        words = evidence(original, folded, self.model, occurrences(folded.text, self.model, features), label)
        spans = (AbuseSpan(one.start - 1, one.end - 1, one.text, Abuse.OFFENSIVE) for one in words)
        return tuple(sorted(spans, key=lambda span: span.start))

    def save(self, folder: Path) -> None:
        """Write the model into ``folder``; :func:`load_abuse` reads it."""
        self.model.save(folder)


def train_abuse(
    posts: Sequence[tuple[str, bool]], ordinary_letters: Sequence[str], *, seed: int = 0, on_fold: OnFold | None = None
) -> LearntAbuse:
    """Learn from posts, each with whether it offends, and from letters that offend nobody.

    The same posts, letters and seed give the same model. Raises ``InvalidInputError`` ``classifier.train.no_data`` with
    fewer than ten posts of either kind.
    """
    offending = sum(offends for _, offends in posts)
    if min(offending, len(posts) - offending) < _LEAST_OF_EACH:
        raise InvalidInputError("classifier.train.no_data")
    letters = {"\n" + letter for letter in ordinary_letters}
    examples = [Example("\n" + text, _YES if offends else _NO) for text, offends in posts]
    examples += [Example(letter, _NO) for letter in sorted(letters)]
    model, ordered, unseen = train_and_prove(examples, {}, seed=seed, settings=_SETTINGS, on_fold=on_fold)
    margins = unseen[:, model.labels.index(_YES)] - unseen[:, model.labels.index(_NO)]
    is_letter = np.array([example.text in letters for example in ordered])
    offends = np.array([example.label == _YES for example in ordered])
    line = _line(margins[~is_letter], offends[~is_letter], margins[is_letter])
    moved = model.intercepts - np.array([line if label == _YES else 0.0 for label in model.labels], dtype=np.float32)
    return LearntAbuse(msgspec.structs.replace(model, intercepts=moved.astype(np.float32)))


def load_abuse(folder: Path) -> LearntAbuse:
    """Read what :meth:`LearntAbuse.save` wrote. Raises ``DamagedError`` when a file is missing or damaged."""
    return LearntAbuse(load_model(folder))


def _line(margins: Scores, offends: NDArray[np.bool_], letters: Scores) -> float:
    """Return the margin over which a text offends: the best macro F1 that flags few enough letters."""
    order = np.argsort(-margins, kind="stable")
    found = np.cumsum(offends[order])
    taken = np.arange(1, len(order) + 1)
    yes = 2 * found / (taken + offends.sum())
    no = 2 * (len(order) - taken - (offends.sum() - found)) / (len(order) - taken + (~offends).sum())
    least = float(np.quantile(letters, 1.0 - MOST_LETTERS_FLAGGED)) if len(letters) else -np.inf
    allowed = margins[order] > least
    best = int(np.argmax(np.where(allowed, yes + no, -1.0)))
    return float(margins[order[best]]) - 1e-6
