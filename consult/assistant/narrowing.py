"""Which question splits the candidates best (缩小范围): expected information over the conditions of the passages."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from itertools import zip_longest
from typing import Final

from msgspec import Struct

from minxin.consult.assistant.understanding import is_named, value_in
from minxin.core.passages import Facet, Hit, Passage, Source

MOST_VALUES: Final = 6  # buttons on a telephone
# Words of the question that speak against a condition make it less likely by this much; only a tap rules it out.
AGAINST: Final = 0.25


class Question(Struct, frozen=True):
    """A question that may be asked: its facet, the values as buttons, and the bits that its answer is worth."""

    facet: Facet
    values: tuple[str, ...]
    bits: float


def values_of(passage: Passage, facet: Facet) -> tuple[str, ...]:
    """Return the values of the facet for which the passage holds; none means that it holds for all."""
    return tuple(condition.value for condition in passage.conditions if condition.facet is facet)


def best_question(hits: Sequence[Hit], passages: Mapping[str, Passage], asked: Collection[Facet]) -> Question | None:
    """Return the question whose answer is expected to tell most, or None when none splits the candidates."""
    found = [one for facet in Facet if facet not in asked and (one := _question(facet, hits, passages)) is not None]
    return max(found, key=lambda one: one.bits, default=None)


def _question(facet: Facet, hits: Sequence[Hit], passages: Mapping[str, Passage]) -> Question | None:
    holds = {hit.passage_id: values_of(passages[hit.passage_id], facet) for hit in hits}
    values = tuple(dict.fromkeys(value for hit in hits for value in holds[hit.passage_id]))[:MOST_VALUES]
    if len(values) < 2:  # noqa: PLR2004 - a question with one answer asks nothing
        return None
    weights = {hit.passage_id: hit.confidence for hit in hits}
    total = sum(weights.values())
    if total <= 0:
        return None
    before = _entropy([weight / total for weight in weights.values()])
    after = 0.0
    for value in values:
        share = {one: weight / total * _chance(value, holds[one], values) for one, weight in weights.items()}
        chance = sum(share.values())
        if chance > 0:
            after += chance * _entropy([one / chance for one in share.values()])
    return Question(facet, values, before - after)


def _chance(value: str, own: Sequence[str], values: Sequence[str]) -> float:
    """Return the chance that somebody for whom the passage is right gives this answer."""
    known = [one for one in own if one in values]
    if not own:
        return 1 / len(values)
    return 1 / len(known) if value in known else 0.0


def _entropy(shares: Sequence[float]) -> float:
    return -sum(share * math.log2(share) for share in shares if share > 0)


def holding(hits: Sequence[Hit], passages: Mapping[str, Passage], facet: Facet, value: str) -> tuple[Hit, ...]:
    """Return the hits whose passages hold for the value."""
    return tuple(hit for hit in hits if not (own := values_of(passages[hit.passage_id], facet)) or value in own)


def weighed(hits: Sequence[Hit], passages: Mapping[str, Passage], words: str) -> tuple[Hit, ...]:
    """Return the hits after what the question's own words say of whom and where they are for.

    "孩子的医保" speaks for the passages for children and against those for the retired. Words can't speak against a
    case (哪种情形): each matter names its own, and 离婚证丢了 is no matter of a 离婚.
    """
    told: dict[Facet, str] = {}
    for facet in (Facet.WHO, Facet.FOR_WHOM, Facet.WHERE):
        values = dict.fromkeys(value for hit in hits for value in values_of(passages[hit.passage_id], facet))
        named = value_in(words, values)
        if named:
            told[facet] = named
    found = [
        Hit(hit.passage_id, hit.score, hit.confidence * _agreement(passages[hit.passage_id], told)) for hit in hits
    ]
    return tuple(found)


def alternating(hits: Sequence[Hit], passages: Mapping[str, Passage]) -> tuple[Hit, ...]:
    """Return the hits with matters and the rest in turn, the kind of the best one first, each by confidence.

    An entry and the matter behind it say the same: three entries on one thing would leave the visitor who has
    something to get done without a matter to tap.
    """
    ranked = sorted(hits, key=lambda hit: -hit.confidence)
    matters = [hit for hit in ranked if passages[hit.passage_id].source is Source.MATTER]
    others = [hit for hit in ranked if passages[hit.passage_id].source is not Source.MATTER]
    first, second = (matters, others) if ranked[:1] == matters[:1] else (others, matters)
    return tuple(hit for pair in zip_longest(first, second) for hit in pair if hit is not None)


def _agreement(passage: Passage, told: Mapping[Facet, str]) -> float:
    factor = 1.0
    for facet, value in told.items():
        own = values_of(passage, facet)
        if own and not any(is_named(one, value) for one in own):
            factor *= AGAINST
    return factor


def named_facets(passage: Passage, words: str) -> frozenset[Facet]:
    """Return the facets of which the words name a value for which the passage holds."""
    return frozenset(condition.facet for condition in passage.conditions if is_named(condition.value, words))
