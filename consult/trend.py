"""The trend (走势): received and answered by day, and what was open at the end of each day. Pure."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from minxin.consult.day_sums import DaySum, DaySums
from minxin.consult.periods import Period


class TrendDay(Struct, frozen=True):
    """One day in Asia/Shanghai. ``cancelled`` counts what was withdrawn, refused or joined.

    A letter is open from its receipt, also in the seconds before it is judged and has a work order; one that was split
    up is as many open work orders.
    """

    day: date
    received: int
    answered: int
    cancelled: int
    open: int


def trend_of(period: Period, today: date, sums: DaySums) -> tuple[TrendDay, ...]:
    """Return the days of the period up to ``today`` by the sums of its days."""
    sum_of = {one.day: one for one in sums.days}
    still_open = sums.open_before
    days = []
    for day in period.days:
        if day > today:
            break
        one = sum_of.get(day) or DaySum(day)
        still_open += one.received + one.split_off - one.answered - one.cancelled
        days.append(TrendDay(day, one.received, one.answered, one.cancelled, still_open))
    return tuple(days)
