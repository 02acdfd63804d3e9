"""The figures (统计指标): pure, from sums of items that are alike (``consult/traits.py``), or item by item for a list.

- A period holds the items whose limit falls in it. An item that is not done after its limit counts as late; one that is
  not done while its limit is still ahead is left out (``Reason.NOT_DUE``) until the limit has come; one that is done
  counts at once. So a period that still runs is provisional, and after its end every item of it counts.
- Letters that were withdrawn, refused or joined are left out and listed. The raw value counts everything all the same.
- No denominator, no value: None, shown as "—", never 100 %.
- Sealed letters never come this far: the store leaves them out of all facts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache
from statistics import fmean, median
from typing import Final, TypeVar

from msgspec import Struct

from minxin.consult.facts import AssignmentFacts, OrderFacts
from minxin.consult.formulas import FormulaId
from minxin.consult.traits import FigureSums, OrderTrait, TraitSum, TurnTrait, order_traits, turn_traits

SMALL: Final = 10
T = TypeVar("T")


class Reason(StrEnum):
    """Why an item is left out of a figure (剔除理由)."""

    CANCELLED = "cancelled"  # 撤回、不予受理、并入
    NOT_DUE = "not_due"  # 时限未到
    RETURNED = "returned"  # 签收时限内退回
    IN_FOLLOW_UP = "in_follow_up"  # 回访期内


class Figure(Struct, frozen=True):
    """One figure with how many work orders or assignments it was made of.

    ``value`` is a rate from 0 to 1, or the median of office hours; ``mean`` is only there for hours. ``raw`` is the
    value before anything was left out. ``apart`` are those of the numerator that are only there by an approved
    extension.
    """

    formula: FormulaId
    numerator: int
    denominator: int
    excluded: dict[Reason, int]
    value: float | None
    raw: float | None
    mean: float | None = None
    apart: int = 0

    @property
    def small(self) -> bool:
        """Say whether so few items stand behind the value that it says little."""
        return self.denominator < SMALL

    @property
    def left_out(self) -> int:
        """Return how many items were left out."""
        return sum(self.excluded.values())


Figures = dict[FormulaId, Figure]


class OfficeFigures(Struct, frozen=True):
    """One office's figures; ``office_id`` is None for what no office has yet, and for all offices together."""

    office_id: str | None
    figures: Figures
    of_all: bool = False


class Standing(Struct, frozen=True):
    """Where a formula puts an item: what it is left out for (None: it counts), and whether it is met."""

    reason: Reason | None
    met: bool
    apart: bool


class _Rule(Struct, frozen=True):
    """What a formula looks at, what it leaves out, and what it counts, by an item's traits."""

    base: Callable[[int], bool]
    left_out: Callable[[int], Reason | None]
    met: Callable[[int], bool]
    apart: Callable[[int], bool] = lambda _: False


def figures_of(sums: FigureSums) -> Figures:
    """Return every figure of all these sums together, in the order of :class:`FormulaId`."""
    orders, turns = _alike(sums.orders), _alike(sums.turns)
    return {
        formula: _hours([hours for _, hours in sums.hours])
        if formula is FormulaId.HANDLING_HOURS
        else _rate(formula, orders if formula in _ORDER_RULES else turns)
        for formula in FormulaId
    }


def by_office(sums: FigureSums) -> tuple[OfficeFigures, ...]:
    """Return the figures of each office that has any item, by office id; what no office has yet comes last."""
    orders = _grouped(sums.orders, lambda one: one.office_id)
    turns = _grouped(sums.turns, lambda one: one.office_id)
    hours = _grouped(sums.hours, lambda one: one[0])
    ordered = sorted({*orders, *turns, *hours}, key=lambda office_id: (office_id is None, office_id or ""))
    return tuple(
        OfficeFigures(office_id, figures_of(FigureSums(orders[office_id], turns[office_id], hours[office_id])))
        for office_id in ordered
    )


def orders_standing(
    formula: FormulaId, facts: Iterable[OrderFacts], now: datetime
) -> list[tuple[OrderFacts, Standing]]:
    """Return the work orders that a formula looks at, each with its standing."""
    if formula is FormulaId.HANDLING_HOURS:
        return [(order, _COUNTS) for order in facts if order.working_hours is not None]
    found = ((order, standing_of(formula, order_traits(order, now))) for order in facts)
    return [(order, standing) for order, standing in found if standing is not None]


def turns_standing(
    formula: FormulaId, facts: Iterable[AssignmentFacts], now: datetime
) -> list[tuple[AssignmentFacts, Standing]]:
    """Return the turns that a formula looks at, each with its standing."""
    found = ((turn, standing_of(formula, turn_traits(turn, now))) for turn in facts)
    return [(turn, standing) for turn, standing in found if standing is not None]


@cache
def standing_of(formula: FormulaId, traits: int) -> Standing | None:
    """Return where a formula puts an item with these traits, None when it does not look at it."""
    rule = _ORDER_RULES.get(formula) or _TURN_RULES[formula]
    if not rule.base(traits):
        return None
    return Standing(rule.left_out(traits), rule.met(traits), rule.apart(traits))


def _grouped(items: Iterable[T], office_of: Callable[[T], str | None]) -> defaultdict[str | None, list[T]]:
    found: defaultdict[str | None, list[T]] = defaultdict(list)
    for item in items:
        found[office_of(item)].append(item)
    return found


def _alike(sums: Iterable[TraitSum]) -> Counter[int]:
    counts: Counter[int] = Counter()
    for one in sums:
        counts[one.traits] += one.count
    return counts


def _rate(formula: FormulaId, counts: Counter[int]) -> Figure:
    numerator = denominator = apart = raw_met = 0
    excluded: Counter[Reason] = Counter()
    for traits, count in counts.items():
        standing = standing_of(formula, traits)
        if standing is None:
            continue
        raw_met += count * standing.met
        if standing.reason is not None:
            excluded[standing.reason] += count
            continue
        denominator += count
        numerator += count * standing.met
        apart += count * (standing.met and standing.apart)
    return Figure(
        formula,
        numerator,
        denominator,
        {reason: excluded[reason] for reason in Reason if excluded[reason]},
        value=_share(numerator, denominator),
        raw=_share(raw_met, denominator + excluded.total()),
        apart=apart,
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _hours(hours: Sequence[float]) -> Figure:
    """Return the handling time: only answered work orders have one, and none of them is ever left out."""
    middle = median(hours) if hours else None
    mean = fmean(hours) if hours else None
    return Figure(FormulaId.HANDLING_HOURS, len(hours), len(hours), {}, value=middle, raw=middle, mean=mean)


def _cancelled(traits: int) -> Reason | None:
    return Reason.CANCELLED if traits & OrderTrait.CANCELLED else None


def _cancelled_or_not_due(traits: int) -> Reason | None:
    return _cancelled(traits) or (Reason.NOT_DUE if traits & OrderTrait.NOT_DUE else None)


def _cancelled_or_in_follow_up(traits: int) -> Reason | None:
    return _cancelled(traits) or (Reason.IN_FOLLOW_UP if traits & OrderTrait.IN_FOLLOW_UP else None)


def _unsigned(traits: int) -> Reason | None:
    if traits & TurnTrait.CANCELLED:
        return Reason.CANCELLED
    if traits & TurnTrait.SIGNED:
        return None
    if traits & TurnTrait.RETURNED:
        return Reason.RETURNED if traits & TurnTrait.RETURNED_IN_TIME else None
    return Reason.NOT_DUE if traits & TurnTrait.NOT_DUE else None


def _has(wanted: int) -> Callable[[int], bool]:
    """Return what says whether any of the wanted traits is there."""
    return lambda traits: bool(traits & wanted)


def _all(_: int) -> bool:
    return True


_COUNTS: Final = Standing(None, met=True, apart=False)
_WAS_ANSWERED: Final = _has(OrderTrait.ANSWERED | OrderTrait.REDONE)
_ORDER_RULES: Final[dict[FormulaId, _Rule]] = {
    FormulaId.CLOSING: _Rule(_all, _cancelled_or_not_due, _has(OrderTrait.ANSWERED)),
    FormulaId.TIMELY_CLOSING: _Rule(_all, _cancelled_or_not_due, _has(OrderTrait.IN_TIME), _has(OrderTrait.EXTENDED)),
    FormulaId.SATISFACTION: _Rule(_has(OrderTrait.RATED), _cancelled, _has(OrderTrait.SATISFIED)),
    FormulaId.RATED: _Rule(_WAS_ANSWERED, _cancelled_or_in_follow_up, _has(OrderTrait.RATED)),
    FormulaId.REDOS: _Rule(_WAS_ANSWERED, _cancelled_or_in_follow_up, _has(OrderTrait.REDONE)),
}
_TURN_RULES: Final[dict[FormulaId, _Rule]] = {
    FormulaId.TIMELY_SIGNING: _Rule(_all, _unsigned, _has(TurnTrait.SIGNED_IN_TIME)),
    FormulaId.RETURNS: _Rule(
        _all,
        lambda traits: Reason.CANCELLED if traits & TurnTrait.CANCELLED else None,
        _has(TurnTrait.RETURNED),
    ),
}
