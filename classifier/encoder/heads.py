"""What letters begin with, as dense vectors: the subject says what a letter is about, and is quick to read.

A vector takes some ten milliseconds, so that what was read is kept: the duties are read at every start, the letters of
lessons each time that the voices are weighed.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from minxin.classifier.durable import write_durably
from minxin.core.errors import DamagedError

HEAD_CHARACTERS = 60
MOST_KEPT = 8_192  # vectors of 1.5 kB
_FILE = "heads.npz"
_DIGEST_BYTES = 32

Rows = NDArray[np.float32]


class TextEncoder(Protocol):
    """Gives one row of length one for each text."""

    @property
    def version(self) -> str: ...

    def __call__(self, texts: Sequence[str], /) -> Rows: ...


class HeadEncoder:
    """Gives one row of length one for each text, of its subject, or of its beginning when it has none."""

    def __init__(self, encoder: TextEncoder, kept: dict[str, Rows] | None = None) -> None:
        self.version = encoder.version
        self._encoder = encoder
        self._kept = kept or {}

    def __call__(self, texts: Sequence[str]) -> Rows:
        """Return the rows, in order."""
        return np.array([self._row(_head(text)) for text in texts], dtype=np.float32)

    def keep(self, folder: Path) -> None:
        """Write what was read, for :func:`kept_heads`."""
        content = io.BytesIO()
        np.savez(content, heads=np.array(list(self._kept), dtype=np.str_), rows=np.array(list(self._kept.values())))
        read = content.getvalue()
        folder.mkdir(parents=True, exist_ok=True)
        write_durably(folder / _FILE, hashlib.sha256(read).digest() + read)

    def _row(self, head: str) -> Rows:
        row = self._kept.get(head)
        if row is None:
            row = self._encoder([head])[0]
            if len(self._kept) >= MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[head] = row
        return row


def kept_heads(folder: Path) -> dict[str, Rows]:
    """Read what was kept; raises :class:`DamagedError` when it is missing or has been changed."""
    try:
        read = (folder / _FILE).read_bytes()
    except OSError as error:
        raise DamagedError("classifier.model.unreadable") from error
    if hashlib.sha256(read[_DIGEST_BYTES:]).digest() != read[:_DIGEST_BYTES]:
        raise DamagedError("classifier.model.checksum")
    try:
        with np.load(io.BytesIO(read[_DIGEST_BYTES:]), allow_pickle=False) as arrays:
            return dict(zip(arrays["heads"].tolist(), arrays["rows"], strict=True))
    except (BadZipFile, KeyError, ValueError) as error:
        raise DamagedError("classifier.model.unreadable") from error


def _head(text: str) -> str:
    subject, _, body = text.partition("\n")
    head = (subject.strip() or body.strip())[:HEAD_CHARACTERS]
    # An array of strings drops what follows the last zero, and half of a surrogate pair is no text.
    return head.encode("utf-8", "replace").decode().replace("\0", " ").strip()
