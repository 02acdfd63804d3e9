"""How what visitors said of answers changes the ranking (评价与排序): bounded, and gone with the marks themselves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from minxin.core.passages import Hit

MOST: Final = 0.8  # log-odds: 0.50 becomes at most 0.69 and at least 0.31
PER_ODDS: Final = 0.4
SMOOTHING: Final = 4.0  # marks of either kind taken as given: the first ones move little
REFUSED_WEIGHT: Final = 0.25  # "none of these" blames three passages at once, and perhaps only the question
_EDGE: Final = 1e-4


class Tally(Struct, frozen=True):
    """How often a passage was marked, each conversation once and without marks taken back."""

    solved: int = 0
    not_solved: int = 0
    none_of_these: int = 0
    taken: int = 0


def bonus(tally: Tally) -> float:
    """Return what the marks add to the log-odds of a passage, between -:data:`MOST` and :data:`MOST`."""
    good = tally.solved + tally.taken + SMOOTHING
    bad = tally.not_solved + REFUSED_WEIGHT * tally.none_of_these + SMOOTHING
    return max(-MOST, min(MOST, PER_ODDS * math.log(good / bad)))


def ranked(hits: Sequence[Hit], tallies: Mapping[str, Tally]) -> list[Hit]:
    """Return the hits, best first, with the confidence that the marks leave them."""
    moved = [
        Hit(hit.passage_id, hit.score, _moved(hit.confidence, bonus(tallies[hit.passage_id])))
        if hit.passage_id in tallies
        else hit
        for hit in hits
    ]
    return sorted(moved, key=lambda hit: -hit.confidence)


def _moved(probability: float, by: float) -> float:
    inside = min(1 - _EDGE, max(_EDGE, probability))
    return 1 / (1 + math.exp(-(math.log(inside / (1 - inside)) + by)))
