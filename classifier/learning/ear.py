"""What a dense encoder hears of a letter (稠密向量): the subject, and the beginning with it.

The subject says what a letter is about, the beginning what the subject leaves out; a vector of both together loses the
subject among the words. More than the beginning takes longer and says little.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

SUBJECT_CHARS, BEGINNING_CHARS = 60, 100
VOICES = 2

# One row of length one for each text; raises ``UnavailableError`` while it can't be asked.
Encoder = Callable[[Sequence[str]], NDArray[np.float32]]
Scores = NDArray[np.float64]


class Ear:
    """Hears letters from the middle of all letters, and clauses from the middle of all clauses: they lie apart."""

    def __init__(self, encoder: Encoder, clauses: Scores, middles: Scores) -> None:
        """``clauses`` are rows of length one; ``middles`` those of each voice's letters."""
        self._encoder = encoder
        self._clauses = clauses
        self._middles = middles
        self.width = clauses.shape[1]

    @classmethod
    def made(cls, encoder: Encoder, clauses: Sequence[tuple[str, str]], read: Sequence[str]) -> tuple[Self, Scores]:
        """Return an ear, and how near each clause lies to each of the letters that were ``read``, by each voice.

        ``clauses`` stand with the name of their office; ``read`` are letters that tell where the middle lies.
        """
        alone = _rows(encoder, [clause for _, clause in clauses])
        # Many clauses say what they mean only beside the office (管理 of schools, of roads).
        named = _rows(encoder, [f"{name} {clause}" for name, clause in clauses])
        rows = unit(unit(alone - alone.mean(axis=0)) + unit(named - named.mean(axis=0)))
        if not read:
            ear = cls(encoder, rows, alone.mean(axis=0)[None])
            return ear, ear.cosines(np.zeros((VOICES, 0, ear.width)))
        letters = np.stack([_rows(encoder, texts) for texts in zip(*map(heads, read), strict=True)])
        ear = cls(encoder, rows, letters.mean(axis=1))
        return ear, ear.cosines(unit(letters - letters.mean(axis=1)[:, None]))

    def hear(self, text: str) -> Scores:
        """Return a row of length one for the subject, and one for the beginning."""
        return unit(_rows(self._encoder, heads(text)) - self._middles)

    def cosines(self, heard: Scores) -> Scores:
        """Return how near each clause lies to what was heard."""
        result: Scores = heard @ self._clauses.T
        return result


def heads(text: str) -> tuple[str, str]:
    """Return what is heard of a text; without a subject, or with nothing else, both are the same."""
    subject, _, body = text.partition("\n")
    return (subject.strip() or body.strip())[:SUBJECT_CHARS], text.strip()[:BEGINNING_CHARS]


def unit(rows: Scores) -> Scores:
    """Return the rows, each brought to length one; rows of zeros stay."""
    result: Scores = rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-12)
    return result


def _rows(encoder: Encoder, texts: Sequence[str]) -> Scores:
    return encoder(texts).astype(np.float64)
