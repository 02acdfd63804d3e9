"""Letters as vectors of the character n-grams that tell their matter, and which pairs of them are near."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from minxin.classifier.alike.telling import phrases_of_two_and_three
from minxin.classifier.text import fold

SUBJECT_WEIGHT: Final = 3
READ_CHARS: Final = 1_500  # what a letter is about is said before
_BLOCK_ROWS: Final = 512


class Pairs(Struct, frozen=True, eq=False):
    """Pairs of rows (``first`` < ``second``) with their similarity."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    similarity: NDArray[np.float64]


def text_matrix(texts: Sequence[tuple[str, str]]) -> Any:
    """Return a sparse matrix with the unit TF-IDF vector of each (subject, body) as a row.

    None when no two texts have anything in common.
    """
    # Imported here: whoever only asks for like letters must not wait for scikit-learn.
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = TfidfVectorizer(analyzer=_tokens, min_df=2, sublinear_tf=True, dtype=np.float32)
    try:
        return words.fit_transform(texts).tocsr()
    except ValueError:  # "no terms remain"
        return None


def _tokens(text: tuple[str, str]) -> list[str]:
    subject, body = (fold(part, limit=READ_CHARS).text for part in text)
    return phrases_of_two_and_three(subject) * SUBJECT_WEIGHT + phrases_of_two_and_three(body)


def near_pairs(matrix: Any, least: float) -> Pairs:
    """Return all pairs of rows whose cosine is at least ``least``."""
    firsts, seconds, values = [], [], []
    turned = matrix.T.tocsr()
    for start in range(0, matrix.shape[0], _BLOCK_ROWS):
        block = (matrix[start : start + _BLOCK_ROWS] @ turned).tocoo()
        rows = block.row.astype(np.int64) + start
        columns = block.col.astype(np.int64)
        kept = (block.data >= least) & (rows < columns)
        firsts.append(rows[kept])
        seconds.append(columns[kept])
        values.append(block.data[kept].astype(np.float64))
    return Pairs(np.concatenate(firsts), np.concatenate(seconds), np.concatenate(values))
