"""The records of routing alone (自动转办): how right it must be, and what was done when it was not."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from minxin.core.changes import Record


class RoutedAlone(Struct, frozen=True):
    """How many letters the judge routed alone that can't be returned any more, and how many of them came back."""

    routed: int
    returned: int


class Tightening(Struct, frozen=True):
    """The wished precision did not hold: what was kept instead, and what is aimed at since."""

    at: datetime
    wished: float
    kept: float
    aimed: float
    counted: RoutedAlone


class RoutingPrecision(Record, frozen=True, kw_only=True):
    """How right routing alone must be (自动转办准确率): what is wished, and what is aimed at so that it holds.

    Both are shares of one. ``by`` and ``at`` tell the last word on it; ``notices`` are the latest first.
    """

    wished: float
    aimed: float
    by: str
    at: datetime
    notices: tuple[Tightening, ...] = ()
