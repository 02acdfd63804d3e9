from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from minxin.consult.records import OrderState, Satisfaction
from minxin.consult.replay import replay
from minxin.core.audit import GENESIS, SealedEvent, seal_event
from minxin.core.changes import Event, Head
from minxin.core.errors import DamagedError

NOON = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
DUE = "2026-03-20T16:00:00+00:00"
JUDGED = ("judged", None, {"order": "o", "number": "2026-000001-1", "sealed": False, "answer_due": DUE})
ROUTED = ("routed", "lamps", {"order": "o", "assignment": "t", "sign_due": DUE, "answer_due": DUE})


def stream(*steps: tuple[str, str | None, dict[str, Any]]) -> list[SealedEvent]:
    """Return a letter's sealed events, an hour after each other from noon."""
    head, sealed = GENESIS, []
    for hours, (kind, office_id, data) in enumerate(steps):
        one = seal_event(head, Event("letter:l", kind, NOON + timedelta(hours=hours), "someone", office_id, data))
        head = Head(one.seq, one.hash)
        sealed.append(one)
    return sealed


def test_a_letter_that_was_only_received_has_no_work_order_yet() -> None:
    replayed = replay("l", stream(("received", None, {})))

    assert (replayed.received_at, replayed.orders, replayed.turns) == (NOON, (), ())


def test_a_redo_takes_the_answer_back_and_keeps_the_bad_rating() -> None:
    steps = (
        ("received", None, {}),
        JUDGED,
        ROUTED,
        ("signed_for", "lamps", {"order": "o", "assignment": "t"}),
        ("answered", "lamps", {"order": "o", "working_hours": 3.5}),
        ("rated", "lamps", {"order": "o", "level": "dissatisfied"}),
        ("redone", "lamps", {"order": "o", "answer_due": "2026-04-10T16:00:00+00:00"}),
    )

    (order,) = replay("l", stream(*steps)).orders

    assert order.state is OrderState.IN_PROGRESS
    assert order.redone
    assert order.level is Satisfaction.DISSATISFIED
    assert (order.answered_at, order.working_hours) == (None, None)
    assert order.answer_due == datetime(2026, 4, 10, 16, 0, tzinfo=UTC)


def test_a_withdrawn_letter_cancels_its_orders_and_turns() -> None:
    replayed = replay("l", stream(("received", None, {}), JUDGED, ROUTED, ("withdrawn", None, {"orders": ["o"]})))

    assert replayed.orders[0].state is OrderState.CANCELLED
    assert replayed.orders[0].closed_at == NOON + timedelta(hours=3)
    assert replayed.turns[0].cancelled


def test_events_that_change_no_fact_are_passed_over() -> None:
    plain = replay("l", stream(("received", None, {}), JUDGED))

    assert replay("l", stream(("received", None, {}), JUDGED, ("reminded", None, {"order": "o"}))) == plain


@pytest.mark.parametrize(
    "steps",
    [
        (),
        (JUDGED,),
        (("received", None, {}), ROUTED),
        (("received", None, {}), JUDGED, ("routed", None, ROUTED[2])),
        (("received", None, {}), JUDGED, ("answered", "lamps", {"order": "o"})),
        (("received", None, {}), JUDGED, ("rated", "lamps", {"order": "o", "level": "overjoyed"})),
    ],
)
def test_events_that_make_no_sense_together_are_told(steps: tuple[Any, ...]) -> None:
    with pytest.raises(DamagedError):
        replay("l", stream(*steps))
