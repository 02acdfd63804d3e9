"""Lists (列表): what each person may see many of. The same rules as the access door, as queries."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from msgspec import Struct

from minxin.consult.board import last_day_ahead
from minxin.consult.deadlines import day_begins, local_day
from minxin.consult.limits import Limits
from minxin.consult.ports import LetterStore, QueueItem
from minxin.consult.records import Assignment, Letter, LetterDraft, Office, WorkOrder
from minxin.consult.shelves import Moments, Shelf, filter_of, shelves_of
from minxin.core.actor import Actor
from minxin.core.clock import Clock
from minxin.core.paging import Page, PageRequest

SOON_DAYS: Final = 2
_TICK: Final = timedelta(microseconds=1)


class MyLetter(Struct, frozen=True):
    """A writer's own letter with its work orders."""

    letter: Letter
    orders: tuple[WorkOrder, ...]


class Lists:
    """Answers every list that a page or the API shows."""

    def __init__(self, store: LetterStore, clock: Clock, limits: Limits) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits

    async def my_letters(self, actor: Actor, page: PageRequest) -> Page[MyLetter]:
        """Return the actor's own letters, newest first."""
        letters = await self._store.letters_of(actor.id, page)
        return Page(
            [MyLetter(letter, tuple(await self._store.orders_of(letter.id))) for letter in letters.items],
            letters.next,
        )

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
        moments = self._moments()
        return {shelf: await self._store.count_orders(filter_of(actor, shelf, moments)) for shelf in shelves_of(actor)}

    async def turns(self, order: WorkOrder) -> list[Assignment]:
        """Return the offices' turns at a work order that the caller got through the access door, oldest first."""
        return await self._store.assignments_of(order.id)

    async def offices(self) -> dict[str, Office]:
        """Return all offices by id."""
        return {office.id: office for office in await self._store.offices()}

    def _moments(self) -> Moments:
        """Return now and the end of the second working day after today, which is soon still."""
        now = self._clock.now()
        last = last_day_ahead(local_day(now), self._limits.calendar, SOON_DAYS)
        return Moments(now, day_begins(last + timedelta(days=1)) + _TICK)
