"""The sums by day and the open work orders of the morning page, held against the records whatever became of them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from msgspec import structs
from support.store import Maker, WholeStore

from minxin.consult.board import Board, Tile, board_of, filter_of
from minxin.consult.day_sums import DaySum, DaySums
from minxin.consult.deadlines import Due, Light, day_begins, light_at, local_day
from minxin.consult.limits import next_due
from minxin.consult.open_orders import OpenCount, OpenOrder
from minxin.consult.records import Letter, OrderState, WorkOrder
from minxin.core.calendar_tables import load_calendar
from minxin.core.changes import Changes, Record
from minxin.core.paging import PageRequest

STEPS = 48
DAY = timedelta(days=1)
NEAR_DAYS = 8  # so long after the receipt the alarm nears
SPANS = ((0, 0), (-12, 12), (-3, 2), (5, 12), (-40, -20))  # days around the middle


class History:
    """Letters and work orders that change by dice, in the store and beside it."""

    def __init__(self, store: WholeStore, make: Maker, seed: int) -> None:
        self._store, self._make = store, make
        self._dice = Random(seed)
        self.letters: dict[str, Letter] = {}
        self.orders: dict[str, WorkOrder] = {}

    async def go_on(self) -> None:
        """Have something happen to a letter, or to one of its work orders."""
        dice = self._dice
        if not self.letters or dice.random() < 0.3:
            return await self._receive()
        letter = dice.choice([*self.letters.values()])
        orders = [order for order in self.orders.values() if order.letter_id == letter.id]
        if not orders or dice.random() < 0.2:
            return await self._split(letter)
        order = dice.choice(orders)
        match dice.randrange(6):
            case 0:
                sealed = [structs.replace(one, sealed=not letter.sealed) for one in (letter, *orders)]
                await self._put(*sealed)
            case 1:
                await self._store.commit(Changes(deletes=[self.orders.pop(order.id)]))
            case 2:
                cancelled = structs.replace(order, state=OrderState.CANCELLED, answered_at=None, closed_at=self._when())
                await self._put(cancelled)
            case 3:
                await self._put(structs.replace(order, state=OrderState.IN_PROGRESS, answered_at=None, closed_at=None))
            case _:
                answered = structs.replace(order, state=OrderState.ANSWERED, answered_at=self._when(), closed_at=None)
                await self._put(answered)

    async def _receive(self) -> None:
        letter = self._make.letter(received_at=self._when(), sealed=self._dice.random() < 0.2)
        await self._store.commit(self._make.numbered(letter))
        await self._read(letter)

    async def _split(self, letter: Letter) -> None:
        new = [self._order(letter) for _ in range(self._dice.randint(1, 3))]
        await self._store.commit(Changes(inserts=list(new)))
        await self._read(*new)

    def _order(self, letter: Letter) -> WorkOrder:
        end = self._dice.choice([None, self._when()])
        amber = None if end is None else end - timedelta(hours=self._dice.randrange(72))
        due: Due = structs.replace(self._make.due(end), amber_from=amber)
        return self._make.order(
            letter_id=letter.id,
            received_at=letter.received_at,
            sealed=letter.sealed,
            office_id=self._dice.choice([None, "lamps"]),
            state=OrderState.IN_PROGRESS,
            answer_due=due,
        )

    async def _put(self, *records: Record) -> None:
        await self._store.commit(Changes(puts=list(records)))
        await self._read(*records)

    async def _read(self, *records: Record) -> None:
        for record in records:
            found = await self._store.get(type(record), record.id)
            if isinstance(found, Letter):
                self.letters[found.id] = found
            elif isinstance(found, WorkOrder):
                self.orders[found.id] = found

    def _when(self) -> datetime:
        """Return an instant of these weeks, often one where a day ends in Asia/Shanghai."""
        day = day_begins(local_day(self._make.now) + DAY * self._dice.randint(-10, 10))
        return day + timedelta(seconds=self._dice.choice([-1, 0, 1, self._dice.randrange(86_400)]))

    def sums(self, first: date, last: date) -> DaySums:
        """Count the days by the records."""
        orders = [order for order in self.orders.values() if not order.sealed]
        came = Counter(local_day(one.received_at) for one in self.letters.values() if not one.sealed)
        received = Counter(local_day(order.received_at) for order in orders)
        with_orders = {order.letter_id: local_day(order.received_at) for order in orders}
        more = received - Counter(with_orders.values())
        answered = Counter(local_day(order.answered_at) for order in orders if order.answered_at)
        cancelled = Counter(
            local_day(order.closed_at) for order in orders if order.closed_at and order.answered_at is None
        )
        before = [
            sum(count for day, count in counter.items() if day < first) for counter in (received, answered, cancelled)
        ]
        days = sorted(day for day in {*came, *more, *answered, *cancelled} if first <= day <= last)
        return DaySums(
            before[0] - before[1] - before[2],
            tuple(DaySum(day, came[day], more[day], answered[day], cancelled[day]) for day in days),
        )

    def open(self) -> list[OpenOrder]:
        """Return what is open by the records, the nearest limit first."""
        found = [
            OpenOrder(one.id, one.letter_id, one.office_id, one.state, one.received_at, *_limit(one))
            for one in self.orders.values()
            if not one.sealed and one.answered_at is None and one.closed_at is None
        ]
        return sorted(found, key=lambda one: (one.due or datetime.max.replace(tzinfo=UTC), one.order_id))


def _limit(order: WorkOrder) -> tuple[datetime | None, datetime | None]:
    due = next_due(order)
    return (due.instant, due.amber_from) if due is not None else (None, None)


@pytest.fixture(params=[1, 2, 3])
async def history(request: pytest.FixtureRequest, store: WholeStore, make: Maker) -> History:
    told = History(store, make, seed=request.param)
    for _ in range(STEPS):
        await told.go_on()
    return told


async def test_days_are_summed_as_the_records_say(store: WholeStore, make: Maker, history: History) -> None:
    middle = local_day(make.now)
    for first, last in SPANS:
        span = (middle + DAY * first, middle + DAY * last)
        assert await store.days_between(*span) == history.sums(*span)
    for _ in range(STEPS // 4):
        await history.go_on()
        span = (middle - 12 * DAY, middle + 12 * DAY)
        assert await store.days_between(*span) == history.sums(*span)


async def test_tiles_count_and_list_what_the_records_say(store: WholeStore, make: Maker, history: History) -> None:
    still_open = history.open()
    counted = Counter((local_day(one.received_at), one.due, one.amber_from) for one in still_open)

    counts = await store.open_counts()

    assert sorted(map(repr, counts)) == sorted(repr(OpenCount(*alike, count)) for alike, count in counted.items())
    for now in (make.at(days=days, hours=hours) for days in (-6, 0, 6) for hours in (0, 12)):
        board = board_of(counts, now, load_calendar(), lambda day: day_begins(day + DAY * NEAR_DAYS))
        for tile in Tile:
            expected = [one for one in still_open if _is_behind(tile, one, board, now)]
            found = await _whole_list(store, tile, board, now)
            assert (found, board.tiles[tile]) == (expected, len(expected))


def _is_behind(tile: Tile, order: OpenOrder, board: Board, now: datetime) -> bool:
    match tile:
        case Tile.OPEN:
            return True
        case Tile.AHEAD:
            return order.due is not None and now < order.due <= board.ahead_until
        case Tile.NEAR_ALARM:
            return now >= day_begins(local_day(order.received_at) + DAY * NEAR_DAYS)
        case _:
            return light_at(order.due, order.amber_from, now) is Light(tile.value)


async def _whole_list(store: WholeStore, tile: Tile, board: Board, now: datetime) -> list[OpenOrder]:
    wanted, after = filter_of(tile, board, now), None
    found: list[OpenOrder] = []
    while True:
        answer = await store.open_orders(wanted, PageRequest(after, 3))
        assert answer.total == board.tiles[tile]
        found += answer.page.items
        after = answer.page.next
        if after is None:
            return found
