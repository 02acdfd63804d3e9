"""Offices as lines through what letters are about (岭回归): what lessons teach where their words do not meet.

A ridge regression needs two sums of the lessons and nothing else of them. Their rows are whole numbers, and sums of
whole numbers are exact up to 2⁵³: in any order they come to the same, and a lesson can be taken out again.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_UNIT = 1 << 13
_SOFTNESS = 0.3  # of the ridge: how many lessons it takes to be believed along one direction
_FEW = 10.0  # lessons; an office with so many is heard by half
# A ridge also says what an office's share of the lessons is, less so where its letters lie apart from all others. The
# root of the share taken out of it was best for offices with 4 to 200 lessons beside each other.
_SHARE_TAKEN_OUT = 0.5

Row = NDArray[np.float64]


class Lines:
    """The sums of lessons; offices are columns."""

    def __init__(self, offices: int) -> None:
        self._many = np.zeros(offices)
        self._sums: Row = np.zeros((0, offices))
        self._products: Row = np.zeros((0, 0))
        self._solved: tuple[Row, Row] | None = None

    def count(self, rows: Row, columns: NDArray[np.int64], weights: Row) -> None:
        """Count lessons, a row each; negative weights take them back."""
        if not self._products.size:
            self._sums = np.zeros((rows.shape[1], len(self._many)))
            self._products = np.zeros((rows.shape[1], rows.shape[1]))
        whole = _whole(rows)
        weighed = whole * weights[:, None]
        self._products += weighed.T @ whole
        of_offices = np.zeros((len(rows), len(self._many)))
        of_offices[np.arange(len(rows)), columns] = 1.0
        self._sums += weighed.T @ of_offices
        self._many += weights @ of_offices
        self._solved = None

    def scores(self, row: Row) -> Row:
        """Return what the lessons say of a text for each office; zeros without lessons."""
        if not self._many.any():
            return np.zeros(len(self._many))
        result: Row = (_whole(row) / _UNIT) @ self._solution()[1] * _factors(self._many)
        return result

    def without(self, row: Row, column: int, weight: float) -> Row:
        """Return what :meth:`scores` would say of a lesson's text had this lesson not been counted."""
        many = self._many.copy()
        many[column] -= weight
        if not many.any():
            return np.zeros(len(many))
        inverse, directions = self._solution()
        own = _whole(row) / _UNIT
        # Sherman and Morrison 1950: what becomes of an inverse when one product is taken out.
        pull = weight * float(own @ inverse @ own)
        said = own @ directions
        said[column] -= pull
        without: Row = said / (1.0 - pull) * _factors(many)
        return without

    def _solution(self) -> tuple[Row, Row]:
        if self._solved is None:
            ridge: Row = self._products / _UNIT**2 + _SOFTNESS * np.eye(len(self._products))
            inverse: Row = np.linalg.inv(ridge).astype(np.float64)
            self._solved = inverse, inverse @ (self._sums / _UNIT)
        return self._solved


def _whole(rows: Row) -> Row:
    result: Row = np.rint(rows * _UNIT)
    return result


def _factors(many: Row) -> Row:
    shares = np.maximum(many, 1.0) / max(float(many.mean()), 1e-12)
    result: Row = many / (many + _FEW) / shares**_SHARE_TAKEN_OUT
    return result
