"""Routing alone by promise (按承诺自动转办): the share of right routes that was wished is kept on letters to come.

Each office has a threshold of its own where enough of its letters were judged unseen; where too few were, the threshold
of all offices together holds for it. Both count one more error than was seen (conformal risk control, Angelopoulos et
al. 2022). What comes back afterwards is watched, and a promise that does not hold is tightened without waiting for a
person.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from minxin.classifier.linear import Record
from minxin.core.errors import InvalidInputError

_LEAST_OF_OFFICE = 100  # letters judged to be the office's; with fewer its own threshold is mostly luck
_LEAST_ROUTED = 50  # letters routed alone before anything is said of drift
_DOUBT = 1.645  # standard deviations: one false alarm in twenty looks
_TIGHTENING = 0.5  # of the share of errors that is aimed at
_STEPS = 6


class Thresholds(Struct, frozen=True):
    """From which probability on a letter is routed alone: for all offices, and for those that differ."""

    pooled: float
    of_office: dict[str, float]

    def routes(self, office: str, probability: float) -> bool:
        """Say whether a letter judged to be the office's with this probability is routed alone."""
        return probability >= self.of_office.get(office, self.pooled)


class Drift(Struct, frozen=True):
    """What was routed alone lately, and what came back or was ruled to be another's."""

    routed: int
    returned: int


class Notice(Struct, frozen=True):
    """The promise did not hold: what was kept, and the precision that is aimed at from now on so that it holds."""

    wished: float
    kept: float
    aimed: float


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


def watch(drift: Drift, wished: float, aimed: float) -> Notice | None:
    """Say whether routes lately broke the promise, and what to aim at instead; None when nothing is to be done.

    ``wished`` is what the administrator stated, ``aimed`` what thresholds are now chosen for (at least as much). The
    promise counts as broken when so many returns are unlikely to be chance (a one-sided test at 5 %). Aim at
    ``notice.aimed`` by calling :func:`thresholds` again; it never comes nearer to 1 than a 64th of the wished error.
    """
    if drift.routed < _LEAST_ROUTED:
        return None
    error = 1.0 - wished
    kept = 1.0 - drift.returned / drift.routed
    chance = _DOUBT * float(np.sqrt(wished * error / drift.routed))
    floor = error * _TIGHTENING**_STEPS
    tightened = 1.0 - max(floor, (1.0 - aimed) * _TIGHTENING)
    if kept >= wished - chance or tightened <= aimed:
        return None
    return Notice(wished, kept, tightened)


def _record(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> Record:
    return Record(confidence.astype(np.float32), right)
