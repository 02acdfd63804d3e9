"""Vectors that are kept: one takes tens of milliseconds, and the same texts are read again and again.

The duties are read at every start, the letters of lessons each time that the voices are weighed, and the subject of a
letter with each of its points.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from minxin.classifier.durable import write_durably
from minxin.core.errors import DamagedError, UnavailableError

MOST_KEPT = 16_384  # vectors of 1.5 kB, two for each letter
# The subject alone, mostly: of fifty offices up to two points fewer are right, no fewer of those routed alone.
HURRIED_CHARS = 16
_FILE = "vectors.npz"
_DIGEST_BYTES = 32

Rows = NDArray[np.float32]


class TextEncoder(Protocol):
    """Gives one row of length one for each text."""

    @property
    def version(self) -> str: ...

    def __call__(self, texts: Sequence[str], /) -> Rows: ...


class KeptEncoder:
    """Gives one row of length one for each text, and reads no text twice as long as its row is kept.

    In a hurry it reads only the beginning of each text, and only when it is asked first: a letter's subject is heard,
    and its points are then judged by their characters.
    """

    def __init__(self, encoder: TextEncoder, kept: dict[str, Rows] | None = None, *, readers: int = 1) -> None:
        """``kept`` is what :func:`kept_vectors` read; so many ``readers`` read at once, each a text of its own."""
        self.version = encoder.version
        self._encoder = encoder
        self._kept = kept or {}
        self._readers = readers
        self._hurried = False
        self._done = False

    def hurry(self, hurried: bool) -> None:
        """Read the next letter in a hurry, or in full; to be said again for each letter."""
        self._hurried, self._done = hurried, False

    def __call__(self, texts: Sequence[str]) -> Rows:
        """Return the rows, in order; raises what the encoder raises, ``UnavailableError`` for what is left out."""
        most = HURRIED_CHARS if self._hurried else None
        readable = [_readable(text[:most]) for text in texts]
        unread = list(dict.fromkeys(text for text in readable if text not in self._kept))
        if unread and self._done:
            raise UnavailableError("classifier.encoder.hurried")
        self._done = self._hurried
        if self._readers > 1 and len(unread) > 1:
            with ThreadPoolExecutor(self._readers) as readers:
                for text, row in zip(unread, readers.map(self._read, unread), strict=True):
                    self._remember(text, row)
        return np.array([self._row(text) for text in readable], dtype=np.float32)

    def keep(self, folder: Path) -> None:
        """Write what was read, for :func:`kept_vectors`."""
        content = io.BytesIO()
        np.savez(content, texts=np.array(list(self._kept), dtype=np.str_), rows=np.array(list(self._kept.values())))
        read = content.getvalue()
        folder.mkdir(parents=True, exist_ok=True)
        write_durably(folder / _FILE, hashlib.sha256(read).digest() + read)

    def _row(self, text: str) -> Rows:
        row = self._kept.get(text)
        if row is None:
            row = self._read(text)
            self._remember(text, row)
        return row

    def _read(self, text: str) -> Rows:
        row: Rows = self._encoder([text])[0]
        return row

    def _remember(self, text: str, row: Rows) -> None:
        if len(self._kept) >= MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[text] = row


def kept_vectors(folder: Path) -> dict[str, Rows]:
    """Read what was kept; raises :class:`DamagedError` when it is missing or has been changed."""
    try:
        read = (folder / _FILE).read_bytes()
    except OSError as error:
        raise DamagedError("classifier.model.unreadable") from error
    if hashlib.sha256(read[_DIGEST_BYTES:]).digest() != read[:_DIGEST_BYTES]:
        raise DamagedError("classifier.model.checksum")
    try:
        with np.load(io.BytesIO(read[_DIGEST_BYTES:]), allow_pickle=False) as arrays:
            return dict(zip(arrays["texts"].tolist(), arrays["rows"], strict=True))
    except (BadZipFile, KeyError, ValueError) as error:
        raise DamagedError("classifier.model.unreadable") from error


def _readable(text: str) -> str:
    # An array of strings drops what follows the last zero, and half of a surrogate pair is no text.
    return text.encode("utf-8", "replace").decode().replace("\0", " ").strip()
