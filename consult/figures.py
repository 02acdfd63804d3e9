"""The figures (统计指标): pure, from lists of facts, each with the items that it was made of.

- A period holds the items whose limit falls in it. An item that is not done after its limit counts as late; one that is
  not done while its limit is still ahead is left out (``Reason.NOT_DUE``) until the limit has come; one that is done
  counts at once. So a period that still runs is provisional, and after its end every item of it counts.
- Letters that were withdrawn, refused or joined are left out and listed. The raw value counts everything all the same.
- No denominator, no value: None, shown as "—", never 100 %.
- Sealed letters never come this far: the store leaves them out of all facts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from statistics import fmean, median
from typing import Final, Generic, TypeVar

from msgspec import Struct

from minxin.consult.formulas import FormulaId
from minxin.consult.ports import AssignmentFacts, OrderFacts
from minxin.consult.records import SATISFIED, OrderState

SMALL: Final = 10
F = TypeVar("F", OrderFacts, AssignmentFacts)


class Reason(StrEnum):
    """Why an item is left out of a figure (剔除理由)."""

    CANCELLED = "cancelled"  # 撤回、不予受理、并入
    NOT_DUE = "not_due"  # 时限未到
    RETURNED = "returned"  # 签收时限内退回
    IN_FOLLOW_UP = "in_follow_up"  # 回访期内


class Exclusion(Struct, frozen=True):
    """An item that was left out. ``met`` says whether it would have counted for the figure."""

    item_id: str
    reason: Reason
    met: bool


class Figure(Struct, frozen=True):
    """One figure with the ids of its work orders or assignments, all in the order of the facts.

    ``value`` is a rate from 0 to 1, or the median of office hours; ``mean`` is only there for hours. ``raw`` is the
    value before anything was left out. ``apart`` are those of the numerator that are only there by an approved
    extension.
    """

    formula: FormulaId
    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    excluded: tuple[Exclusion, ...]
    value: float | None
    raw: float | None
    mean: float | None = None
    apart: tuple[str, ...] = ()

    @property
    def small(self) -> bool:
        """Say whether so few items stand behind the value that it says little."""
        return len(self.denominator) < SMALL

    @property
    def missed(self) -> tuple[str, ...]:
        """Return what the denominator has and the numerator has not."""
        met = set(self.numerator)
        return tuple(item for item in self.denominator if item not in met)


Figures = dict[FormulaId, Figure]


class OfficeFigures(Struct, frozen=True):
    """One office's figures; ``office_id`` is None for what no office has yet."""

    office_id: str | None
    figures: Figures


class _Rule(Struct, Generic[F], frozen=True):
    """What a formula looks at, what it leaves out, and what it counts."""

    base: Callable[[F], bool]
    left_out: Callable[[F, datetime], Reason | None]
    met: Callable[[F], bool]
    apart: Callable[[F], bool] = lambda _: False


def figures_of(orders: Sequence[OrderFacts], turns: Sequence[AssignmentFacts], now: datetime) -> Figures:
    """Return every figure of these facts, in the order of :class:`FormulaId`."""
    found: Figures = {FormulaId.HANDLING_HOURS: _hours(orders)}
    for formula, order_rule in _ORDER_RULES.items():
        found[formula] = _rate(formula, order_rule, orders, [order.order_id for order in orders], now)
    for formula, turn_rule in _TURN_RULES.items():
        found[formula] = _rate(formula, turn_rule, turns, [turn.assignment_id for turn in turns], now)
    return {formula: found[formula] for formula in FormulaId}


def by_office(
    orders: Sequence[OrderFacts], turns: Sequence[AssignmentFacts], now: datetime
) -> tuple[OfficeFigures, ...]:
    """Return the figures of each office that has any item, by office id; what no office has yet comes last."""
    parts: dict[str | None, tuple[list[OrderFacts], list[AssignmentFacts]]] = {}
    for order in orders:
        parts.setdefault(order.office_id, ([], []))[0].append(order)
    for turn in turns:
        parts.setdefault(turn.office_id, ([], []))[1].append(turn)
    ordered = sorted(parts, key=lambda office_id: (office_id is None, office_id or ""))
    return tuple(OfficeFigures(office_id, figures_of(*parts[office_id], now)) for office_id in ordered)


def joined(offices: Sequence[OfficeFigures], orders: Sequence[OrderFacts]) -> Figures:
    """Return the figures of all offices together, from those of each and (for the hours) from the facts."""
    return {
        formula: _hours(orders)
        if formula is FormulaId.HANDLING_HOURS
        else _joined(formula, [office.figures[formula] for office in offices])
        for formula in FormulaId
    }


def _joined(formula: FormulaId, parts: Sequence[Figure]) -> Figure:
    return _counted(
        formula,
        [item for part in parts for item in part.numerator],
        [item for part in parts for item in part.denominator],
        [exclusion for part in parts for exclusion in part.excluded],
        [item for part in parts for item in part.apart],
    )


def _rate(formula: FormulaId, rule: _Rule[F], facts: Sequence[F], ids: Sequence[str], now: datetime) -> Figure:
    numerator: list[str] = []
    denominator: list[str] = []
    apart: list[str] = []
    excluded: list[Exclusion] = []
    for fact, item_id in zip(facts, ids, strict=True):
        if not rule.base(fact):
            continue
        reason = rule.left_out(fact, now)
        met = rule.met(fact)
        if reason is not None:
            excluded.append(Exclusion(item_id, reason, met))
            continue
        denominator.append(item_id)
        if met:
            numerator.append(item_id)
            if rule.apart(fact):
                apart.append(item_id)
    return _counted(formula, numerator, denominator, excluded, apart)


def _counted(
    formula: FormulaId,
    numerator: Sequence[str],
    denominator: Sequence[str],
    excluded: Sequence[Exclusion],
    apart: Sequence[str],
) -> Figure:
    raw_met = len(numerator) + sum(exclusion.met for exclusion in excluded)
    return Figure(
        formula,
        tuple(numerator),
        tuple(denominator),
        tuple(excluded),
        value=_share(len(numerator), len(denominator)),
        raw=_share(raw_met, len(denominator) + len(excluded)),
        apart=tuple(apart),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _hours(orders: Sequence[OrderFacts]) -> Figure:
    """Return the handling time: only answered work orders have one, and none of them is ever left out."""
    hours = {order.order_id: order.working_hours for order in orders if order.working_hours is not None}
    ids = tuple(hours)
    middle = median(hours.values()) if hours else None
    mean = fmean(hours.values()) if hours else None
    return Figure(FormulaId.HANDLING_HOURS, ids, ids, (), value=middle, raw=middle, mean=mean)


def _cancelled(order: OrderFacts, _: datetime) -> Reason | None:
    return Reason.CANCELLED if order.state is OrderState.CANCELLED else None


def _cancelled_or_not_due(order: OrderFacts, now: datetime) -> Reason | None:
    if order.state is OrderState.CANCELLED:
        return Reason.CANCELLED
    ahead = order.answer_due is not None and now < order.answer_due
    return Reason.NOT_DUE if order.answered_at is None and ahead else None


def _in_time(order: OrderFacts) -> bool:
    """Say whether it was answered before its limit, which is an exclusive instant (``Due.instant``)."""
    return order.answered_at is not None and order.answer_due is not None and order.answered_at < order.answer_due


def _in_follow_up(order: OrderFacts, _: datetime) -> Reason | None:
    if order.state is OrderState.CANCELLED:
        return Reason.CANCELLED
    waits = order.state is OrderState.ANSWERED and order.level is None
    return Reason.IN_FOLLOW_UP if waits else None


def _was_answered(order: OrderFacts) -> bool:
    return order.answered_at is not None or order.redone


def _unsigned(turn: AssignmentFacts, now: datetime) -> Reason | None:
    if turn.cancelled:
        return Reason.CANCELLED
    if turn.signed_at is not None:
        return None
    if turn.returned_at is not None:
        return Reason.RETURNED if turn.returned_at < turn.sign_due else None
    return Reason.NOT_DUE if now < turn.sign_due else None


def _signed_in_time(turn: AssignmentFacts) -> bool:
    return turn.signed_at is not None and turn.signed_at < turn.sign_due


_ORDER_RULES: Final[dict[FormulaId, _Rule[OrderFacts]]] = {
    FormulaId.CLOSING: _Rule(lambda _: True, _cancelled_or_not_due, lambda order: order.answered_at is not None),
    FormulaId.TIMELY_CLOSING: _Rule(lambda _: True, _cancelled_or_not_due, _in_time, lambda order: order.extended),
    FormulaId.SATISFACTION: _Rule(
        lambda order: order.level is not None, _cancelled, lambda order: order.level in SATISFIED
    ),
    FormulaId.RATED: _Rule(_was_answered, _in_follow_up, lambda order: order.level is not None),
    FormulaId.REDOS: _Rule(_was_answered, _in_follow_up, lambda order: order.redone),
}
_TURN_RULES: Final[dict[FormulaId, _Rule[AssignmentFacts]]] = {
    FormulaId.TIMELY_SIGNING: _Rule(lambda _: True, _unsigned, _signed_in_time),
    FormulaId.RETURNS: _Rule(
        lambda _: True,
        lambda turn, _: Reason.CANCELLED if turn.cancelled else None,
        lambda turn: turn.returned_at is not None,
    ),
}
