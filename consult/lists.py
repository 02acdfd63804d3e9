"""Lists (列表): what each person may see many of. The same rules as the access door, as queries."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from msgspec import Struct

from minxin.consult.access import may_search_all
from minxin.consult.board import last_day_ahead
from minxin.consult.deadlines import day_begins, local_day
from minxin.consult.limits import Limits
from minxin.consult.ports import LetterStore, QueueItem
from minxin.consult.records import Assignment, Letter, LetterDraft, Office, WorkOrder
from minxin.consult.shelves import Moments, Shelf, filter_of, shelves_of
from minxin.core.actor import Actor, Role
from minxin.core.clock import Clock
from minxin.core.fresh import Fresh
from minxin.core.paging import Page, PageRequest

SOON_DAYS: Final = 2
# The offices' names, and what another process changed on the shelves, may be this late: dozens of people look at once.
FRESH: Final = timedelta(seconds=1)
_TICK: Final = timedelta(microseconds=1)


class MyLetter(Struct, frozen=True):
    """A writer's own letter with its work orders."""

    letter: Letter
    orders: tuple[WorkOrder, ...]


class Lists:
    """Answers every list that a page or the API shows."""

    def __init__(self, store: LetterStore, clock: Clock, limits: Limits, *, fresh: timedelta = FRESH) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits
        self._offices: Fresh[dict[str, Office]] = Fresh(fresh)
        self._counts: Fresh[dict[Shelf, int]] = Fresh(fresh)

    def letters_generation(self) -> int:
        """Return a number that grows with whatever this process commits that :meth:`my_letters` may show."""
        return self._store.generation(Letter, WorkOrder)

    def desk_generation(self, actor: Actor) -> int:
        """Return a number that grows with whatever this process commits to work orders on the actor's shelves.

        For who sees those of all offices it grows with letters too; for an office a letter's own words may be late.
        """
        if may_search_all(actor) or actor.is_a(Role.CALLER, Role.DISCIPLINE):
            return self._store.generation(Letter, WorkOrder, Office)
        return self._store.generation(WorkOrder, office_id=actor.office_id) + self._store.generation(Office)

    async def my_letters(self, actor: Actor, page: PageRequest) -> Page[MyLetter]:
        """Return the actor's own letters, newest first."""
        letters = await self._store.letters_of(actor.id, page)
        orders: dict[str, list[WorkOrder]] = {letter.id: [] for letter in letters.items}
        for order in await self._store.orders_of_letters([letter.id for letter in letters.items]):
            orders[order.letter_id].append(order)
        return Page([MyLetter(letter, tuple(orders[letter.id])) for letter in letters.items], letters.next)

    async def my_drafts(self, actor: Actor) -> list[LetterDraft]:
        """Return the actor's drafts, last touched first."""
        return await self._store.drafts_of(actor.id)

    async def shelf(self, actor: Actor, shelf: Shelf, page: PageRequest) -> Page[QueueItem]:
        """Return a page of one of the actor's shelves, the nearest limit first.

        Raises ``NotFoundError`` for a shelf that is not his.
        """
        return await self._store.order_queue(filter_of(actor, shelf, self._moments()), page)

    async def shelf_counts(self, actor: Actor) -> dict[Shelf, int]:
        """Return how many work orders lie on each of the actor's shelves, in the order of his desk."""
        # Counted once for all who have the same shelves.
        key = (actor.office_id, actor.roles, self.desk_generation(actor))
        return await self._counts.get(key, lambda: self._count(actor))

    async def turns(self, order: WorkOrder) -> list[Assignment]:
        """Return the offices' turns at a work order that the caller got through the access door, oldest first."""
        return await self._store.assignments_of(order.id)

    async def offices(self) -> dict[str, Office]:
        """Return all offices by id."""
        return await self._offices.get("all", self._read_offices)

    async def _read_offices(self) -> dict[str, Office]:
        return {office.id: office for office in await self._store.offices()}

    async def _count(self, actor: Actor) -> dict[Shelf, int]:
        moments, shelves = self._moments(), shelves_of(actor)
        counts = await self._store.count_orders([filter_of(actor, shelf, moments) for shelf in shelves])
        return dict(zip(shelves, counts, strict=True))

    def _moments(self) -> Moments:
        """Return now and the end of the second working day after today, which is soon still."""
        now = self._clock.now()
        last = last_day_ahead(local_day(now), self._limits.calendar, SOON_DAYS)
        return Moments(now, day_begins(last + timedelta(days=1)) + _TICK)
