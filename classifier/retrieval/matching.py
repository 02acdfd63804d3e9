"""How well an entry's words fit a question (词面匹配): BM25 over pairs of characters, forgiving slips and sounds.

BM25: Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework". Every score is divided by what the rarest
pairs of the question could bring at most, so that scores of different questions can be compared.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from msgspec import Struct

from minxin.classifier.retrieval.grams import Slip, is_chinese, leaps, pairs, runs, slips
from minxin.classifier.retrieval.inverted import Views
from minxin.classifier.retrieval.sounds import sound

# Chosen on the questions marked train of two public sets (tests/bench/bench_retrieval.py).
K1: Final = 0.7
B_HEAD: Final = 0.3
B_BODY: Final = 0.7
# What a pair is worth that is only heard, or only seen with one character between or wrong.
HEARD: Final = 0.8
SLIPPED: Final = 0.6
MOST_PAIRS: Final = 64  # of a question, the rarest ones
# A pair that more entries than these hold is a word of theirs and no slip.
DOUBTED_HELD: Final = 3
DOUBTED_SHARE: Final = 0.002


class Counts(Protocol):
    """Knows how many entries hold a term of a field."""

    def entries_with(self, field: str, term: str) -> int: ...


class Sizes(Struct, frozen=True):
    """How many entries there are, and how long their heads and texts are on average, in characters."""

    entries: int
    head: float
    body: float


class Asked(Struct, frozen=True):
    """A question's pairs and single characters with their weights (rare ones weigh more), and what may be mistyped.

    ``sounds`` are the sounds of its pairs with their weights; ``doubted`` names the sound of each pair that so few
    entries hold that it may be a slip.
    """

    pairs: dict[str, float]
    singles: dict[str, float]
    sounds: dict[str, float]
    doubted: dict[str, str]
    slips: tuple[Slip, ...]
    total: float
    total_singles: float

    def terms(self) -> dict[str, Sequence[str]]:
        """Return what to seek in each field of the index."""
        words = list(self.pairs)
        leapt = dict.fromkeys(slip.leap for slip in self.slips if not slip.among_pairs)
        return {"heads": words, "words": words, "sounds": list(self.sounds), "leaps": list(leapt)}


class Fit(Struct, frozen=True):
    """How well an entry fits, each about 0 to 1: its best head; all its text by pairs and by single characters.

    ``mended`` is what of the question only fits a head by its sound or with a slip forgiven.
    """

    head: float
    body: float
    singles: float
    mended: float


def asked(question: str, counts: Counts, entries: int) -> Asked:
    """Return a folded question taken to pieces."""
    held = {pair: counts.entries_with("words", pair) for pair in dict.fromkeys(pairs(question))}
    kept = {pair: rarity(held[pair], entries) for pair in sorted(held, key=held.__getitem__)[:MOST_PAIRS]}
    few = max(DOUBTED_HELD, DOUBTED_SHARE * entries)
    doubted = {pair: sound(pair) for pair in kept if held[pair] <= few and len(pair) == 2 and is_chinese(pair)}
    heard = {mark: rarity(counts.entries_with("sounds", mark), entries) for mark in doubted.values()}
    singles = {one: 1.0 for run in runs(question) if is_chinese(run) for one in run}
    possible = tuple(slip for slip in slips(question) if all(pair in doubted for pair in slip.broken))
    return Asked(kept, singles, heard, doubted, possible, sum(kept.values()) or 1.0, sum(singles.values()) or 1.0)


def rarity(holding: int, entries: int) -> float:
    """Return the weight of a term that so many of the entries hold (idf)."""
    holding = min(holding, entries)
    return math.log(1 + (entries - holding + 0.5) / (holding + 0.5))


def fit(asked: Asked, views: Views, sizes: Sizes) -> Fit:
    """Return how well an entry fits the question."""
    whole = "\n".join((*views.heads, views.body))
    missing = frozenset(pair for pair in asked.doubted if pair not in whole)
    mended = [_mended(asked, missing, *one) for one in zip(views.heads, views.sounds, strict=True)] if missing else []
    return Fit(
        max((_head(asked, sizes.head, head) for head in views.heads), default=0.0),
        _bm25(asked.pairs.items(), whole, sizes.body) / asked.total,
        _bm25(asked.singles.items(), whole, sizes.body) / asked.total_singles,
        max(mended, default=0.0) / asked.total,
    )


def _bm25(weights: Iterable[tuple[str, float]], text: str, usual: float) -> float:
    damping = K1 * (1 - B_BODY + B_BODY * len(text) / max(usual, 1.0))
    score = 0.0
    for term, weight in weights:
        found = text.count(term)
        if found:
            score += weight * found / (found + damping)
    return score


def _head(asked: Asked, usual: float, head: str) -> float:
    damping = K1 * (1 - B_HEAD + B_HEAD * len(head) / max(usual, 1.0))
    return sum(weight for pair, weight in asked.pairs.items() if pair in head) / asked.total / (1 + damping)


def _mended(asked: Asked, missing: frozenset[str], head: str, heard: str) -> float:
    """Return the weight of the missing pairs that one slip, or another character of the same sound, explains."""
    # A pair that is heard is as rare as what was meant, not as the slip.
    credits = {
        pair: HEARD * min(asked.pairs[pair], asked.sounds[asked.doubted[pair]])
        for pair in missing
        if asked.doubted[pair] in heard
    }
    if asked.slips:
        leapt = set(leaps(head))
        for slip in asked.slips:
            if missing.issuperset(slip.broken) and (slip.leap in head if slip.among_pairs else slip.leap in leapt):
                credits |= {pair: SLIPPED * asked.pairs[pair] for pair in slip.broken if pair not in credits}
    return sum(credits.values())
