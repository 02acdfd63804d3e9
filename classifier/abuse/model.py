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
from msgspec import Struct
from numpy.typing import NDArray

from minxin.classifier.evaluation import Outcome, report
from minxin.classifier.evidence import evidence, occurrences
from minxin.classifier.linear import Fit, Model, Settings, load_model
from minxin.classifier.text import fold
from minxin.classifier.training import Example, OnFold, train_and_prove
from minxin.core.abuse import Abuse, AbuseSpan
from minxin.core.errors import InvalidInputError

MOST_LETTERS_FLAGGED: Final = 0.005  # of the letters learnt from, unseen; new ones may be twice as many
_NO, _YES = "no", "yes"
_PARTS = 5
_LEAST_OF_EACH = 10
# By five folds over the train split of COLD, with letters as ordinary text.
_FIT = Fit(cost=0.3, smoothing=1.0, ratio_power=0.5, rare_below=2, blocks=False)
_SETTINGS = Settings(subject_weight=1, few=_FIT, plenty=_FIT)

Scores = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Proof(Struct, frozen=True):
    """How a model did on posts and letters that it had not seen, with a line drawn on others again.

    ``precision`` and ``recall`` are those of the posts held for offensive, ``flagged`` is the share of letters so held.
    """

    macro_f1: float
    precision: float
    recall: float
    flagged: float


class LearntAbuse:
    """Says of a text whether it offends, and by what words."""

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
) -> tuple[LearntAbuse, Proof]:
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
    said = _Said(
        margins=unseen[:, model.labels.index(_YES)] - unseen[:, model.labels.index(_NO)],
        offends=np.array([example.label == _YES for example in ordered]),
        is_letter=np.array([example.text in letters for example in ordered]),
    )
    line = _line(said)
    moved = model.intercepts - np.array([line if label == _YES else 0.0 for label in model.labels], dtype=np.float32)
    return LearntAbuse(msgspec.structs.replace(model, intercepts=moved.astype(np.float32))), _proof(said)


def load_abuse(folder: Path) -> LearntAbuse:
    """Read what :meth:`LearntAbuse.save` wrote. Raises ``DamagedError`` when a file is missing or damaged."""
    return LearntAbuse(load_model(folder))


class _Said(Struct, frozen=True):
    """How far each text is on the offensive side, unseen; whether it offends, and whether it is a letter."""

    margins: Scores
    offends: Flags
    is_letter: Flags

    def of(self, rows: Flags) -> _Said:
        return _Said(self.margins[rows], self.offends[rows], self.is_letter[rows])


def _line(said: _Said) -> float:
    """Return the margin over which a text offends: the best macro F1 that flags few enough letters."""
    margins, offends = said.margins[~said.is_letter], said.offends[~said.is_letter]
    letters = said.margins[said.is_letter]
    order = np.argsort(-margins, kind="stable")
    found = np.cumsum(offends[order])
    taken = np.arange(1, len(order) + 1)
    yes = 2 * found / (taken + offends.sum())
    no = 2 * (len(order) - taken - (offends.sum() - found)) / (len(order) - taken + (~offends).sum())
    least = float(np.quantile(letters, 1.0 - MOST_LETTERS_FLAGGED)) if len(letters) else -np.inf
    allowed = margins[order] > least
    best = int(np.argmax(np.where(allowed, yes + no, -1.0)))
    return float(margins[order[best]]) - 1e-6


def _proof(said: _Said) -> Proof:
    part_of = np.arange(len(said.margins)) % _PARTS
    held = np.zeros(len(said.margins), dtype=np.bool_)
    for part in range(_PARTS):
        inside = part_of == part
        held[inside] = said.margins[inside] > _line(said.of(~inside))
    pairs = zip(said.offends[~said.is_letter], held[~said.is_letter], strict=True)
    found = report([Outcome(_YES if truth else _NO, _YES if one else _NO, 1.0) for truth, one in pairs])
    offending = next(one for one in found.per_class if one.label == _YES)
    flagged = held[said.is_letter]
    return Proof(found.macro_f1, offending.precision, offending.recall, float(flagged.mean()) if len(flagged) else 0.0)
