"""What stands behind a number of the department table: which items a part of a figure holds, read by the page."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Protocol

from msgspec import Struct

from minxin.consult.facts import AssignmentFacts, OrderFacts
from minxin.core.paging import Page, PageRequest

_LEAST: Final = timedelta(microseconds=1)


class Span(Struct, frozen=True):
    """What has its limit in ``[start, end)`` and one of these traits kept beside it."""

    start: datetime
    end: datetime
    traits: tuple[int, ...]


class PartFilter(Struct, frozen=True):
    """Which work orders, or turns, with a limit in ``[start, end)`` a part of a figure holds at ``now``.

    ``traits`` are the kept ones (``consult/traits.py``) of what is in it once its limit has come, ``traits_ahead`` of
    what is in it while its limit lies ahead of ``now``; a turn's are with ``CANCELLED``. Unless it is ``of_all``
    offices, it is of ``office_id`` alone, None for what no office has yet. ``with_hours`` wants those whose office
    hours were counted.
    """

    start: datetime
    end: datetime
    now: datetime
    traits: tuple[int, ...]
    traits_ahead: tuple[int, ...]
    office_id: str | None = None
    of_all: bool = True
    with_hours: bool = False

    @property
    def spans(self) -> tuple[Span, ...]:
        """Return the same as spans of limits, in order, of which each wants the same traits throughout."""
        if self.traits == self.traits_ahead:
            spans = [Span(self.start, self.end, self.traits)]
        else:
            ahead = self.now + _LEAST
            came = Span(self.start, min(ahead, self.end), self.traits)
            spans = [came, Span(max(ahead, self.start), self.end, self.traits_ahead)]
        return tuple(span for span in spans if span.traits and span.start < span.end)


class PartReads(Protocol):
    """Lists the parts of figures. A page costs what it holds, not what its period holds; sealed letters are in none."""

    async def orders_behind(self, wanted: PartFilter, page: PageRequest) -> Page[OrderFacts]:
        """Return the work orders of the part, by their answer limits: the earliest first, then by id."""
        ...

    async def turns_behind(self, wanted: PartFilter, page: PageRequest) -> Page[AssignmentFacts]:
        """Return the turns of the part, by their signing limits: the earliest first, then by id."""
        ...
