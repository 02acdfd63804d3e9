"""Facts of work orders and turns, for tests of the figures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from minxin.consult.facts import AssignmentFacts, OrderFacts
from minxin.consult.formulas import FormulaId
from minxin.consult.records import OrderState

NOON = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
DUE = NOON + timedelta(days=5)
HOUR = timedelta(hours=1)
AFTER = DUE + HOUR
F = FormulaId
S = OrderState


def order(order_id: str = "a", **fields: Any) -> OrderFacts:
    given: dict[str, Any] = {
        "letter_id": f"letter of {order_id}",
        "number": f"2026-{order_id}",
        "office_id": "lamps",
        "state": S.IN_PROGRESS,
        "received_at": NOON,
        "routed_at": NOON,
        "answer_due": DUE,
        "answered_at": None,
        "closed_at": None,
        "extended": False,
        "redone": False,
        "level": None,
        "working_hours": None,
    }
    return OrderFacts(order_id, **(given | fields))


def answered(order_id: str, **fields: Any) -> OrderFacts:
    given = {"state": S.ANSWERED, "answered_at": NOON + HOUR, "working_hours": 1.0}
    return order(order_id, **(given | fields))


def closed(order_id: str, **fields: Any) -> OrderFacts:
    return answered(order_id, **({"state": S.CLOSED, "closed_at": NOON + 2 * HOUR} | fields))


def turn(turn_id: str = "t", **fields: Any) -> AssignmentFacts:
    given: dict[str, Any] = {
        "letter_id": "letter",
        "office_id": "lamps",
        "at": NOON,
        "sign_due": DUE,
        "signed_at": None,
        "returned_at": None,
        "cancelled": False,
    }
    return AssignmentFacts(turn_id, **(given | fields))
