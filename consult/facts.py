"""The facts (事实) that the figures are made of: what a store, or a letter's events alone, say of each item."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from minxin.consult.records import OrderState, Satisfaction


class OrderFacts(Struct, frozen=True):
    """What the figures need of one work order; ``consult/replay.py`` makes the same from the letter's events.

    ``answer_due`` is the limit that runs now or ran last: a redo's own after a redo. ``level`` is the last rating
    given, so that having a thing done again does not make the bad rating before it vanish.
    """

    order_id: str
    letter_id: str
    number: str
    office_id: str | None
    state: OrderState
    received_at: datetime
    routed_at: datetime | None
    answer_due: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None
    extended: bool
    redone: bool
    level: Satisfaction | None
    working_hours: float | None


class AssignmentFacts(Struct, frozen=True):
    """What the figures need of one office's turn."""

    assignment_id: str
    letter_id: str
    office_id: str
    at: datetime
    sign_due: datetime
    signed_at: datetime | None
    returned_at: datetime | None
    cancelled: bool  # the letter was withdrawn, refused, redirected or joined
