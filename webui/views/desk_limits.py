"""Limits as staff read them: the one that runs, how many days are left, and both clocks with why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from minxin.consult.access import Case
from minxin.consult.deadlines import Due, Light, Pause, Unit, light, light_at, local_day
from minxin.consult.limits import Limits, next_due
from minxin.consult.records import OPEN_STATES, Assignment, OrderState, WorkOrder
from minxin.core.errors import NotFoundError
from minxin.webui.i18n import Language, sentences
from minxin.webui.views.limits import Explanation, LimitView, brief, explain, explanation

NAMES: Final = ("accept", "sign", "return", "answer", "alarm")
_NEAR: Final = {0: "left.today", 1: "left.tomorrow"}


class NextLimit(Struct, frozen=True):
    """The limit that runs now for a work order, without its explanation, and in words how long it still runs."""

    due: Due | None
    light: Light | None
    left: str

    @property
    def colour(self) -> str:
        """Return the colour for the macro ``light``."""
        return "grey" if self.light in (None, Light.PAUSED) else str(self.light)


def next_limit(order: WorkOrder, now: datetime, language: Language) -> NextLimit:
    """Return the limit that runs now; an answered or ended work order has none."""
    due = next_due(order)
    if due is None or order.state not in OPEN_STATES:
        return NextLimit(None, None, sentences().sentence("left.none", language))
    return NextLimit(brief(due), light_at(due.instant, due.amber_from, now), _left(due, now, language))


def limits_of(case: Case, order: WorkOrder, turn: Assignment | None, now: datetime) -> list[LimitView]:
    """Return every limit of the work order: signing and returning while they run, the answer, and the 80-day alarm."""
    open_still = order.state in OPEN_STATES
    pairs: list[tuple[str, Due | None, Sequence[Pause]]] = [
        ("sign", order.sign_due if order.state is OrderState.TO_SIGN else None, ()),
        ("return", turn.return_due if turn and _may_return(order, turn, now) else None, ()),
        ("answer", order.answer_due, order.pauses),
        ("alarm", case.letter.alarm_due, ()),
    ]
    return [
        LimitView(name, due, light(due, now, pauses) if open_still else None, order.id)
        for name, due, pauses in pairs
        if due is not None
    ]


def explain_for_staff(
    case: Case, order: WorkOrder, turn: Assignment | None, name: str, limits: Limits, language: Language
) -> Explanation:
    """Count one of the limits again and put every day into words; raises ``NotFoundError``."""
    due = {"alarm": case.letter.alarm_due, "return": turn.return_due if turn else None}.get(name)
    if due is not None:
        return explanation(name, limits.explain(due), limits.rule_of(due), language)
    if name not in ("accept", "sign", "answer"):
        raise NotFoundError
    return explain(case, name, "" if name == "accept" else order.id, limits, language)


def _may_return(order: WorkOrder, turn: Assignment, now: datetime) -> bool:
    """Say whether the window for a return is open; once it is shut it is no limit that anybody missed."""
    ends = turn.return_due.instant
    open_still = ends is not None and now < ends
    return open_still and not order.binding and order.state in (OrderState.TO_SIGN, OrderState.IN_PROGRESS)


def _left(due: Due, now: datetime, language: Language) -> str:
    words = sentences()
    if due.instant is None or due.last_day is None:
        return words.sentence("left.paused", language)
    if due.limit.unit is Unit.CLOCK_HOURS:
        minutes = int((due.instant - now).total_seconds() // 60)
        key = "left.hours" if minutes >= 0 else "left.hours_over"
        return words.sentence(key, language, hours=abs(minutes) // 60, minutes=abs(minutes) % 60)
    days = (due.last_day - local_day(now)).days
    key = "left.over" if days < 0 else _NEAR.get(days, "left.days")
    return words.sentence(key, language, days=abs(days))
