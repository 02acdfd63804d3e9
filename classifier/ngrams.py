"""Character n-grams (字符 n 元组) as whole numbers, so that a text becomes a vector without a loop in Python.

A character needs 18 bits, as planes 4 and up hold no writing, so three of them and the mark of a block fit into one
64-bit key. The vocabulary is a sorted array of keys and a look-up is a binary search: nothing has to be built when a
model is loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

LONGEST = 3
_CHARACTER_BITS = 18
_LAST_CHARACTER = (1 << _CHARACTER_BITS) - 1
_OF_BODY = 1 << (LONGEST * _CHARACTER_BITS)
_DIGIT_ZERO, _DIGIT_NINE = ord("0"), ord("9")

_KEPT = 16  # texts; several models read the same letter one after another

Keys = NDArray[np.int64]
Weights = NDArray[np.float32]


class Counted(Struct, frozen=True):
    """The different n-grams of one text, ascending, and how often each occurs."""

    keys: Keys
    counts: NDArray[np.float64]


class Features(Struct, frozen=True):
    """One text as a vector of length one: columns of the vocabulary, ascending, and their values."""

    columns: NDArray[np.int64]
    values: Weights


class Vocabulary(Struct, frozen=True):
    """The n-grams that a model knows (``keys``, ascending) and their inverse document frequencies."""

    keys: Keys
    idf: Weights
    subject_weight: int
    blocks: bool

    def features(self, text: str) -> Features:
        """Return the TF-IDF vector of a folded text, its first line being the subject.

        The subject speaks within the whole text, counted several times. With ``blocks`` the body and the subject speak
        once more in a block of their own, because what a word means for the office depends on where it stands. All
        blocks weigh the same.
        """
        return self.features_of(counted_ngrams(text, self.subject_weight, self.blocks))

    def counts_like(self, other: Vocabulary) -> bool:
        """Say whether both count the n-grams of a text in the same way."""
        return (self.subject_weight, self.blocks) == (other.subject_weight, other.blocks)

    def features_of(self, counted: Counted) -> Features:
        """Return the TF-IDF vector of a text whose n-grams were counted with the same settings."""
        return self.features_at(counted, self.columns_of(counted.keys))

    def features_at(self, counted: Counted, columns: NDArray[np.int64]) -> Features:
        """Return the TF-IDF vector of a text whose n-grams stand in these columns, -1 where they are unknown."""
        known = columns >= 0
        keys, columns = counted.keys[known], columns[known]
        values = (1.0 + np.log(counted.counts[known])).astype(np.float32) * self.idf[columns]
        # Ascending keys: first those of the subject's block, then those of the whole, then those of the body's.
        ends = (0, *np.searchsorted(keys, (0, _OF_BODY)).tolist(), len(keys))
        blocks = [values[start:end] for start, end in pairwise(ends) if start < end]
        for block in blocks:
            block /= np.maximum(np.sqrt(np.sum(block**2)), np.float32(1e-12))
        return Features(columns, values / np.float32(np.sqrt(max(1, len(blocks)))))

    def columns_of(self, keys: Keys) -> NDArray[np.int64]:
        """Return the column of each key, or -1 where the key is unknown."""
        if not len(self.keys):
            return np.full(len(keys), -1, dtype=np.int64)
        found = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[found] == keys, found, -1)


class Lexicon:
    """Vocabularies of models that read the same letters, looked up together: one search instead of one for each."""

    def __init__(self, vocabularies: Sequence[Vocabulary]) -> None:
        """All must count in the same way, and there must be at least one."""
        # Models that learnt from the same letters know the same n-grams.
        self._different: list[Vocabulary] = []
        self._which = [self._place_of(one) for one in vocabularies]
        self._all = Vocabulary(
            np.unique(np.concatenate([one.keys for one in vocabularies])),
            np.empty(0, dtype=np.float32),
            vocabularies[0].subject_weight,
            vocabularies[0].blocks,
        )
        # One more column, the last, for what no vocabulary knows.
        self._columns = [np.append(one.columns_of(self._all.keys), -1) for one in self._different]

    def features(self, text: str) -> list[Features]:
        """Return the vector of a folded text in each vocabulary, in order."""
        counted = counted_ngrams(text, self._all.subject_weight, self._all.blocks)
        place = self._all.columns_of(counted.keys)
        pairs = zip(self._different, self._columns, strict=True)
        found = [vocabulary.features_at(counted, columns[place]) for vocabulary, columns in pairs]
        return [found[which] for which in self._which]

    def _place_of(self, vocabulary: Vocabulary) -> int:
        for place, one in enumerate(self._different):
            if np.array_equal(one.keys, vocabulary.keys) and np.array_equal(one.idf, vocabulary.idf):
                return place
        self._different.append(vocabulary)
        return len(self._different) - 1


@lru_cache(maxsize=_KEPT)
def ngram_keys(text: str) -> tuple[Keys, ...]:
    """Return the keys of all 1-grams, 2-grams, ... of ``text``; entry ``i`` of each array starts at character ``i``.

    All digits count as the same character: a house number says nothing about the office. The arrays are shared: nobody
    writes into them.
    """
    codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    codes[(codes >= _DIGIT_ZERO) & (codes <= _DIGIT_NINE)] = _DIGIT_ZERO
    codes = np.minimum(codes, _LAST_CHARACTER)
    keys = [codes]
    for size in range(2, LONGEST + 1):
        shorter = keys[-1][:-1] if len(keys[-1]) else keys[-1]
        keys.append((shorter << _CHARACTER_BITS) | codes[size - 1 :])
    return tuple(keys)


@lru_cache(maxsize=_KEPT)
def counted_ngrams(text: str, subject_weight: int, blocks: bool) -> Counted:
    """Return the different n-grams, ascending, and how often each occurs.

    An n-gram of the subject counts ``subject_weight`` times in the whole; with ``blocks`` every n-gram counts once more
    under the key of its own block. No n-gram reaches over the line between subject and body.
    """
    subject, _, body = text.partition("\n")
    of_subject = np.concatenate(ngram_keys(subject))
    of_body = np.concatenate(ngram_keys(body))
    alone = (subject_keys(of_subject), body_keys(of_body)) if blocks else ()
    every = np.concatenate((of_subject, of_body, *alone))
    keys, inverse = np.unique(every, return_inverse=True)
    weights = np.ones(len(inverse))
    weights[: len(of_subject)] = subject_weight
    return Counted(keys, np.bincount(inverse, weights=weights, minlength=len(keys)).astype(np.float64))


def subject_keys(keys: Keys) -> Keys:
    """Return the keys that the same n-grams have in the block of the subject alone."""
    return ~keys


def body_keys(keys: Keys) -> Keys:
    """Return the keys that the same n-grams have in the block of the body alone."""
    return keys | _OF_BODY


def learn_vocabulary(texts: Sequence[Counted], *, subject_weight: int, blocks: bool, min_documents: int) -> Vocabulary:
    """Return the n-grams that occur in at least ``min_documents`` texts, with smoothed idf: ln((1+n)/(1+df)) + 1.

    The texts must have been counted with the same settings, and there must be at least one.
    """
    every = np.concatenate([text.keys for text in texts])
    keys, documents = np.unique(every, return_counts=True)
    kept = documents >= min_documents
    idf = np.log((1 + len(texts)) / (1 + documents[kept])) + 1.0
    return Vocabulary(keys[kept], idf.astype(np.float32), subject_weight, blocks)
