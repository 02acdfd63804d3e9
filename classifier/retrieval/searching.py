"""The search itself (检索): what speaks for each candidate becomes one score, and the scores become confidence."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Final

from msgspec import Struct
from msgspec.structs import astuple

from minxin.classifier.retrieval.entries import Found
from minxin.classifier.retrieval.shelf import Features, Shelf

# Chosen on the questions marked train of two public sets and on a city's own, each with its own wording taken out
# (docs/decisions/0030-retrieval.md).
WEIGHTS: Final = Features(head=0.1, body=1.0, singles=0.25, mended=0.5, near=0.06, cosine=0.0)
# How fast the confidence falls behind the best entry: a tenth less of score has half of it.
_SHARPNESS: Final = 7.0


class _Trust(Struct, frozen=True):
    """A logistic regression on what speaks for the best entry.

    Fitted by ``tests/bench/bench_abstaining.py`` on questions written for it, half of which nothing here answers.
    """

    bias: float
    pairs: float  # its pairs of characters, and those that a slip explains
    singles: float
    cosine: float
    lead: float  # how far the next entry is behind

    def of(self, best: Features, lead: float) -> float:
        """Return the probability that the best entry, or one like it, answers."""
        fitting = self.pairs * (best.body + best.mended) + self.singles * best.singles
        odds = self.bias + fitting + self.cosine * best.cosine + self.lead * min(lead, MOST_LEAD)
        return 1 / (1 + math.exp(-odds))


MOST_LEAD: Final = 0.3
_WITH_VECTORS: Final = _Trust(bias=-68.2, pairs=1.2, singles=3.4, cosine=72.6, lead=3.7)
_BY_WORDS: Final = _Trust(bias=-5.1, pairs=2.8, singles=7.3, cosine=0.0, lead=2.0)


def search(shelf: Shelf, question: str, limit: int, kinds: Collection[str] | None = None) -> list[Found]:
    """Return at most ``limit`` entries for a question, best first.

    The first one's confidence is calibrated; the others have less of it the further they are behind. They don't add
    up to one: two entries may answer the same question.
    """
    candidates = shelf.candidates(question, kinds)
    ranked = sorted(candidates, key=lambda one: (-score(candidates[one]), one))[:limit]
    if not ranked:
        return []
    scores = [score(candidates[one]) for one in ranked]
    best = candidates[ranked[0]]
    trust = _WITH_VECTORS if best.cosine else _BY_WORDS
    answered = trust.of(best, scores[0] - scores[1] if len(scores) > 1 else MOST_LEAD)
    return [
        Found(one, scored, answered * math.exp(_SHARPNESS * (scored - scores[0])))
        for one, scored in zip(ranked, scores, strict=True)
    ]


def score(features: Features) -> float:
    """Return what orders the candidates of a question."""
    scored: float = sum(x * y for x, y in zip(astuple(features), astuple(WEIGHTS), strict=True))
    return scored
