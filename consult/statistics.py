"""The figures of a period as a service: who may see them, reading once, computing off the event loop.

What was computed is shared by all who ask for the same while it is fresh: for :data:`FRESH`, and in a large city for
:data:`SPARE` times as long as it took, so that figures never cost more than a few per cent of a processor. One that is
older, up to :data:`STALE` times that, is given while the next is computed. Every page says as of when it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from msgspec import Struct

from minxin.consult.access import OFFICE_ROLES, may_search_all
from minxin.consult.board import Board, Tile, board_of, filter_of
from minxin.consult.deadlines import day_begins, local_day
from minxin.consult.figures import OfficeFigures
from minxin.consult.formulas import Counted, FormulaId, formulas
from minxin.consult.limits import Limits
from minxin.consult.openings import Item, Part, open_item, order_items, part_filter, received_item, size_of, turn_items
from minxin.consult.periods import Period
from minxin.consult.ports import LetterStore
from minxin.consult.records import Letter
from minxin.consult.rulepack import Step, due_under
from minxin.consult.table import Table, table_of
from minxin.consult.trend import TrendDay, trend_of
from minxin.core.actor import Actor
from minxin.core.clock import Clock
from minxin.core.errors import NotFoundError
from minxin.core.paging import Page, PageRequest

FRESH: Final = timedelta(seconds=2)
SPARE: Final = 40
STALE: Final = 5
KEPT: Final = 32


class Trend(Struct, frozen=True):
    """The days of a period as of an instant."""

    period: Period
    as_of: datetime
    days: tuple[TrendDay, ...]


class Now(Struct, frozen=True):
    """The board as of an instant, with the letters received today so far."""

    as_of: datetime
    board: Board
    received_today: int


class _Kept(Struct):
    """Something computed or being computed, since when by the clock that people see and by the machine's own.

    ``before`` is what was known when it was begun, for those who ask until it is done.
    """

    at: datetime
    tick: float
    found: asyncio.Future[Any]
    before: asyncio.Future[Any] | None = None
    took_s: float = 0.0

    def is_younger(self, now: datetime, tick: float, age: timedelta) -> bool:
        return abs(now - self.at) < age and tick - self.tick < age.total_seconds()


class Statistics:
    """Reads and computes the figures. Sealed letters are in none of them.

    All raise ``NotFoundError`` when the figures are not for the actor: those of all offices are for clerks and
    managers, those of one office for its own people too.
    """

    def __init__(self, store: LetterStore, clock: Clock, limits: Limits, *, fresh: timedelta = FRESH) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits
        self._fresh = fresh
        self._kept: dict[tuple[Any, ...], _Kept] = {}

    async def table(self, actor: Actor, period: Period) -> Table:
        """Return the department table of the period."""
        _for_all_offices(actor)
        return await self._table(period, None)

    async def own_table(self, actor: Actor, period: Period) -> Table:
        """Return the table of the actor's own office alone."""
        if actor.office_id is None or not actor.is_a(*OFFICE_ROLES):
            raise NotFoundError
        return await self._table(period, actor.office_id)

    async def now(self, actor: Actor) -> Now:
        """Return what is open now, and what came in today."""
        _for_all_offices(actor)
        found: Now = await self._once(("now",), self._read_now)
        return found

    async def trend(self, actor: Actor, period: Period) -> Trend:
        """Return the trend of the period."""
        _for_all_offices(actor)
        found: Trend = await self._once(("trend", period), lambda at: self._read_trend(period, at))
        return found

    async def received(self, actor: Actor, period: Period, page: PageRequest) -> tuple[Page[Item], int]:
        """Return a page of the letters that came in during the period, oldest first, and how many the trend counts."""
        trend = await self.trend(actor, period)
        found = await self._store.received_between(period.start, period.end, page)
        items = [received_item(at, letter_id) for at, letter_id in found.items]
        return Page(items, found.next), sum(day.received for day in trend.days)

    async def open_items(self, actor: Actor, tile: Tile, page: PageRequest) -> tuple[Page[Item], int]:
        """Return a page of what is behind a tile, the nearest limit first, and how many there are in all."""
        now = await self.now(actor)
        found = await self._store.open_orders(filter_of(tile, now.board, now.as_of), page)
        return Page([open_item(order) for order in found.page.items], found.page.next), found.total

    async def figure_items(
        self, table: Table, row: OfficeFigures, formula: FormulaId, part: Part, page: PageRequest
    ) -> tuple[Page[Item], int]:
        """Return a page of a part of a figure in a row of a table got here, the earliest limit first, and its size.

        The size is the table's. The items are read now and stand as of the table: what changed since may be in another
        part's list.
        """
        wanted, size = part_filter(formula, part, table, row), size_of(row.figures[formula], part)
        if formulas()[formula].of is Counted.ORDERS:
            orders = await self._store.orders_behind(wanted, page)
            return Page(order_items(formula, orders.items, table.as_of), orders.next), size
        turns = await self._store.turns_behind(wanted, page)
        return Page(turn_items(formula, turns.items, table.as_of), turns.next), size

    async def letters(self, letter_ids: Sequence[str]) -> dict[str, Letter]:
        """Return the letters behind a page of a list that the actor got here; one that is gone is missing."""
        found = await self._store.letters_with(list(dict.fromkeys(letter_ids)))
        return {letter.id: letter for letter in found}

    async def _table(self, period: Period, office_id: str | None) -> Table:
        found: Table = await self._once(
            ("table", period, office_id), lambda at: self._read_table(period, office_id, at)
        )
        return found

    async def _read_table(self, period: Period, office_id: str | None, at: datetime) -> Table:
        sums = await self._store.figure_sums(period.start, period.end, at, office_id)
        return await asyncio.to_thread(table_of, period, sums, at, of_one_office=office_id is not None)

    async def _read_now(self, at: datetime) -> Now:
        today = local_day(at)
        counts, sums = await asyncio.gather(self._store.open_counts(), self._store.days_between(today, today))
        board = await asyncio.to_thread(board_of, counts, at, self._limits.calendar, self._alarm_from)
        return Now(at, board, sum(day.received for day in sums.days))

    async def _read_trend(self, period: Period, at: datetime) -> Trend:
        sums = await self._store.days_between(period.first, period.last)
        return Trend(period, at, trend_of(period, local_day(at), sums))

    def _alarm_from(self, received_on: date) -> datetime | None:
        """Return when the absolute alarm of letters received on a day nears."""
        rule = self._limits.pack.rule_for(Step.ABSOLUTE_ALARM, on=received_on)
        return due_under(rule, day_begins(received_on), self._limits.calendar).amber_from

    async def _once(self, key: tuple[Any, ...], read: Callable[[datetime], Awaitable[Any]]) -> Any:
        """Return what is kept, wait for whoever computes it, or compute it.

        What is no longer fresh is given while the next is computed, so that no reader waits for it.
        """
        now, tick = self._clock.now(), asyncio.get_running_loop().time()
        young = [item for item in self._kept.items() if item[1].is_younger(now, tick, self._life(item[1]) * STALE)]
        self._kept = dict(young[-KEPT:])
        old = self._kept.get(key)
        if old is None or (old.found.done() and not old.is_younger(now, tick, self._life(old))):
            self._kept[key] = self._begin(key, now, tick, read)
            self._kept[key].before = old.found if old is not None else None
        kept = self._kept[key]
        known = kept.before if kept.before is not None and not kept.found.done() else kept.found
        return await asyncio.shield(known)

    def _life(self, kept: _Kept) -> timedelta:
        """Return how long it is fresh."""
        return max(self._fresh, timedelta(seconds=kept.took_s * SPARE)) if self._fresh else timedelta()

    def _begin(
        self, key: tuple[Any, ...], now: datetime, tick: float, read: Callable[[datetime], Awaitable[Any]]
    ) -> _Kept:
        loop = asyncio.get_running_loop()
        kept = _Kept(now, tick, asyncio.ensure_future(read(now)))

        def finish(done: asyncio.Future[Any]) -> None:
            kept.took_s, kept.before = loop.time() - tick, None
            self._forget_failed(key, done)

        kept.found.add_done_callback(finish)
        return kept

    def _forget_failed(self, key: tuple[Any, ...], done: asyncio.Future[Any]) -> None:
        kept = self._kept.get(key)
        if (done.cancelled() or done.exception() is not None) and kept is not None and kept.found is done:
            del self._kept[key]


def _for_all_offices(actor: Actor) -> None:
    if not may_search_all(actor):
        raise NotFoundError
