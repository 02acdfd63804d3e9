"""The one access door: every letter that a person sees or changes was asked for here.

Not allowed looks the same as not there (``NotFoundError``), so that nobody learns from a refusal that a letter exists.
"""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct

from minxin.consult.behalf import Principals
from minxin.consult.deadlines import Due
from minxin.consult.ports import LetterStore
from minxin.consult.records import OPEN_STATES, Attachment, Letter, LetterState, OrderState, Share, WorkOrder
from minxin.core.actor import Actor, Role
from minxin.core.errors import NotFoundError
from minxin.core.log_ids import note_ids

OFFICE_ROLES = (Role.HANDLER, Role.REVIEWER, Role.SIGNER)
_WITH_OFFICE = frozenset(
    {
        OrderState.IN_PROGRESS,
        OrderState.WAITING,
        OrderState.IN_REVIEW,
        OrderState.TO_SIGN_OFF,
        OrderState.ANSWERED,
    }
)


class Beside(Struct, frozen=True):
    """Another work order of the letter (协办): how far it is, and nothing of what goes on inside its office."""

    id: str
    number: str
    share: Share
    point: str
    points: tuple[int, ...]
    office_id: str | None
    state: OrderState
    answer_due: Due | None


class Case(Struct, frozen=True):
    """A letter with its work orders, as somebody who may see it got it; ``beside`` are those that he may not open."""

    letter: Letter
    orders: tuple[WorkOrder, ...]
    beside: tuple[Beside, ...] = ()

    def other_states(self, order_id: str) -> tuple[OrderState, ...]:
        """Return the states of the letter's other work orders, all of them."""
        own = [order.state for order in self.orders if order.id != order_id]
        return (*own, *(one.state for one in self.beside))

    def order(self, order_id: str) -> WorkOrder:
        """Return one of the work orders; raises ``NotFoundError``."""
        for order in self.orders:
            if order.id == order_id:
                return order
        raise NotFoundError


async def access_letter(store: LetterStore, actor: Actor, letter_id: str) -> Case:
    """Return the letter with the work orders that the actor may see; raises ``NotFoundError``."""
    case = _seen_by(actor, await store.get(Letter, letter_id), await store.orders_of(letter_id))
    note_ids(letter=case.letter.id)
    return case


async def access_shared(store: LetterStore, principals: Principals, actor: Actor, letter_id: str) -> Case:
    """Return a letter that the actor may see, be it only because it is in the name of a company that he is one of.

    He reads it, and does nothing with it. A sealed one, and one of which nobody knows yet whether it will be, is its
    writer's alone: the accused may be a colleague. Raises ``NotFoundError``.
    """
    letter = await store.get(Letter, letter_id)
    if letter is not None and letter.behalf is not None and actor.id != letter.writer_id:
        company_id = letter.behalf.company_id
        if is_shared(letter, (company_id,)) and await principals.behalf(actor.id, company_id) is not None:
            return Case(letter, tuple(await store.orders_of(letter_id)))
    return await access_letter(store, actor, letter_id)


async def access_order(store: LetterStore, actor: Actor, order_id: str) -> tuple[Case, WorkOrder]:
    """Return the work order and its letter; raises ``NotFoundError``."""
    order = await store.get(WorkOrder, order_id)
    if order is None:
        raise NotFoundError
    case = await access_letter(store, actor, order.letter_id)
    return case, case.order(order_id)


async def file_of(store: LetterStore, case: Case, attachment_id: str) -> tuple[Attachment, bytes]:
    """Return a file of the letter, or of papers supplied for it, with its bytes; raises ``NotFoundError``."""
    files = [*case.letter.attachments]
    for order in case.orders:
        for papers in order.papers:
            files.extend(papers.attachments)
    for file in files:
        if file.id == attachment_id:
            data = await store.blob(file.blob_id)
            if data is not None:
                return file, data
    raise NotFoundError


def may_see(actor: Actor, letter: Letter, order: WorkOrder | None) -> bool:
    """Say whether the actor may see the letter through this work order (None while it has none)."""
    if actor.id == letter.writer_id:
        return True
    if letter.sealed:
        return actor.is_a(Role.DISCIPLINE)
    if actor.is_a(Role.CLERK, Role.MANAGER):
        return True
    if order is None:
        return False
    if actor.is_a(Role.CALLER):
        return order.state in (OrderState.ANSWERED, OrderState.CLOSED)
    return actor.is_a(*OFFICE_ROLES) and actor.office_id == order.office_id


def is_shared(letter: Letter, company_ids: Collection[str]) -> bool:
    """Say whether the letter is in the name of one of these companies and may be read by all of its people."""
    known = not letter.sealed and letter.state is not LetterState.SUBMITTED
    return known and letter.behalf is not None and letter.behalf.company_id in company_ids


def in_hands(actor: Actor, letter: Letter, order: WorkOrder) -> bool:
    """Say whether the letter is in the actor's hands, so that he may need to know whose it is (最小必要).

    An office has it in hands from signing for it until it is closed; the centre while it looks for an office, and for
    the follow-up.
    """
    if not may_see(actor, letter, order) or actor.id == letter.writer_id:
        return False
    if actor.is_a(Role.CALLER) and order.state is OrderState.ANSWERED:
        return True
    if actor.is_a(Role.CLERK):
        return order.state in OPEN_STATES or order.state is OrderState.ANSWERED
    own = actor.is_a(Role.DISCIPLINE) if letter.sealed else actor.office_id == order.office_id
    return own and order.state in _WITH_OFFICE


def may_search_all(actor: Actor) -> bool:
    """Say whether lists over all offices are for this actor."""
    return actor.is_a(Role.CLERK, Role.MANAGER)


def _seen_by(actor: Actor, letter: Letter | None, orders: list[WorkOrder]) -> Case:
    if letter is None:
        raise NotFoundError
    seen = tuple(order for order in orders if may_see(actor, letter, order))
    if not seen and not may_see(actor, letter, None):
        raise NotFoundError
    return Case(letter, seen, tuple(_beside(order) for order in orders if order not in seen))


def _beside(order: WorkOrder) -> Beside:
    return Beside(
        id=order.id,
        number=order.number,
        share=order.share,
        point=order.point,
        points=order.points,
        office_id=order.office_id,
        state=order.state,
        answer_due=order.answer_due,
    )
