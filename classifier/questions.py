"""Which questions ask the same (同类问题): by the pairs of characters that tell their matter, rare ones above all.

Pure Python: some thousand short questions take less than a second, and the serving process has no numpy.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from minxin.classifier.alike.linkage import average_groups
from minxin.classifier.retrieval.grams import folded, pairs, without_fillers

READ_CHARS: Final = 200
ALIKE: Final = 0.18  # mean cosine between the questions of a group; chosen on self-written wordings of one matter
COMMON: Final = 0.2  # a pair in more of the questions than this tells nothing of their matter
FEW: Final = 20  # questions: among so few no pair is common


class LikeQuestions:
    """``consult.assistant.ports.QuestionGroups``."""

    def groups(self, questions: Sequence[str]) -> list[list[int]]:
        """Return the groups of two or more, the largest first."""
        return average_groups(len(questions), near_pairs([_terms(one) for one in questions]), ALIKE)


def near_pairs(texts: Sequence[Counter[str]]) -> Iterator[tuple[int, int, float]]:
    """Yield each pair of texts that shares a telling term, with its cosine."""
    vectors = _vectors(texts)
    holders: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
    for place, vector in enumerate(vectors):
        similar: defaultdict[int, float] = defaultdict(float)
        for term, weight in vector.items():
            for other, other_weight in holders[term]:
                similar[other] += weight * other_weight
            holders[term].append((place, weight))
        for other, cosine in similar.items():
            yield other, place, cosine


def _vectors(texts: Sequence[Counter[str]]) -> list[dict[str, float]]:
    spread = Counter(term for text in texts for term in text)
    most = max(FEW, COMMON * len(texts))
    vectors = []
    for text in texts:
        raw = {
            term: count * math.log(1 + len(texts) / spread[term])
            for term, count in text.items()
            if spread[term] <= most
        }
        length = math.sqrt(math.fsum(weight * weight for weight in raw.values()))
        vectors.append({term: weight / length for term, weight in raw.items()} if length else {})
    return vectors


def _terms(question: str) -> Counter[str]:
    return Counter(pairs(without_fillers(folded(question, READ_CHARS))))
