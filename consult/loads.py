"""How much lies open at each office just now (在办量), in a few numbers for those who watch the service."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from minxin.consult.records import OrderState


class OfficeLoad(Struct, frozen=True):
    """How many open work orders an office has in one state, how many of them are over their limit or reach it today."""

    office_id: str | None
    state: OrderState
    count: int
    overdue: int
    due_today: int


class LoadReads(Protocol):
    """Counts open work orders. Sealed ones are not among them."""

    async def office_loads(self, now: datetime, day_ends: datetime) -> list[OfficeLoad]:
        """Return the open work orders by office and state; ``due_today`` are those due from now to the day's end."""
        ...
