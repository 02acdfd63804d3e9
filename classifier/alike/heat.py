"""How hot an issue is (热度) and whether it grew suddenly (突增), with every number that it was made of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from minxin.core.alike import Heat, HeatTerm, IssueText, Surge

RECENT: Final = timedelta(days=7)
BEFORE: Final = timedelta(days=28)  # what the recent days are held against
WEEK: Final = timedelta(days=7)
SURGE_DAYS: Final = (3, 7)
SURGE_WRITERS: Final = 5
SURGE_CHANCE: Final = 0.001  # a surge as strong happens by chance once in a thousand looks
# Points for each doubling; people count most, and the tenth letter of one man no more than a second man.
_PER_DOUBLING: Final = {
    HeatTerm.WRITERS: 10.0,
    HeatTerm.REPEATS: 3.0,
    HeatTerm.LIKES: 3.0,
    HeatTerm.TREND: 5.0,
}
_RECENCY_POINTS: Final = 10.0
_RECENCY_HALF_LIFE_DAYS: Final = 7.0


def heat_of(letters: Sequence[IssueText], now: datetime) -> tuple[Heat, ...]:
    """Return the terms of the heat, whose sum it is.

    Writers, repeats (letters beyond one for each writer) and likes give points for each doubling of (1 + value). The
    trend is how many times more letters came in the last 7 days than the 28 days before them let expect, and never
    takes points away. Recency starts at 10 points and halves with every week since the last letter; its value is in
    days.
    """
    writers = len({letter.writer for letter in letters})
    values = {
        HeatTerm.WRITERS: float(writers),
        HeatTerm.REPEATS: float(len(letters) - writers),
        HeatTerm.LIKES: float(sum(letter.likes for letter in letters)),
    }
    terms = [Heat(term, value, round(_PER_DOUBLING[term] * math.log2(1 + value), 1)) for term, value in values.items()]
    recent, expected = _recent(letters, now, RECENT)
    growth = (1 + recent) / (1 + expected)
    points = _PER_DOUBLING[HeatTerm.TREND] * max(0.0, math.log2(growth))
    terms.append(Heat(HeatTerm.TREND, round(growth, 2), round(points, 1)))
    days = max(0.0, (now - max(letter.at for letter in letters)) / timedelta(days=1))
    points = _RECENCY_POINTS * 0.5 ** (days / _RECENCY_HALF_LIFE_DAYS)
    terms.append(Heat(HeatTerm.RECENCY, round(days, 1), round(points, 1)))
    return tuple(terms)


def surge_of(letters: Sequence[IssueText], now: datetime) -> Surge | None:
    """Return the growth of the last 3 or 7 days that is not chance: at least 5 writers, and a Poisson tail of 0.001."""
    for days in SURGE_DAYS:
        span = timedelta(days=days)
        fresh = [letter for letter in letters if now - span < letter.at <= now]
        if len({letter.writer for letter in fresh}) < SURGE_WRITERS:
            continue
        count, expected = _recent(letters, now, span)
        # One letter before is taken as seen: a rate of nothing would make any letter a surprise.
        expected += days / (BEFORE / timedelta(days=1))
        if _poisson_tail(count, expected) <= SURGE_CHANCE:
            return Surge(days, count, round(expected, 2))
    return None


def weekly(letters: Sequence[IssueText], now: datetime, weeks: int) -> tuple[int, ...]:
    """Return the letters of each of the last weeks, which end now, oldest first."""
    counts = [0] * weeks
    for letter in letters:
        back = int((now - letter.at) / WEEK)
        if 0 <= back < weeks:
            counts[weeks - 1 - back] += 1
    return tuple(counts)


def _recent(letters: Sequence[IssueText], now: datetime, span: timedelta) -> tuple[int, float]:
    """Return how many letters came within the span, and how many the 28 days before it let expect."""
    recent = sum(now - span < letter.at <= now for letter in letters)
    before = sum(now - span - BEFORE < letter.at <= now - span for letter in letters)
    return recent, before * (span / BEFORE)


def _poisson_tail(count: int, expected: float) -> float:
    """Return the chance of ``count`` events or more where ``expected`` are to be expected (at least a trifle)."""
    below = math.fsum(
        math.exp(number * math.log(expected) - expected - math.lgamma(number + 1)) for number in range(count)
    )
    return max(0.0, 1.0 - below)
