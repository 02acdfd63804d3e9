"""Thresholds for routing alone (自动转办阈值): the share of right routes that was wished is kept on letters to come.

Each office has a threshold of its own where enough of its letters were judged unseen; where too few were, the threshold
of all offices together holds for it. Both count one more error than was seen (conformal risk control, Angelopoulos et
al. 2022).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from minxin.classifier.linear import Record
from minxin.core.errors import InvalidInputError

_LEAST_OF_OFFICE = 100  # letters judged to be the office's; with fewer its own threshold is mostly luck


class Thresholds(Struct, frozen=True):
    """From which probability on a letter is routed alone: for all offices, and for those that differ."""

    pooled: float
    of_office: dict[str, float]

    def routes(self, office: str, probability: float) -> bool:
        """Say whether a letter judged to be the office's with this probability is routed alone."""
        return probability >= self.of_office.get(office, self.pooled)


def thresholds(
    judged: Sequence[str], confidence: NDArray[np.float64], right: NDArray[np.bool_], precision: float
) -> Thresholds:
    """Choose the lowest thresholds that keep ``precision``, from letters that the model had not seen.

    ``judged`` is the office that each letter was judged to be for. Raises :class:`InvalidInputError` for a precision
    that is not between 0 and 1. A threshold that nothing can keep is infinite: all its letters go to a person.
    """
    if not 0.0 < precision < 1.0:
        raise InvalidInputError("classifier.precision.range", precision=precision)
    offices = np.array(judged, dtype=object)
    own: dict[str, float] = {}
    for office in sorted(set(judged)):
        inside = offices == office
        if inside.sum() >= _LEAST_OF_OFFICE:
            own[office] = _record(confidence[inside], right[inside]).threshold(precision)
    return Thresholds(_record(confidence, right).threshold(precision), own)


def _record(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> Record:
    return Record(confidence.astype(np.float32), right)
