"""Lists (列表): what each person may see many of. The same rules as the access door, as queries."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec import Struct

from minxin.consult.access import OFFICE_ROLES
from minxin.consult.ports import LetterStore, QueueFilter, QueueItem
from minxin.consult.records import OPEN_STATES, Letter, LetterDraft, Office, OrderState, WorkOrder
from minxin.core.actor import Actor, Role
from minxin.core.errors import NotFoundError
from minxin.core.paging import Page, PageRequest

# What a board's lists show, by the name that is in the address and in the catalogue.
BOARD: Final[dict[str, tuple[OrderState, ...]]] = {
    "to_sign": (OrderState.TO_SIGN,),
    "in_progress": (OrderState.IN_PROGRESS,),
    "waiting": (OrderState.WAITING,),
    "in_review": (OrderState.IN_REVIEW,),
    "to_sign_off": (OrderState.TO_SIGN_OFF,),
    "returned": (OrderState.RETURNED,),
    "answered": (OrderState.ANSWERED,),
    "open": tuple(sorted(OPEN_STATES)),
}
TRAY: Final[dict[str, tuple[OrderState, ...]]] = {
    "to_dispatch": (OrderState.TO_DISPATCH,),
    "returned": (OrderState.RETURNED,),
    "open": tuple(sorted(OPEN_STATES)),
    "answered": (OrderState.ANSWERED,),
}


class MyLetter(Struct, frozen=True):
    """A writer's own letter with its work orders."""

    letter: Letter
    orders: tuple[WorkOrder, ...]


class Lists:
    """Answers every list that a page or the API shows."""

    def __init__(self, store: LetterStore) -> None:
        self._store = store

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

    async def office_board(
        self,
        actor: Actor,
        name: str,
        page: PageRequest,
        *,
        due_before: datetime | None = None,
        urgent: bool | None = None,
    ) -> Page[QueueItem]:
        """Return one list of the actor's own office (:data:`BOARD`), the nearest limit first."""
        return await self._store.order_queue(self._office_filter(actor, name, due_before, urgent), page)

    async def office_count(self, actor: Actor, name: str, *, due_before: datetime | None = None) -> int:
        """Return how many work orders that list has."""
        return await self._store.count_orders(self._office_filter(actor, name, due_before, None))

    async def centre_board(
        self,
        actor: Actor,
        name: str,
        page: PageRequest,
        *,
        office_id: str | None = None,
        due_before: datetime | None = None,
    ) -> Page[QueueItem]:
        """Return one list over all offices (:data:`TRAY`), for clerks and managers."""
        _need(actor, Role.CLERK, Role.MANAGER)
        wanted = QueueFilter(_states(TRAY, name), office_id=office_id, due_before=due_before)
        return await self._store.order_queue(wanted, page)

    async def centre_count(self, actor: Actor, name: str) -> int:
        """Return how many work orders that list has."""
        _need(actor, Role.CLERK, Role.MANAGER)
        return await self._store.count_orders(QueueFilter(_states(TRAY, name)))

    async def extensions_waiting(self, actor: Actor, page: PageRequest) -> Page[QueueItem]:
        """Return the work orders whose office asked for more time (延期待批)."""
        _need(actor, Role.CLERK, Role.MANAGER)
        return await self._store.order_queue(QueueFilter(tuple(sorted(OPEN_STATES)), extension_waits=True), page)

    async def redone_to_sign(self, actor: Actor, page: PageRequest) -> Page[QueueItem]:
        """Return what waits for a manager's signature because it is answered a second time (重办)."""
        _need(actor, Role.MANAGER)
        return await self._store.order_queue(QueueFilter((OrderState.TO_SIGN_OFF,), redone=True), page)

    async def follow_up(self, actor: Actor, page: PageRequest) -> Page[QueueItem]:
        """Return what is answered and not rated (待回访), for the follow-up callers."""
        _need(actor, Role.CALLER)
        return await self._store.order_queue(QueueFilter((OrderState.ANSWERED,)), page)

    async def sealed(self, actor: Actor, page: PageRequest) -> Page[QueueItem]:
        """Return the sealed work orders (密件), for the discipline desk alone."""
        _need(actor, Role.DISCIPLINE)
        return await self._store.order_queue(QueueFilter(tuple(sorted(OrderState)), sealed=True), page)

    async def offices(self) -> dict[str, Office]:
        """Return all offices by id."""
        return {office.id: office for office in await self._store.offices()}

    def _office_filter(self, actor: Actor, name: str, due_before: datetime | None, urgent: bool | None) -> QueueFilter:
        _need(actor, *OFFICE_ROLES)
        if actor.office_id is None:
            raise NotFoundError
        return QueueFilter(_states(BOARD, name), office_id=actor.office_id, due_before=due_before, urgent=urgent)


def _states(lists: dict[str, tuple[OrderState, ...]], name: str) -> tuple[OrderState, ...]:
    if name not in lists:
        raise NotFoundError
    return lists[name]


def _need(actor: Actor, *roles: Role) -> None:
    if not actor.is_a(*roles):
        raise NotFoundError
