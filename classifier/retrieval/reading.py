"""Entries read for their vectors (向量化), one after another while nobody asks."""

from __future__ import annotations

from typing import Final

import numpy as np

from minxin.classifier.retrieval.entries import Entry
from minxin.classifier.retrieval.grams import folded
from minxin.classifier.retrieval.shelf import Encoder, Shelf
from minxin.classifier.retrieval.vector_file import VectorFile

# Characters of a text that its vector stands for: what the encoder reads at once. More vectors of shorter pieces were
# measured to be worse, because among many the shortest one wins (docs/decisions/0030-retrieval.md).
MOST_READ: Final = 400
MOST_HEADS: Final = 24


class Reading:
    """Gives the entries of a shelf their vectors: from the file where they are known, else from the encoder."""

    def __init__(self, shelf: Shelf, encoder: Encoder, file: VectorFile) -> None:
        self._shelf = shelf
        self._encoder = encoder
        self._file = file
        self._waiting: dict[str, tuple[str, ...]] = {}

    def wait_for(self, entry: Entry) -> None:
        """Give an entry its vectors at once when all are known; else it waits for its turn."""
        texts = texts_of(entry)
        if not self._take(entry.id, texts):
            self._waiting[entry.id] = texts
        else:
            self._waiting.pop(entry.id, None)

    def waits(self) -> bool:
        """Say whether something is still to be read."""
        return bool(self._waiting)

    def read_one(self) -> None:
        """Read one text of the entry that waits longest; takes up to some 150 ms."""
        entry_id, texts = next(iter(self._waiting.items()))
        unread = next((text for text in texts if self._file.get(text) is None), None)
        if unread is not None:
            self._file.put(unread, self._encoder([unread], "passage")[0])
        if unread is None or unread == texts[-1]:
            self._take(entry_id, texts)
            del self._waiting[entry_id]

    def _take(self, entry_id: str, texts: tuple[str, ...]) -> bool:
        rows = [row for row in map(self._file.get, texts) if row is not None]
        whole = len(rows) == len(texts)
        if whole and rows:
            self._shelf.put_vectors(entry_id, np.stack(rows))
        return whole


def texts_of(entry: Entry) -> tuple[str, ...]:
    """Return what of an entry is read: each head, and the beginning of the text."""
    texts = (folded(text, MOST_READ).strip() for text in (*entry.heads[:MOST_HEADS], entry.body))
    return tuple(dict.fromkeys(text for text in texts if text))
