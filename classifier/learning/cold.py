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
        self._characters = _ClauseTable([background.vector("\n" + clause) for _, clause in clauses])
        read = sorted(letters)[:: max(1, len(letters) // _MOST_READ)]
        named = [(duties[office][0], clause) for office in self.offices for clause in duties[office]]
        heard = self._read_by_characters(read)
        self._ear: Ear | None = None
        if encoder:
            self._ear, by_ear = Ear.made(encoder, named, read)
            heard = np.concatenate([heard, by_ear])
        taken_off = [_TAKEN_OFF_CHARACTERS, *[_TAKEN_OFF_DENSE] * VOICES]
        self._taken_off = np.array(taken_off)[: len(heard), None] * _nearness(heard)
        self._scales = _deviations([self._voices(heard[:, row]) for row in range(len(read))], len(heard))

    def scores(self, text: str, vector: TextVector, *, deaf: bool = False) -> Scores:
        """Return the score of each office for a text whose vector is known; while ``deaf``, by its characters alone.

        Raises what the encoder raises.
        """
        cosines = self._characters.cosines(vector)[None]
        if self._ear and not deaf:
            cosines = np.concatenate([cosines, self._ear.cosines(self._ear.hear(text))])
        voices = self._voices(cosines) / self._scales[: len(cosines), None]
        result: Scores = voices.sum(axis=0) / np.sqrt(len(voices))
        return result

    def about(self, text: str, vector: TextVector, *, deaf: bool = False) -> Scores:
        """Return what a text whose vector is known is about, as a row of always as many numbers.

        While ``deaf``, nothing is heard of it. Raises what the encoder raises.
        """
        heard = np.zeros(self._ear.width if self._ear else 0)
        if self._ear and not deaf:
            heard = self._ear.hear(text).mean(axis=0)
        topics = _TOPICS_WEIGHT * self.background.topics.of(vector.columns, vector.shares)
        return np.concatenate([heard, topics, [1.0]])

    def _read_by_characters(self, read: Sequence[str]) -> Scores:
        """Return how near each clause lies by its characters, for several texts, which stand on the second axis."""
        rows = [self._characters.cosines(self.background.vector(text)) for text in read]
        return np.array(rows).reshape(1, len(read), len(self._office_of))

    def _voices(self, cosines: Scores) -> Scores:
        own = cosines - self._taken_off[: len(cosines)]
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


class _ClauseTable:
    """The clauses by the columns that they have: of thousands, a clause has some tens."""

    def __init__(self, vectors: Sequence[TextVector]) -> None:
        self._many = len(vectors)
        columns = np.concatenate([vector.columns for vector in vectors])
        order = np.argsort(columns, kind="stable")
        self._columns, starts = np.unique(columns[order], return_index=True)
        self._ends = np.append(starts, len(order))
        clauses = np.repeat(np.arange(len(vectors)), [len(vector.columns) for vector in vectors])
        self._clauses = clauses[order]
        self._shares = np.concatenate([vector.shares for vector in vectors])[order]

    def cosines(self, vector: TextVector) -> Scores:
        """Return how near each clause lies to a text."""
        place = np.minimum(np.searchsorted(self._columns, vector.columns), len(self._columns) - 1)
        known = self._columns[place] == vector.columns
        starts, ends = self._ends[place[known]], self._ends[place[known] + 1]
        many = ends - starts
        # The places of all entries of the first column, then of the second, and so on.
        entries = np.arange(many.sum()) + np.repeat(starts - np.cumsum(many) + many, many)
        weights = np.repeat(vector.shares[known], many) * self._shares[entries]
        return np.bincount(self._clauses[entries], weights=weights, minlength=self._many).astype(np.float64)


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
