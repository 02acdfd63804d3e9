"""Complex cases (复杂事项): the centre says, with a reason, that a letter has the longer limit of its rule pack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from minxin.consult.deadlines import in_time
from minxin.consult.decision import Deed, instant_of, write
from minxin.consult.limits import Limits
from minxin.consult.moves import Move, target_of
from minxin.consult.notices import Notice
from minxin.consult.records import OPEN_STATES, Letter, WorkOrder
from minxin.core.changes import Changes
from minxin.core.errors import IllegalMoveError, InvalidInputError

REASON_MIN: Final = 5
REASON_MAX: Final = 300


def mark(
    deed: Deed, letter: Letter, order: WorkOrder, orders: Sequence[WorkOrder], reason: str, limits: Limits
) -> Changes:
    """Return the letter as a complex one: the limit of all its open work orders is counted from the receipt anew.

    The writer is told of the new limit. Raises ``IllegalMoveError`` as ``target_of``, with ``complex.already`` or, when
    :func:`may_be` says no, ``complex.not_now``, and ``InvalidInputError`` ``complex.reason`` for too short or long a
    reason.
    """
    target_of(order, Move.MARK_COMPLEX, deed.actor, letter.writer_id)
    if letter.complex:
        raise IllegalMoveError("complex.already")
    open_orders = [one for one in orders if one.state in OPEN_STATES]
    # What has lapsed stays late: otherwise a word of the centre would make a late answer a timely one.
    late = [one for one in open_orders if one.answer_due and not in_time(one.answer_due, deed.at)]
    if late or not all(may_be(letter, one) for one in open_orders):
        raise IllegalMoveError("complex.not_now")
    said = reason.strip()
    if not REASON_MIN <= len(said) <= REASON_MAX:
        raise InvalidInputError("complex.reason", field="reason", least=REASON_MIN, most=REASON_MAX)
    whole = replace(letter, complex=True)
    due = limits.answer(whole, letter.received_at)
    whole = replace(whole, answer_due=due)
    changes = Changes(puts=[whole])
    for before in open_orders:
        after = replace(before, answer_due=limits.redate(due, before.pauses))
        changes += write(
            deed,
            whole,
            "marked_complex",
            order=after,
            tell=Notice.COMPLEX,
            reason=said,
            answer_due=instant_of(after.answer_due),
            before_answer_due=instant_of(before.answer_due),
        )
        changes.puts.append(after)
    return changes


def may_be(letter: Letter, order: WorkOrder) -> bool:
    """Say whether the work order's limit may become that of a complex case.

    An emergency has hours and no more, a redo its own limit, and after an extension was asked for that is what counts.
    """
    return not letter.complex and not letter.urgent and order.redo is None and order.extension is None
