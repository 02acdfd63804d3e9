"""A complex case has the longer limit from its receipt on; nobody but the centre says so, and never of a late one."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from support.office import CLERK, HANDLER, MANAGER, Case, at, limits, only, signed_for

from minxin.consult import complexity, handling
from minxin.consult.decision import Deed
from minxin.consult.records import Letter, WorkOrder
from minxin.core.actor import Actor
from minxin.core.changes import Changes
from minxin.core.errors import IllegalMoveError, InvalidInputError

REASON = "涉及三个单位，须现场检测"


def mark(case: Case, by: Actor = CLERK, reason: str = REASON, **when: float) -> Changes:
    deed = Deed(by, at(**(when or {"days": 1})))
    return complexity.mark(deed, case.letter, case.order, (case.order,), reason, limits())


@pytest.mark.parametrize("actor", [CLERK, MANAGER])
def test_limit_is_that_of_complex_cases_from_the_receipt(actor: Actor) -> None:
    case = signed_for()
    changes = mark(case, actor)
    letter, order = only(changes, Letter), only(changes, WorkOrder)
    assert letter.complex
    assert letter.answer_due == limits().answer(letter, letter.received_at)
    assert order.answer_due == letter.answer_due
    assert case.order.answer_due is not None
    assert order.answer_due is not None
    assert (str(case.order.answer_due.limit), str(order.answer_due.limit)) == ("10wd", "15wd")
    assert order.answer_due.rule_id == "answer.complex"
    (event,) = changes.events
    assert event.kind == "marked_complex"
    assert event.data["reason"] == REASON
    assert event.data["before_answer_due"] < event.data["answer_due"]
    assert [entry.payload["step"] for entry in changes.outbox] == ["complex"]


def test_time_in_which_the_clock_stood_still_is_not_lost() -> None:
    case = signed_for()
    case.take(handling.ask_papers(Deed(HANDLER, at(days=1)), case.letter, case.order, "请补充合同", limits()))
    order = only(mark(case, days=2), WorkOrder)
    assert order.answer_due is not None
    assert order.answer_due.instant is None


def test_only_the_centre_says_it_with_a_reason_and_once() -> None:
    case = signed_for()
    with pytest.raises(IllegalMoveError, match=r"moves\.actor"):
        mark(case, HANDLER)
    for reason in (" 复杂 ", "长" * 301):
        with pytest.raises(InvalidInputError, match=r"complex\.reason"):
            mark(case, reason=reason)
    case.take(mark(case))
    with pytest.raises(IllegalMoveError, match=r"complex\.already"):
        mark(case)


def test_what_is_late_urgent_extended_or_done_again_stays_as_it_is() -> None:
    late, urgent, extended = signed_for(), signed_for(), signed_for()
    urgent.letter = replace(urgent.letter, urgent=True)
    asked = Deed(HANDLER, at(days=1))
    extended.take(handling.ask_extension(asked, extended.letter, extended.order, 3, "需要现场检测", limits()))
    for case, days in ((late, 40.0), (urgent, 1.0), (extended, 2.0)):
        with pytest.raises(IllegalMoveError, match=r"complex\.not_now"):
            mark(case, days=days)
