"""What came and what ended on each day (按日合计), as the store sums it up for the trend."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from msgspec import Struct


class DaySum(Struct, frozen=True):
    """One day in Asia/Shanghai. A work order that is being done again has not ended.

    ``received`` counts letters by their receipt, ``split_off`` the work orders that those have beyond the first of
    each, ``answered`` and ``cancelled`` the work orders that ended then, with an answer or with their letter.
    """

    day: date
    received: int = 0
    split_off: int = 0
    answered: int = 0
    cancelled: int = 0


class DaySums(Struct, frozen=True):
    """The days on which anything came or ended, in order.

    ``open_before`` is how many work orders were received before the first day asked for and had not ended before it.
    """

    open_before: int
    days: tuple[DaySum, ...]


class DayReads(Protocol):
    """Counts what came and ended; sealed letters are in none of it."""

    async def days_between(self, first: date, last: date) -> DaySums:
        """Return the sums of the days from ``first`` to ``last``, both of them in it, all as of one moment."""
        ...
