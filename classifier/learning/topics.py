"""What letters are about, as few numbers (潜在语义): which n-grams go together in the letters of any city.

Latent semantic analysis (Deerwester et al. 1990): the directions along which letters differ most. Lessons are too few
to tell what each of thousands of n-grams means; along some hundred directions they are enough.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

MOST_DIRECTIONS = 256
MOST_READ = 1_000  # letters; the time grows with their cube
_LEAST_SHARE = 1e-6  # of the strongest direction's strength; what is weaker is rounding

Row = NDArray[np.float64]


class Topics(Struct, frozen=True):
    """The columns that the letters had, ascending, and what each says along every direction."""

    columns: NDArray[np.int64]
    directions: NDArray[np.float16]

    def of(self, columns: NDArray[np.int64], shares: Row) -> Row:
        """Return where a text of these columns lies, as a row of length one, or of zeros when no column is known."""
        place = np.minimum(np.searchsorted(self.columns, columns), len(self.columns) - 1)
        known = self.columns[place] == columns if len(self.columns) else np.zeros(len(columns), dtype=np.bool_)
        row = shares[known].astype(np.float32) @ self.directions[place[known]].astype(np.float32)
        result: Row = row.astype(np.float64) / max(float(np.linalg.norm(row)), 1e-12)
        return result


def learn_topics(texts: Sequence[tuple[NDArray[np.int64], Row]]) -> Topics:
    """Learn from the columns and values of texts, in the order in which they are given."""
    if not texts:
        return Topics(np.empty(0, dtype=np.int64), np.empty((0, 0), dtype=np.float16))
    columns = np.unique(np.concatenate([found for found, _ in texts]))
    rows = np.zeros((len(texts), len(columns)), dtype=np.float32)
    for number, (found, values) in enumerate(texts):
        rows[number, np.searchsorted(columns, found)] = values
    strengths, letters = np.linalg.eigh((rows @ rows.T).astype(np.float64))
    strong = np.flatnonzero(strengths > _LEAST_SHARE * max(float(strengths[-1]), 1e-12))[-MOST_DIRECTIONS:]
    directions = rows.T @ (letters[:, strong] / np.sqrt(strengths[strong])).astype(np.float32)
    return Topics(columns, directions.astype(np.float16))
