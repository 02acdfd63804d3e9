"""Everything that can be found (检索库): entries in the inverted index, and their vectors."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final, Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from minxin.classifier.retrieval.entries import Entry
from minxin.classifier.retrieval.grams import MOST_CHARACTERS, folded, without_fillers
from minxin.classifier.retrieval.inverted import Inverted, Views, views_of
from minxin.classifier.retrieval.matching import Asked, Sizes, asked, fit
from minxin.classifier.retrieval.memory import Memory, Rows
from minxin.classifier.retrieval.synonyms import Synonyms

Encoder = Callable[[Sequence[str], Literal["query", "passage"]], Rows]

BY_WORDS: Final = 100  # entries that are looked at more closely, by shared pairs
BY_MEANING: Final = 50  # and by their vectors


class Features(Struct, frozen=True):
    """What speaks for an entry. ``near`` is its nearest vector, in standard deviations above the middle of all."""

    head: float
    body: float
    singles: float
    mended: float
    near: float
    cosine: float


class _Kept(Struct, frozen=True):
    kind: str
    views: Views


class Shelf:
    """Entries and what tells which of them fit a question. Changes count from :meth:`publish` on."""

    def __init__(self, encoder: Encoder | None = None) -> None:
        self._encoder = encoder
        self._inverted = Inverted()
        self._entries: dict[str, _Kept] = {}
        self._memory: Memory | None = None
        self._characters = np.zeros(3, dtype=np.int64)  # heads, characters of heads, characters of everything
        self.synonyms = Synonyms()

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, entry: Entry) -> None:
        """Add an entry, or put it in the place of the one with its id; its vectors come by :meth:`put_vectors`."""
        self.remove(entry.id)
        views = views_of(entry)
        self._entries[entry.id] = _Kept(entry.kind, views)
        self._characters += _characters(views)
        self._inverted.put(entry, views)

    def put_vectors(self, entry_id: str, rows: Rows) -> None:
        """Keep the vectors of an entry's heads and pieces, if it is still here."""
        if entry_id in self._entries and len(rows):
            if self._memory is None:
                self._memory = Memory(rows.shape[1])
            self._memory.put(entry_id, rows)

    def remove(self, entry_id: str) -> None:
        """Take an entry out, if it is here."""
        kept = self._entries.pop(entry_id, None)
        if kept is None:
            return
        self._characters -= _characters(kept.views)
        self._inverted.remove(entry_id)
        if self._memory is not None:
            self._memory.remove(entry_id)

    def publish(self) -> None:
        """Let searches see the changes."""
        self._inverted.publish()

    def candidates(self, question: str, kinds: Collection[str] | None = None) -> dict[str, Features]:
        """Return what speaks for each entry that a question may be about."""
        readings = self.synonyms.readings(folded(question, MOST_CHARACTERS))
        taken = [asked(without_fillers(reading), self._inverted, len(self._entries)) for reading in readings]
        ids: dict[str, None] = {}
        for one in taken:
            ids |= dict.fromkeys(self._inverted.likely(one.terms(), BY_WORDS, kinds))
        near, cosines = self._nearness(readings[-1], ids, kinds)
        sizes = self._sizes()
        return {
            entry_id: self._features(taken, entry_id, sizes, near[entry_id], cosines.get(entry_id, 0.0))
            for entry_id in near
            if entry_id in self._entries
        }

    def _features(self, taken: Sequence[Asked], entry_id: str, sizes: Sizes, near: float, cosine: float) -> Features:
        kept = self._entries[entry_id]
        fits = [fit(one, kept.views, sizes) for one in taken]
        return Features(
            max(one.head for one in fits),
            max(one.body for one in fits),
            max(one.singles for one in fits),
            max(one.mended for one in fits),
            near,
            cosine,
        )

    def _nearness(
        self, reading: str, ids: Iterable[str], kinds: Collection[str] | None
    ) -> tuple[dict[str, float], dict[str, float]]:
        """Return how near the candidates are, those that only their vectors name among them."""
        if self._encoder is None or self._memory is None:
            return dict.fromkeys(ids, 0.0), {}
        vector = self._encoder([reading], "query")[0]
        looked, names = self._memory.look(vector)
        middle, spread = float(looked.mean()), max(float(looked.std()), 1e-6)
        wanted = dict.fromkeys(ids)
        wanted |= dict.fromkeys(names[place] for place in _best(looked, BY_MEANING) if self._is_of(names[place], kinds))
        cosines = dict(self._memory.nearest(vector, list(wanted)))
        near = {one: (cosines[one] - middle) / spread if one in cosines else 0.0 for one in wanted}
        return near, cosines

    def _is_of(self, entry_id: str, kinds: Collection[str] | None) -> bool:
        return kinds is None or self._entries[entry_id].kind in kinds

    def _sizes(self) -> Sizes:
        heads, of_heads, of_all = self._characters.tolist()
        return Sizes(len(self._entries), of_heads / max(heads, 1), of_all / max(len(self._entries), 1))


def _characters(views: Views) -> NDArray[np.int64]:
    heads = sum(map(len, views.heads))
    return np.array([len(views.heads), heads, heads + len(views.body)], dtype=np.int64)


def _best(scores: Rows, many: int) -> Sequence[int]:
    if len(scores) <= many:
        return range(len(scores))
    best: Sequence[int] = np.argpartition(-scores, many)[:many].tolist()
    return best
