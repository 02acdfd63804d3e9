"""The trend (走势): received and answered by day, and what was open at the end of each day. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from msgspec import Struct

from minxin.consult.deadlines import local_day
from minxin.consult.periods import Period
from minxin.consult.ports import EndedOrder


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


def trend_of(
    period: Period,
    today: date,
    open_before: int,
    received: Iterable[datetime],
    split_off: Iterable[tuple[datetime, int]],
    ended: Sequence[EndedOrder],
) -> tuple[TrendDay, ...]:
    """Return the days of the period up to ``today``.

    ``open_before`` is what was open when the period began, ``split_off`` are the work orders of the received letters
    beyond the first of each, by the letter's receipt.
    """
    came = Counter(local_day(at) for at in received)
    more: Counter[date] = Counter()
    for at, count in split_off:
        more[local_day(at)] += count
    answered = Counter(local_day(order.at) for order in ended if order.answered)
    cancelled = Counter(local_day(order.at) for order in ended if not order.answered)
    days = []
    for day in period.days:
        if day > today:
            break
        open_before += came[day] + more[day] - answered[day] - cancelled[day]
        days.append(TrendDay(day, came[day], answered[day], cancelled[day], open_before))
    return tuple(days)
