"""The vectors of entries (向量库): which entries mean what a question means, whatever words they use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]
_ROOM: Final = 256  # entries, at first; doubled when it is full


class Memory:
    """Entries' vectors: one of each for a first look over all of them, and all of each for the second.

    A hundred thousand entries are 150 MB for the first look and as much again, in half precision, for every two
    vectors of an entry.
    """

    def __init__(self, width: int) -> None:
        self._means = np.zeros((_ROOM, width), dtype=np.float32)
        self._all: dict[str, NDArray[np.float16]] = {}
        self._places: dict[str, int] = {}
        self._ids: list[str] = []

    def __contains__(self, entry_id: str) -> bool:
        return entry_id in self._places

    def put(self, entry_id: str, rows: Rows) -> None:
        """Keep the vectors of an entry, at least one, in the place of those that it had."""
        mean = rows.mean(axis=0)
        place = self._places.setdefault(entry_id, len(self._ids))
        if place == len(self._ids):
            self._ids.append(entry_id)
            if place == len(self._means):
                self._means = np.concatenate([self._means, np.zeros_like(self._means)])
        self._means[place] = mean / max(float(np.linalg.norm(mean)), 1e-9)
        self._all[entry_id] = rows.astype(np.float16)

    def remove(self, entry_id: str) -> None:
        """Forget an entry, if it is here."""
        place = self._places.pop(entry_id, None)
        if place is None:
            return
        del self._all[entry_id]
        last = self._ids.pop()
        if last != entry_id:
            self._ids[place], self._places[last] = last, place
            self._means[place] = self._means[len(self._ids)]

    def look(self, vector: Rows) -> tuple[Rows, Sequence[str]]:
        """Return how near each entry's mean is, with the ids in the same order."""
        near: Rows = self._means[: len(self._ids)] @ vector
        return near, self._ids

    def nearest(self, vector: Rows, entry_ids: Sequence[str]) -> Mapping[str, float]:
        """Return how near the nearest vector of each of these entries is; those without vectors are left out."""
        known = [entry_id for entry_id in entry_ids if entry_id in self._all]
        if not known:
            return {}
        rows = [self._all[entry_id] for entry_id in known]
        starts = np.cumsum([0, *(len(one) for one in rows[:-1])])
        near = np.maximum.reduceat(np.concatenate(rows).astype(np.float32) @ vector, starts)
        return dict(zip(known, near.tolist(), strict=True))
