"""The open work orders (在办) as the morning page counts them, and the list behind each of its tiles."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from msgspec import Struct

from minxin.consult.deadlines import Light
from minxin.consult.records import OrderState
from minxin.core.paging import Page, PageRequest


class OpenOrder(Struct, frozen=True):
    """An open work order in a list.

    ``due`` and ``amber_from`` are those of the limit that runs (``consult.limits.next_due``), None while the clock
    stands still.
    """

    order_id: str
    letter_id: str
    office_id: str | None
    state: OrderState
    received_at: datetime
    due: datetime | None
    amber_from: datetime | None


class OpenCount(Struct, frozen=True):
    """How many open work orders were received on a day in Asia/Shanghai and have these limits."""

    received_on: date
    due: datetime | None
    amber_from: datetime | None
    count: int


class OpenFilter(Struct, frozen=True):
    """Which open work orders a list shows; None means "any".

    ``light`` is that of ``consult.deadlines.light_at`` at the instant ``at``; ``due_until`` wants a limit that ends
    after ``at`` and not after it; ``received_on`` are days in Asia/Shanghai, in order.
    """

    at: datetime
    light: Light | None = None
    due_until: datetime | None = None
    received_on: tuple[date, ...] | None = None


class OpenPage(Struct, frozen=True):
    """A page of a list of open work orders, and how many the whole list had at that moment."""

    page: Page[OpenOrder]
    total: int


class OpenReads(Protocol):
    """Counts and lists the open work orders; sealed ones are not among them."""

    async def open_counts(self) -> list[OpenCount]:
        """Return all of them, those alike counted together, in any order."""
        ...

    async def open_orders(self, wanted: OpenFilter, page: PageRequest) -> OpenPage:
        """Return those that the filter wants, the nearest limit first; those whose clock stands still come last."""
        ...
