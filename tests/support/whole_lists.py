"""Whole lists of what a store gives by the page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from minxin.consult.behind import PartFilter
from minxin.consult.facts import AssignmentFacts, OrderFacts
from minxin.consult.figures import Standing
from minxin.consult.openings import Part
from minxin.consult.ports import LetterStore
from minxin.consult.traits import KEPT_ORDER_TRAITS, KEPT_TURN_TRAITS
from minxin.core.paging import MAX_PAGE, Page, PageRequest

T = TypeVar("T")


async def whole(read: Callable[[PageRequest], Awaitable[Page[T]]], size: int = MAX_PAGE) -> list[T]:
    """Walk a list from its first page to its last."""
    found: list[T] = []
    after: str | None = None
    while True:
        page = await read(PageRequest(after, size))
        assert len(page.items) == size or page.next is None
        found += page.items
        after = page.next
        if after is None:
            return found


async def orders_due(store: LetterStore, start: datetime, end: datetime) -> list[OrderFacts]:
    """Return every work order whose answer limit lies in ``[start, end)``, the earliest limit first."""
    wanted = PartFilter(start, end, start, KEPT_ORDER_TRAITS, KEPT_ORDER_TRAITS)
    return await whole(lambda page: store.orders_behind(wanted, page))


async def turns_due(store: LetterStore, start: datetime, end: datetime) -> list[AssignmentFacts]:
    """Return every turn whose signing limit lies in ``[start, end)``, the earliest limit first."""
    wanted = PartFilter(start, end, start, KEPT_TURN_TRAITS, KEPT_TURN_TRAITS)
    return await whole(lambda page: store.turns_behind(wanted, page))


async def received(store: LetterStore, start: datetime, end: datetime) -> list[tuple[datetime, str]]:
    """Return every letter received in ``[start, end)``, the first one first."""
    return await whole(lambda page: store.received_between(start, end, page))


def is_in(standing: Standing, part: Part) -> bool:
    """Say whether an item that stands so is in a part of its figure."""
    if standing.reason is not None:
        return part is Part.EXCLUDED
    return {
        Part.MET: standing.met,
        Part.MISSED: not standing.met,
        Part.EXCLUDED: False,
        Part.APART: standing.met and standing.apart,
    }[part]
