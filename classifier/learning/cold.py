"""Offices for the first letter (冷启动): nothing is known but what each office says that it does.

An office speaks through its duties (职责), one clause a time: a letter is about one matter, so the few clauses nearest
to it count and the rest of a long list does not. Where a dense encoder is at hand it adds two voices, one on the
subject and one on the beginning: it hears that 房子 and 住宅 are one thing, which characters do not.

Some clauses lie near to letters of every kind (服务态度). How near a clause lies to those letters that it is nearest to
is taken off it (cross-domain similarity local scaling, Conneau et al. 2018, "Word translation without parallel data").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from minxin.classifier.learning.ear import VOICES, Ear, Encoder, Scores
from minxin.classifier.learning.vectors import Background, TextVector
from minxin.core.errors import InvalidInputError

NEAREST_CLAUSES = 5
_SHARPNESS = 20.0  # of the soft maximum over cosines of dense vectors
_MOST_READ = 300  # letters; the scale of scores is known well by then
_NEAREST_LETTERS = 0.04  # share of the letters read that tells how near a clause lies to letters of every kind
# Characters meet only where words do: a clause of many common words is often near by right.
_TAKEN_OFF_CHARACTERS, _TAKEN_OFF_DENSE = 0.25, 1.0
_TOPICS_WEIGHT = 0.7  # of what characters tell, beside what the encoder hears


class ColdStart:
    """Scores every office by its duties; scores of one letter have mean zero, over letters a deviation of about one."""

    def __init__(
        self,
        duties: Mapping[str, Sequence[str]],
        background: Background,
        letters: Sequence[str],
        encoder: Encoder | None = None,
    ) -> None:
        """``duties`` are the clauses of each office, its name first; ``letters`` are any letters, labelled or not,
        which tell the scale of scores and what is near to letters of every kind.

        Raises :class:`InvalidInputError` when no office has a duty.
        """
        if not any(duties.values()):
            raise InvalidInputError("classifier.train.no_data")
        self.offices = tuple(sorted(duties))
        self.background = background
        clauses = [(number, clause) for number, office in enumerate(self.offices) for clause in duties[office]]
        self._office_of = np.array([number for number, _ in clauses], dtype=np.int64)
        self._table = _table(self._office_of, len(self.offices))
        self._columns, self._matrix = _clause_matrix([background.vector("\n" + clause) for _, clause in clauses])
        read = sorted(letters)[:: max(1, len(letters) // _MOST_READ)]
        named = [(duties[office][0], clause) for office in self.offices for clause in duties[office]]
        self._ear = Ear(encoder, named, read) if encoder else None
        heard = self._heard(read)
        taken_off = [_TAKEN_OFF_CHARACTERS, *[_TAKEN_OFF_DENSE] * VOICES]
        self._taken_off = np.array(taken_off)[: len(heard), None] * _nearness(heard)
        self._scales = _deviations([self._voices(heard[:, row]) for row in range(len(read))], len(heard))

    def scores(self, text: str, vector: TextVector) -> Scores:
        """Return the score of each office for a text whose vector is known."""
        cosines = self._by_characters(vector)[None]
        if self._ear:
            cosines = np.concatenate([cosines, self._ear.cosines(self._ear.hear(text))])
        voices = self._voices(cosines) / self._scales[:, None]
        result: Scores = voices.sum(axis=0) / np.sqrt(len(voices))
        return result

    def about(self, text: str, vector: TextVector) -> Scores:
        """Return what a text whose vector is known is about, as a row of always as many numbers."""
        topics = _TOPICS_WEIGHT * self.background.topics.of(vector.columns, vector.shares)
        heard = self._ear.hear(text).mean(axis=0) if self._ear else np.empty(0)
        return np.concatenate([heard, topics, [1.0]])

    def _heard(self, read: Sequence[str]) -> Scores:
        """Return how near each clause lies by each voice, for several texts, which stand on the second axis."""
        by_characters = [self._by_characters(self.background.vector(text)) for text in read]
        stacked = np.array(by_characters).reshape(1, len(read), len(self._office_of))
        return np.concatenate([stacked, self._ear.of_read]) if self._ear else stacked

    def _by_characters(self, vector: TextVector) -> Scores:
        place = np.minimum(np.searchsorted(self._columns, vector.columns), len(self._columns) - 1)
        known = self._columns[place] == vector.columns
        near: NDArray[np.float32] = vector.shares[known].astype(np.float32) @ self._matrix[place[known]]
        return near.astype(np.float64)

    def _voices(self, cosines: Scores) -> Scores:
        own = cosines - self._taken_off
        voices = [self._nearest(own[0]), *(self._soft_maximum(row) for row in own[1:])]
        return np.stack([voice - voice.mean() for voice in voices])

    def _nearest(self, cosines: Scores) -> Scores:
        # The last cosine is that of no clause.
        by_office = np.append(np.maximum(cosines, 0.0), 0.0)[self._table]
        most = min(NEAREST_CLAUSES, by_office.shape[1])
        result: Scores = np.partition(by_office, -most, axis=1)[:, -most:].sum(axis=1)
        return result

    def _soft_maximum(self, cosines: Scores) -> Scores:
        raised = np.bincount(self._office_of, weights=np.exp(_SHARPNESS * cosines), minlength=len(self.offices))
        result: Scores = np.log(np.maximum(raised, 1e-12))
        return result


def _clause_matrix(vectors: Sequence[TextVector]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the columns that clauses have, ascending, and a row for each with one value for each clause."""
    columns = np.unique(np.concatenate([vector.columns for vector in vectors]))
    matrix = np.zeros((len(columns), len(vectors)), dtype=np.float32)
    for number, vector in enumerate(vectors):
        matrix[np.searchsorted(columns, vector.columns), number] = vector.shares
    return columns, matrix


def _table(office_of: NDArray[np.int64], offices: int) -> NDArray[np.int64]:
    """Return a row of clause numbers for each office, filled up with the number after the last."""
    own = [np.flatnonzero(office_of == office) for office in range(offices)]
    table = np.full((offices, max(map(len, own))), len(office_of), dtype=np.int64)
    for office, numbers in enumerate(own):
        table[office, : len(numbers)] = numbers
    return table


def _nearness(heard: Scores) -> Scores:
    """Return the mean cosine of each clause to the letters nearest to it; the second axis is that of letters."""
    letters = heard.shape[1]
    if not letters:
        return np.zeros((len(heard), heard.shape[2]))
    most = max(1, round(_NEAREST_LETTERS * letters))
    result: Scores = np.sort(heard, axis=1)[:, -most:].mean(axis=1)
    return result


def _deviations(voices: Sequence[Scores], many: int) -> Scores:
    if not voices:
        return np.ones(many)
    result: Scores = np.maximum(np.stack(voices).std(axis=(0, 2)), 1e-9)
    return result
