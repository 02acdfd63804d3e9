"""Vectors kept on disk by the text that they are of (向量缓存): a start does not read everything again.

A file of rows: the SHA-256 of the text, then its vector in half precision. What a crash left half-written at the end is
cut off. It can be thrown away at any time. Several processes may have the file open: each adds its rows at the end, and
knows those that were there when it opened the file and its own.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

_DIGEST: Final = hashlib.sha256().digest_size


class VectorFile:
    """The vectors of one encoder, of ``width`` numbers each."""

    def __init__(self, path: Path, width: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._width = width
        self._size = _DIGEST + 2 * width
        self._file = path.open("a+b", buffering=0)
        whole = path.stat().st_size // self._size
        self._file.truncate(whole * self._size)
        self._places: dict[bytes, int] = {}
        for place in range(whole):
            self._file.seek(place * self._size)
            self._places[self._file.read(_DIGEST)] = place

    def __len__(self) -> int:
        return len(self._places)

    def close(self) -> None:
        """Close the file; what was put is in it."""
        self._file.close()

    def get(self, text: str) -> NDArray[np.float32] | None:
        """Return the vector of a text, None when it is not kept."""
        place = self._places.get(_digest(text))
        if place is None:
            return None
        self._file.seek(place * self._size)
        row = self._file.read(self._size)
        if len(row) != self._size or row[:_DIGEST] != _digest(text):
            return None
        return np.frombuffer(row[_DIGEST:], dtype="<f2").astype(np.float32)

    def put(self, text: str, vector: NDArray[np.float32]) -> None:
        """Keep the vector of a text."""
        digest = _digest(text)
        if digest not in self._places:
            self._file.write(digest + vector.astype("<f2").tobytes())
            # The end of what was written, whatever others added meanwhile (open(2), O_APPEND).
            self._places[digest] = self._file.tell() // self._size - 1


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
