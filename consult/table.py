"""The department table (各单位办理指标) of a period, with the facts behind its figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

from msgspec import Struct

from minxin.consult.figures import Figures, OfficeFigures, by_office, joined
from minxin.consult.periods import Period
from minxin.consult.ports import AssignmentFacts, OrderFacts


class Table(Struct, frozen=True, dict=True):
    """The department table of a period as of an instant, with the facts that it was made of."""

    period: Period
    as_of: datetime
    orders: tuple[OrderFacts, ...]
    turns: tuple[AssignmentFacts, ...]
    total: Figures
    offices: tuple[OfficeFigures, ...]
    of_one_office: bool = False

    @property
    def provisional(self) -> bool:
        """Say whether the period still runs, so that limits in it are still ahead."""
        return self.as_of < self.period.end

    def row(self, office_id: str | None) -> Figures | None:
        """Return the figures of an office (None: of what no office has yet)."""
        return next((row.figures for row in self.offices if row.office_id == office_id), None)

    @cached_property
    def order_by_id(self) -> dict[str, OrderFacts]:
        """Return the work orders by id."""
        return {order.order_id: order for order in self.orders}

    @cached_property
    def turn_by_id(self) -> dict[str, AssignmentFacts]:
        """Return the assignments by id."""
        return {turn.assignment_id: turn for turn in self.turns}


def table_of(
    period: Period,
    orders: Sequence[OrderFacts],
    turns: Sequence[AssignmentFacts],
    now: datetime,
    *,
    of_one_office: bool = False,
) -> Table:
    """Return the department table of these facts."""
    offices = by_office(orders, turns, now)
    total = joined(offices, orders)
    return Table(period, now, tuple(orders), tuple(turns), total, offices, of_one_office)
