"""Texts as whole numbers, so that a lesson can be taken back to the last bit.

Sums of whole numbers do not depend on their order: what is learnt, forgotten and replayed ends in the same counts.
Columns are hashed, so that no vocabulary grows with the letters.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from minxin.classifier.learning.topics import MOST_READ, Topics, learn_topics
from minxin.classifier.ngrams import ngram_keys, subject_keys
from minxin.classifier.text import fold

COLUMNS_BITS = 16
COLUMNS = 1 << COLUMNS_BITS
UNIT = 1 << 16  # a vector of length one, in the whole numbers that are counted

_LONGEST = 2  # characters of an n-gram: with tens of letters an office, longer ones are met too seldom
_SUBJECT_COUNTS = 2
_MIX = np.uint64(0x9E3779B97F4A7C15)

Columns = NDArray[np.int64]


class TextVector(Struct, frozen=True):
    """Different columns, ascending, and whole-number values; the length is :data:`UNIT`, or 0 for an empty text."""

    columns: Columns
    values: NDArray[np.int64]

    @property
    def shares(self) -> NDArray[np.float64]:
        """Return the values as shares of one."""
        return self.values / UNIT


class Background(Struct, frozen=True):
    """How common each column is in the letters of any city, and which ones go together.

    A common turn of phrase says little about the office.
    """

    idf: NDArray[np.float64]
    topics: Topics

    def vector(self, text: str) -> TextVector:
        """Return the vector of a text as :func:`minxin.core.judgement.judged_text` joins it; any text has one."""
        return _vector(text, self.idf)


def learn_background(texts: Sequence[str]) -> Background:
    """Learn from any letters, labelled or not; the same letters in any order give the same background."""
    documents = np.zeros(COLUMNS)
    for text in texts:
        for columns, _ in _blocks(fold(text).text):
            documents[columns] += 1
    idf = np.log((1 + len(texts)) / (1 + documents)) + 1.0
    read = sorted(texts)[:: -(-len(texts) // MOST_READ) or 1]
    vectors = [_vector(text, idf) for text in read]
    return Background(idf, learn_topics([(vector.columns, vector.shares) for vector in vectors]))


def _vector(text: str, idf: NDArray[np.float64]) -> TextVector:
    whole, subject = _blocks(fold(text).text)
    blocks = [_weighed(block, idf) for block in (whole, subject) if len(block[0])]
    if not blocks:
        return TextVector(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
    columns, place = np.unique(np.concatenate([block[0] for block in blocks]), return_inverse=True)
    values = np.bincount(place, weights=np.concatenate([block[1] for block in blocks])) / np.sqrt(len(blocks))
    return TextVector(columns, np.rint(values * UNIT).astype(np.int64))


def columns_by_place(folded: str) -> list[Columns]:
    """Return the columns of the 1-grams, 2-grams, ... of a folded text; entry ``i`` begins at character ``i``."""
    return [_columns_of(keys) for keys in ngram_keys(folded)[:_LONGEST]]


def _blocks(folded: str) -> list[tuple[Columns, NDArray[np.float64]]]:
    """Count the n-grams of the whole text, the subject several times, and of the subject in a block of its own."""
    subject, _, body = folded.partition("\n")
    of_subject = np.concatenate(ngram_keys(subject)[:_LONGEST])
    of_body = np.concatenate(ngram_keys(body)[:_LONGEST])
    return [
        _counted(np.concatenate((of_subject, of_body)), len(of_subject)),
        _counted(subject_keys(of_subject), 0),
    ]


def _counted(keys: NDArray[np.int64], heavy: int) -> tuple[Columns, NDArray[np.float64]]:
    columns = _columns_of(keys)
    weights = np.ones(len(columns))
    weights[:heavy] = _SUBJECT_COUNTS
    found, place = np.unique(columns, return_inverse=True)
    return found, np.bincount(place, weights=weights, minlength=len(found)).astype(np.float64)


def _columns_of(keys: NDArray[np.int64]) -> Columns:
    return ((keys.astype(np.uint64) * _MIX) >> np.uint64(64 - COLUMNS_BITS)).astype(np.int64)


def _weighed(
    block: tuple[Columns, NDArray[np.float64]], idf: NDArray[np.float64]
) -> tuple[Columns, NDArray[np.float64]]:
    columns, counts = block
    values = (1.0 + np.log(counts)) * idf[columns]
    return columns, values / np.sqrt(np.sum(values**2))
