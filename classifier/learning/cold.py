"""Offices for the first letter (冷启动): nothing is known but what each office says that it does.

An office speaks through its duties (职责), one clause a time: a letter is about one matter, so the few clauses nearest
to it count and the rest of a long list does not. Where a dense encoder is at hand its voice is added: it hears that
房子 and 住宅 are one thing, which characters do not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from minxin.classifier.learning.vectors import Background, TextVector
from minxin.core.errors import InvalidInputError

NEAREST_CLAUSES = 5
_SHARPNESS = 20.0  # of the soft maximum over cosines of dense vectors
_MOST_READ = 300  # letters; the scale of scores is known well by then

Encoder = Callable[[Sequence[str]], NDArray[np.float32]]  # one row of length one for each text
Scores = NDArray[np.float64]


class ColdStart:
    """Scores every office by its duties; scores of one letter have mean zero, over letters a deviation of about one."""

    def __init__(
        self,
        duties: Mapping[str, Sequence[str]],
        background: Background,
        letters: Sequence[str],
        encoder: Encoder | None = None,
    ) -> None:
        """``duties`` are the clauses of each office; ``letters`` are any letters, read for their scale alone.

        Raises :class:`InvalidInputError` when no office has a duty.
        """
        if not any(duties.values()):
            raise InvalidInputError("classifier.train.no_data")
        self.offices = tuple(sorted(duties))
        self.background = background
        clauses = [(number, clause) for number, office in enumerate(self.offices) for clause in duties[office]]
        self._office_of = np.array([number for number, _ in clauses], dtype=np.int64)
        self._columns, self._matrix = _clause_matrix([background.vector("\n" + clause) for _, clause in clauses])
        self._dense = _Dense(encoder, [clause for _, clause in clauses], letters) if encoder else None
        read = sorted(letters)[:: max(1, len(letters) // _MOST_READ)]
        self._scales = np.ones(2)
        self._scales = _deviations([self._voices(text, background.vector(text)) for text in read])

    def scores(self, text: str, vector: TextVector) -> Scores:
        """Return the score of each office for a text whose vector is known."""
        voices = self._voices(text, vector) / self._scales[:, None]
        result: Scores = voices.sum(axis=0)
        return result / np.sqrt(len(voices)) if self._dense else result

    def _voices(self, text: str, vector: TextVector) -> Scores:
        heard = np.zeros(len(self._columns))
        place = np.minimum(np.searchsorted(self._columns, vector.columns), len(self._columns) - 1)
        known = self._columns[place] == vector.columns
        heard[place[known]] = vector.shares[known]
        voices = [self._nearest(self._matrix @ heard)]
        if self._dense:
            voices.append(self._soft_maximum(self._dense.cosines(text)))
        return np.stack([voice - voice.mean() for voice in voices])

    def _nearest(self, cosines: Scores) -> Scores:
        scores = np.zeros(len(self.offices))
        for number in range(len(self.offices)):
            scores[number] = np.sort(cosines[self._office_of == number])[-NEAREST_CLAUSES:].sum()
        return scores

    def _soft_maximum(self, cosines: Scores) -> Scores:
        raised = np.bincount(self._office_of, weights=np.exp(_SHARPNESS * cosines), minlength=len(self.offices))
        result: Scores = np.log(np.maximum(raised, 1e-12))
        return result


class _Dense:
    def __init__(self, encoder: Encoder, clauses: Sequence[str], letters: Sequence[str]) -> None:
        self._encoder = encoder
        encoded = encoder(clauses).astype(np.float64)
        self._clauses = _unit(encoded - encoded.mean(axis=0))
        # Letters lie apart from duties; each is seen from the middle of its own kind.
        read = sorted(letters)[:: max(1, len(letters) // _MOST_READ)]
        self._middle = encoder(read).astype(np.float64).mean(axis=0) if read else encoded.mean(axis=0)

    def cosines(self, text: str) -> Scores:
        result: Scores = self._clauses @ _unit(self._encoder([text]).astype(np.float64) - self._middle)[0]
        return result


def _clause_matrix(vectors: Sequence[TextVector]) -> tuple[NDArray[np.int64], Scores]:
    columns = np.unique(np.concatenate([vector.columns for vector in vectors]))
    matrix = np.zeros((len(vectors), len(columns)))
    for row, vector in enumerate(vectors):
        matrix[row, np.searchsorted(columns, vector.columns)] = vector.shares
    return columns, matrix


def _deviations(voices: Sequence[Scores]) -> Scores:
    if not voices:
        return np.ones(2)
    result: Scores = np.maximum(np.stack(voices).std(axis=(0, 2)), 1e-9)
    return result


def _unit(rows: Scores) -> Scores:
    result: Scores = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return result
