"""The same facts from a letter's event stream alone, so that anybody can recompute what the pages show.

The chain proves that no event vanished or was changed; this proves that the figures are those of the events.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from msgspec import Struct, field

from minxin.consult.facts import AssignmentFacts, OrderFacts
from minxin.consult.records import OrderState, Satisfaction
from minxin.core.audit import SealedEvent
from minxin.core.changes import Event
from minxin.core.errors import DamagedError


class Replayed(Struct, frozen=True):
    """What one letter's events say. A sealed letter, or one not judged yet, has neither work orders nor turns."""

    letter_id: str
    received_at: datetime
    sealed: bool
    orders: tuple[OrderFacts, ...]
    turns: tuple[AssignmentFacts, ...]


class _Order(Struct, kw_only=True):
    order_id: str
    letter_id: str
    number: str
    received_at: datetime
    answer_due: datetime | None
    state: OrderState = OrderState.TO_DISPATCH
    office_id: str | None = None
    routed_at: datetime | None = None
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    extended: bool = False
    redone: bool = False
    level: Satisfaction | None = None
    working_hours: float | None = None


class _Turn(Struct, kw_only=True):
    assignment_id: str
    order_id: str
    letter_id: str
    office_id: str
    at: datetime
    sign_due: datetime
    signed_at: datetime | None = None
    returned_at: datetime | None = None


class _Letter(Struct):
    id: str
    received_at: datetime
    sealed: bool = False
    orders: dict[str, _Order] = field(default_factory=dict)
    turns: dict[str, _Turn] = field(default_factory=dict)


def replay(letter_id: str, events: Sequence[SealedEvent]) -> Replayed:
    """Return the facts of a letter; raises ``DamagedError`` when its events make no sense together."""
    if not events or events[0].event.kind != "received":
        raise DamagedError(f"letter {letter_id} has no receipt in its events")
    letter = _Letter(letter_id, events[0].event.at)
    for sealed_event in events:
        step = _STEPS.get(sealed_event.event.kind)
        if step is None:
            continue
        try:
            step(letter, sealed_event.event)
        except (KeyError, ValueError, TypeError) as error:
            raise DamagedError(f"event {sealed_event.seq} of letter {letter_id} can't be replayed") from error
    return Replayed(
        letter.id,
        letter.received_at,
        letter.sealed,
        orders=() if letter.sealed else tuple(_order_facts(order) for order in letter.orders.values()),
        turns=() if letter.sealed else tuple(_turn_facts(turn, letter) for turn in letter.turns.values()),
    )


def _order_facts(order: _Order) -> OrderFacts:
    return OrderFacts(**{name: getattr(order, name) for name in OrderFacts.__struct_fields__})


def _turn_facts(turn: _Turn, letter: _Letter) -> AssignmentFacts:
    known = {name: getattr(turn, name) for name in _Turn.__struct_fields__ if name != "order_id"}
    return AssignmentFacts(**known, cancelled=letter.orders[turn.order_id].state is OrderState.CANCELLED)


def _instant(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _order_of(letter: _Letter, event: Event) -> _Order:
    return letter.orders[event.data["order"]]


def _judged(letter: _Letter, event: Event) -> None:
    letter.sealed = event.data["sealed"]
    order_id = event.data["order"]
    letter.orders[order_id] = _Order(
        order_id=order_id,
        letter_id=letter.id,
        number=event.data["number"],
        received_at=letter.received_at,
        answer_due=_instant(event.data["answer_due"]),
    )


def _split(letter: _Letter, event: Event) -> None:
    """Open the work orders of the letter's other parts; the first one's was there before."""
    for order_id, number, _points in event.data["parts"]:
        if order_id not in letter.orders:
            letter.orders[order_id] = _Order(
                order_id=order_id,
                letter_id=letter.id,
                number=number,
                received_at=letter.received_at,
                answer_due=_instant(event.data["answer_due"]),
            )


def _routed(letter: _Letter, event: Event) -> None:
    order = _order_of(letter, event)
    sign_due = _instant(event.data["sign_due"])
    if event.office_id is None or sign_due is None:
        raise ValueError("routed without an office or a signing limit")
    order.state = OrderState.TO_SIGN
    order.office_id = event.office_id
    order.routed_at = order.routed_at or event.at
    turn_id = event.data["assignment"]
    letter.turns[turn_id] = _Turn(
        assignment_id=turn_id,
        order_id=order.order_id,
        letter_id=letter.id,
        office_id=event.office_id,
        at=event.at,
        sign_due=sign_due,
    )


def _unsealed(letter: _Letter, event: Event) -> None:
    """Begin again in the tray: the discipline desk's turn is in no figure."""
    order = _order_of(letter, event)
    letter.sealed = False
    letter.turns.clear()
    order.state = OrderState.TO_DISPATCH
    order.office_id = None
    order.routed_at = None


def _signed_for(letter: _Letter, event: Event) -> None:
    _order_of(letter, event).state = OrderState.IN_PROGRESS
    letter.turns[event.data["assignment"]].signed_at = event.at


def _returned(letter: _Letter, event: Event) -> None:
    _order_of(letter, event).state = OrderState.RETURNED
    letter.turns[event.data["assignment"]].returned_at = event.at


def _papers(state: OrderState) -> Callable[[_Letter, Event], None]:
    def step(letter: _Letter, event: Event) -> None:
        order = _order_of(letter, event)
        order.state = state
        order.answer_due = _instant(event.data["answer_due"])

    return step


def _moved_to(state: OrderState) -> Callable[[_Letter, Event], None]:
    def step(letter: _Letter, event: Event) -> None:
        _order_of(letter, event).state = state

    return step


def _extension_decided(letter: _Letter, event: Event) -> None:
    order = _order_of(letter, event)
    order.extended = event.data["approved"]
    order.answer_due = _instant(event.data["answer_due"])


def _marked_complex(letter: _Letter, event: Event) -> None:
    _order_of(letter, event).answer_due = _instant(event.data["answer_due"])


def _redated(letter: _Letter, event: Event) -> None:
    _order_of(letter, event).answer_due = _instant(event.data["answer_due"])
    turn = letter.turns.get(event.data["assignment"] or "")
    sign_due = _instant(event.data["sign_due"])
    if turn is not None and sign_due is not None:
        turn.sign_due = sign_due


def _answered(letter: _Letter, event: Event) -> None:
    order = _order_of(letter, event)
    order.state = OrderState.ANSWERED
    order.answered_at = event.at
    order.working_hours = event.data["working_hours"]


def _rated(letter: _Letter, event: Event) -> None:
    _order_of(letter, event).level = Satisfaction(event.data["level"])


def _redone(letter: _Letter, event: Event) -> None:
    order = _order_of(letter, event)
    order.state = OrderState.IN_PROGRESS
    order.redone = True
    order.extended = False
    order.answered_at = None
    order.working_hours = None
    order.answer_due = _instant(event.data["answer_due"])


def _closed(letter: _Letter, event: Event) -> None:
    order = _order_of(letter, event)
    order.state = OrderState.CLOSED
    order.closed_at = event.at


def _refused(letter: _Letter, event: Event) -> None:
    _cancel(letter, [event.data["order"]], event.at)


def _withdrawn(letter: _Letter, event: Event) -> None:
    _cancel(letter, event.data["orders"], event.at)


def _cancel(letter: _Letter, order_ids: list[Any], at: datetime) -> None:
    for order_id in order_ids:
        order = letter.orders[order_id]
        order.state = OrderState.CANCELLED
        order.closed_at = at


_STEPS: Final[dict[str, Callable[[_Letter, Event], None]]] = {
    "judged": _judged,
    "split": _split,
    "routed": _routed,
    "unsealed": _unsealed,
    "signed_for": _signed_for,
    "returned": _returned,
    "refused": _refused,
    "withdrawn": _withdrawn,
    "papers_asked": _papers(OrderState.WAITING),
    "papers_supplied": _papers(OrderState.IN_PROGRESS),
    "extension_decided": _extension_decided,
    "marked_complex": _marked_complex,
    "redated": _redated,
    "submitted": _moved_to(OrderState.IN_REVIEW),
    "sent_back": _moved_to(OrderState.IN_PROGRESS),
    "approved": _moved_to(OrderState.TO_SIGN_OFF),
    "answered": _answered,
    "rated": _rated,
    "redone": _redone,
    "closed": _closed,
}
