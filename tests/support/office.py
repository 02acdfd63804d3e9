"""A letter and its way, for tests of the decisions: everything in memory, nothing stored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TypeVar

from msgspec.structs import replace

from minxin.consult import handling, intake, replies, routing
from minxin.consult.decision import Deed
from minxin.consult.intake import Submission
from minxin.consult.limits import Limits
from minxin.consult.records import Assignment, Channel, Letter, OrderState, ReplyParts, WorkOrder
from minxin.consult.rulepack import builtin_pack
from minxin.core.actor import SYSTEM, Actor, Role
from minxin.core.calendar_tables import load_calendar
from minxin.core.changes import Changes, Record
from minxin.core.judgement import Candidate, Judgement, Kind, Urgency

R = TypeVar("R", bound=Record)

# Monday 2 March 2026, 10:00 in Shanghai; no holiday for weeks.
MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
WRITER = Actor("writer", frozenset({Role.CITIZEN}))
CLERK = Actor("clerk", frozenset({Role.CLERK}), "centre", "受理员")
MANAGER = Actor("manager", frozenset({Role.MANAGER}), "centre", "主任")
CALLER = Actor("caller", frozenset({Role.CALLER}), "centre", "回访专员")
DISCIPLINE = Actor("discipline", frozenset({Role.DISCIPLINE}), "jiwei", "信访室")
HANDLER = Actor("handler", frozenset({Role.HANDLER}), "water", "承办人")
REVIEWER = Actor("reviewer", frozenset({Role.REVIEWER}), "water", "科长")
SIGNER = Actor("signer", frozenset({Role.SIGNER}), "water", "副局长")
PARTS = ReplyParts("经查属实", "《条例》第十条", "三月十日前修好", "王工 5550000", "可申请复查")


@cache
def limits() -> Limits:
    """Return the default limits with the library's calendar."""
    return Limits(builtin_pack(), load_calendar())


def at(**step: float) -> datetime:
    """Return an instant after Monday 10:00."""
    return MONDAY + timedelta(**step)


def submission(**changed: object) -> Submission:
    """Return a form that is right, with some fields changed."""
    form = Submission("token", Kind.COMPLAINT.value, "路灯不亮", "小区门口的路灯坏了一个星期", "文庙街")
    return replace(form, **changed)


def judgement(office: str = "water", **changed: object) -> Judgement:
    """Return a confident judgement for the office, with some fields changed."""
    sure = Judgement(
        candidates=(Candidate(office, 0.97), Candidate("roads", 0.02)),
        kind=Kind.COMPLAINT,
        kind_probability=0.9,
        urgency=Urgency.NORMAL,
        urgency_evidence=(),
        denounces=False,
        confident=True,
        model="test",
    )
    return replace(sure, **changed)


def only(changes: Changes, kind: type[R]) -> R:
    """Return the one record of the kind that the changes write."""
    (found,) = [record for record in [*changes.inserts, *changes.puts] if isinstance(record, kind)]
    return found


class Case:
    """A letter with its one work order; :meth:`take` applies what a decision wrote."""

    def __init__(self) -> None:
        letter, self.changes = intake.from_form(
            Deed(WRITER, MONDAY), submission(), [], limits(), writer_id=WRITER.id, channel=Channel.WEB
        )
        self.letter: Letter = replace(letter, number="2026-000001")
        self.order: WorkOrder
        self.turn: Assignment

    def take(self, changes: Changes) -> Case:
        """Apply a decision to the records in hand."""
        for record in [*changes.inserts, *changes.puts]:
            if isinstance(record, Letter):
                self.letter = record
            elif isinstance(record, WorkOrder):
                self.order = record
            elif isinstance(record, Assignment):
                self.turn = record
        self.changes = changes
        return self


def routed(**judged: object) -> Case:
    """Return a letter that the judge sent to the water office."""
    case = Case()
    return case.take(routing.judged(Deed(SYSTEM, MONDAY), case.letter, judgement(**judged), limits(), "jiwei"))


def signed_for() -> Case:
    """Return a letter that the water office has signed for."""
    case = routed()
    return case.take(handling.sign_for(Deed(HANDLER, at(hours=1)), case.letter, case.order, case.turn))


def answered() -> Case:
    """Return a letter that the water office has answered on Wednesday."""
    case = signed_for()
    steps: tuple[Callable[[], Changes], ...] = (
        lambda: replies.submit(Deed(HANDLER, at(days=2)), case.letter, case.order, PARTS, ()),
        lambda: replies.approve(Deed(REVIEWER, at(days=2, hours=1)), case.letter, case.order),
        lambda: replies.sign_off(Deed(SIGNER, at(days=2, hours=2)), case.letter, case.order, limits()),
    )
    for step in steps:
        case.take(step())
    assert case.order.state is OrderState.ANSWERED
    return case
