"""Follow-up (回访): the writer rates the answer; who is dissatisfied gets it done again, once (重办)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from msgspec.structs import replace

from minxin.consult.decision import Deed, instant_of, write
from minxin.consult.ending import after_an_end
from minxin.consult.limits import Limits
from minxin.consult.moves import Move, target_of
from minxin.consult.notices import Notice
from minxin.consult.records import (
    SATISFIED,
    Letter,
    LetterState,
    OrderState,
    Rating,
    Redo,
    Satisfaction,
    WorkOrder,
)
from minxin.consult.rulepack import Step
from minxin.core.changes import Changes
from minxin.core.errors import IllegalMoveError, InvalidInputError

CLOSE_AFTER = timedelta(days=15)
REASON_MIN = 2


def rate(
    deed: Deed,
    letter: Letter,
    others: Iterable[OrderState],
    order: WorkOrder,
    level: Satisfaction,
    *,
    contacted: bool | None,
    solved: bool | None,
    reason: str,
    limits: Limits,
) -> Changes:
    """Return the rating: it closes the work order, or, the first time that it is bad, has it done again.

    ``others`` are the states of the letter's other work orders. A dissatisfied rating, or one that says "not solved",
    needs a reason. A caller (回访员) records it for the writer, but never one who handled the letter.
    """
    target_of(order, Move.RATE, deed.actor, letter.writer_id)
    if deed.actor.id == order.handler_id:
        raise IllegalMoveError("followup.own_case")
    bad = level not in SATISFIED or solved is False
    if bad and len(reason.strip()) < REASON_MIN:
        raise InvalidInputError("followup.reason.missing", field="reason", least=REASON_MIN)
    rating = Rating(level, contacted, solved, reason.strip(), deed.at, deed.actor.id)
    if bad and order.redo is None and order.reply is not None:
        return _redone(deed, letter, order, rating, limits)
    changes = _closed(deed, letter, others, replace(order, rating=rating))
    return _rated(deed, letter, order, rating) + changes


def close_unrated(deed: Deed, letter: Letter, others: Iterable[OrderState], order: WorkOrder) -> Changes:
    """Return the closing (办结) of a work order that nobody rated within :data:`CLOSE_AFTER` of its answer."""
    target_of(order, Move.CLOSE, deed.actor, letter.writer_id)
    return _closed(deed, letter, others, order)


def _rated(deed: Deed, letter: Letter, order: WorkOrder, rating: Rating) -> Changes:
    return write(
        deed,
        letter,
        "rated",
        order=order,
        level=rating.level.value,
        contacted=rating.contacted,
        solved=rating.solved,
    )


def _redone(deed: Deed, letter: Letter, order: WorkOrder, rating: Rating, limits: Limits) -> Changes:
    if order.reply is None:
        raise IllegalMoveError("moves.state", move=Move.RATE, state=order.state)
    redo = Redo(rating.reason, deed.at, order.reply, rating)
    order = replace(
        order,
        state=OrderState.IN_PROGRESS,
        redo=redo,
        reply=None,
        answered_at=None,
        working_hours=None,
        pauses=(),
        extension=None,
        answer_due=limits.set(Step.REDO, letter, deed.at),
    )
    changes = _rated(deed, letter, order, rating) + write(
        deed, letter, "redone", order=order, tell=Notice.REDONE, answer_due=instant_of(order.answer_due)
    )
    changes.puts.append(order)
    return changes


def _closed(deed: Deed, letter: Letter, others: Iterable[OrderState], order: WorkOrder) -> Changes:
    order = replace(order, state=OrderState.CLOSED, closed_at=deed.at)
    changes = write(deed, letter, "closed", order=order, tell=Notice.CLOSED)
    changes.puts += [order, after_an_end(letter, (*others, order.state), deed.at, LetterState.CLOSED)]
    return changes
