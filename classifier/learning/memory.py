"""Letters that were decided before (同文记忆): what a person said of nearly the same text counts before any statistics.

Many people send the same text, and a writer sends his again. One choice of a clerk must be enough for all of them,
however sure the models are of another office.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable

import numpy as np

from minxin.classifier.learning.lessons import Lesson
from minxin.classifier.learning.vectors import TextVector

_KEYS = 8  # the n-grams that tell a text best; two that are nearly the same share most of them
_LEAST_SHARED = 3
_MOST_COMPARED = 5
_UNLIKE = 0.6  # cosine; from here on two texts begin to be the same

Read = Callable[[str], TextVector]


class Memory:
    """Finds lessons on nearly the same text; keeps a few numbers of each."""

    def __init__(self, read: Read) -> None:
        """``read`` gives the vector of a text."""
        self._read = read
        self._by_key: defaultdict[int, set[str]] = defaultdict(set)
        self._keys: dict[str, list[int]] = {}

    def keep(self, lesson: Lesson, vector: TextVector) -> None:
        """Remember a lesson whose text has this vector."""
        self._keys[lesson.id] = _keys(vector)
        for key in self._keys[lesson.id]:
            self._by_key[key].add(lesson.id)

    def drop(self, lesson_id: str) -> None:
        """Forget a lesson that is remembered."""
        for key in self._keys.pop(lesson_id):
            self._by_key[key].discard(lesson_id)
            if not self._by_key[key]:
                del self._by_key[key]

    def like(
        self, vector: TextVector, lesson_of: Callable[[str], Lesson], without: str = ""
    ) -> list[tuple[Lesson, float]]:
        """Return lessons on nearly the same text and how near each is, over 0 to 1; ``without`` is left out."""
        shared = Counter(one for key in _keys(vector) for one in self._by_key.get(key, ()))
        shared.pop(without, None)
        found = []
        nearest = sorted(shared.items(), key=lambda one: (-one[1], one[0]))[:_MOST_COMPARED]
        for lesson_id, keys in nearest:
            if keys >= _LEAST_SHARED:
                lesson = lesson_of(lesson_id)
                nearness = (_cosine(vector, self._read(lesson.text)) - _UNLIKE) / (1.0 - _UNLIKE)
                if nearness > 0.0:
                    found.append((lesson, min(1.0, nearness)))
        return found


def _keys(vector: TextVector) -> list[int]:
    strongest = np.argsort(-vector.values, kind="stable")[:_KEYS]
    keys: list[int] = vector.columns[strongest].tolist()
    return keys


def _cosine(one: TextVector, other: TextVector) -> float:
    _, first, second = np.intersect1d(one.columns, other.columns, assume_unique=True, return_indices=True)
    return float(one.shares[first] @ other.shares[second])
