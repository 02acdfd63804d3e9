"""The duty clause (职责条款) that is nearest to a text: what an office holds itself competent for, in its own words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from msgspec.structs import replace

from minxin.classifier.text import fold
from minxin.core.judgement import Candidate, Judgement, judged_text

SIZES: Final = (2, 3)
READ: Final = 2_000  # characters of a text; what it is about is said well before
_KEPT: Final = 8


class Clauses:
    """Finds the nearest clause among an office's own; made once from the duties of all offices.

    Clauses are compared by the n-grams of characters that they share with a text, each weighed by how few clauses of
    the whole city have it (inverse document frequency), against the length of the clause: a word that all offices use
    in their duties says nothing of any.
    """

    def __init__(self, duties: Mapping[str, Sequence[str]]) -> None:
        grams = {office: [(clause, _grams(clause)) for clause in clauses] for office, clauses in duties.items()}
        having = Counter(gram for clauses in grams.values() for _, found in clauses for gram in found)
        count = sum(map(len, grams.values()))
        self._weights = {gram: math.log((1 + count) / times) for gram, times in having.items()}
        self._clauses = {
            office: [(clause, found, math.sqrt(self._sum(found))) for clause, found in clauses if found]
            for office, clauses in grams.items()
        }

    def nearest(self, office_id: str, text: str) -> str:
        """Return the office's clause that is nearest to the text, empty when none shares anything with it.

        Takes well under a millisecond for any text.
        """
        asked = _asked(text[:READ])
        best, nearest = 0.0, ""
        for clause, found, length in self._clauses.get(office_id, ()):
            near = self._sum(found & asked) / length
            if near > best:
                best, nearest = near, clause
        return nearest

    def _sum(self, grams: Iterable[str]) -> float:
        # Exact, so that the order of a set does not decide between two clauses.
        return math.fsum(self._weights[gram] ** 2 for gram in grams)


def with_clauses(judgement: Judgement, clauses: Clauses, subject: str, body: str) -> Judgement:
    """Return the judgement with the clause that speaks for each candidate of the letter and of its points.

    Of several points each is held against the clauses by its own text; a single one is the letter.
    """
    text = judged_text(subject, body)

    def told(candidates: Sequence[Candidate], said: str) -> tuple[Candidate, ...]:
        return tuple(replace(one, clause=clauses.nearest(one.office_id, said)) for one in candidates)

    whole = told(judgement.candidates, text)
    if len(judgement.points) < 2:
        points = tuple(replace(point, candidates=whole) for point in judgement.points)
    else:
        points = tuple(
            replace(point, candidates=told(point.candidates, text[point.start : point.end]))
            for point in judgement.points
        )
    return replace(judgement, candidates=whole, points=points)


@lru_cache(maxsize=_KEPT)
def _asked(text: str) -> frozenset[str]:
    """Keep the last few texts: each is asked about for several offices."""
    return _grams(text)


def _grams(text: str) -> frozenset[str]:
    folded = fold(text).text
    return frozenset(
        gram
        for size in SIZES
        for place in range(len(folded) - size + 1)
        if (gram := folded[place : place + size]).isalnum()
    )
