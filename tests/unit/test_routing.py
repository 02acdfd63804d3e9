"""Routing: what becomes of a judged letter, and every change of office after it."""

from __future__ import annotations

from datetime import date

import pytest
from support.office import (
    CLERK,
    DISCIPLINE,
    HANDLER,
    MANAGER,
    MONDAY,
    WRITER,
    Case,
    at,
    judgement,
    limits,
    only,
    routed,
    signed_for,
)

from minxin.consult import handling, routing
from minxin.consult.decision import Deed
from minxin.consult.records import Example, ExampleSource, LetterState, OrderState, RoutedBy
from minxin.core.actor import SYSTEM
from minxin.core.errors import IllegalMoveError, InvalidInputError
from minxin.core.judgement import Urgency


def test_confident_judgement_routes_the_letter_and_tells_the_writer() -> None:
    case = routed()
    assert case.letter.state is LetterState.ACCEPTED
    assert case.order.state is OrderState.TO_SIGN
    assert (case.order.office_id, case.turn.routed_by) == ("water", RoutedBy.JUDGE)
    assert [event.kind for event in case.changes.events] == ["judged", "routed"]
    assert [entry.payload["step"] for entry in case.changes.outbox] == ["routed"]


def test_unsure_judgement_leaves_the_letter_in_the_tray_without_an_office() -> None:
    case = routed(confident=False)
    assert case.order.state is OrderState.TO_DISPATCH
    assert case.order.office_id is None
    assert case.letter.state is LetterState.SUBMITTED


def test_denunciation_is_sealed_and_goes_to_the_discipline_desk_even_when_the_judge_is_sure() -> None:
    case = routed(denounces=True)
    assert case.letter.sealed and case.order.sealed and case.turn.sealed
    assert case.order.office_id == "jiwei"
    assert case.order.binding


def test_urgent_letter_gets_two_clock_hours_from_its_receipt() -> None:
    case = routed(urgency=Urgency.URGENT)
    assert case.order.answer_due is not None
    assert case.order.answer_due.instant == at(hours=2)


def test_judging_twice_changes_nothing() -> None:
    case = routed()
    again = routing.judged(Deed(SYSTEM, at(hours=1)), case.letter, judgement(), limits(), "jiwei")
    assert not again.puts and not again.inserts and not again.events


def test_clerks_choice_is_kept_as_an_example() -> None:
    case = routed(confident=False)
    changes = routing.dispatch(Deed(CLERK, at(hours=1)), case.letter, case.order, "roads", "职责", limits())
    example = only(changes, Example)
    assert (example.office_id, example.right, example.source) == ("roads", True, ExampleSource.CLERK)
    assert "路灯不亮" in example.text


def test_return_and_ruling_do_not_move_the_answer_limit_and_teach_both_offices() -> None:
    case = signed_for()
    promised = case.order.answer_due
    case.take(
        routing.give_back(Deed(HANDLER, at(hours=4)), case.letter, case.order, case.turn, "不属于本单位", "roads")
    )
    taught = [one for one in case.changes.inserts if isinstance(one, Example)]
    assert [(one.office_id, one.right) for one in taught] == [("water", False), ("roads", True)]
    assert case.order.state is OrderState.RETURNED
    case.take(routing.rule(Deed(CLERK, at(hours=6)), case.letter, case.order, "roads", "按职责表裁定", limits()))
    right = only(case.changes, Example)
    assert (right.office_id, right.right, right.source) == ("roads", True, ExampleSource.RULING)
    assert (case.order.state, case.order.office_id, case.order.binding) == (OrderState.TO_SIGN, "roads", True)
    assert case.order.answer_due == promised


def test_after_a_ruling_no_office_can_return_the_letter() -> None:
    case = signed_for()
    case.take(
        routing.give_back(Deed(HANDLER, at(hours=4)), case.letter, case.order, case.turn, "不属于本单位", "roads")
    )
    case.take(routing.rule(Deed(CLERK, at(hours=6)), case.letter, case.order, "water", "按职责表裁定", limits()))
    with pytest.raises(IllegalMoveError, match="routing.return.binding"):
        routing.give_back(Deed(HANDLER, at(hours=7)), case.letter, case.order, case.turn, "还是不属于", None)


def test_return_after_two_working_days_is_refused() -> None:
    case = signed_for()
    assert case.turn.return_due.last_day == date(2026, 3, 4)
    with pytest.raises(IllegalMoveError, match="routing.return.late"):
        routing.give_back(Deed(HANDLER, at(days=3)), case.letter, case.order, case.turn, "不属于本单位", None)


def test_return_without_a_reason_is_refused() -> None:
    case = signed_for()
    with pytest.raises(InvalidInputError, match="routing.reason.too_short"):
        routing.give_back(Deed(HANDLER, at(hours=4)), case.letter, case.order, case.turn, " 不 ", None)


def test_refusal_needs_a_known_ground_and_says_where_to_go() -> None:
    case = routed(confident=False)
    deed = Deed(MANAGER, at(hours=1))
    with pytest.raises(InvalidInputError, match="routing.refuse.ground"):
        routing.refuse(deed, case.letter, case.order, (), "no_reason", "请向法院反映")
    with pytest.raises(InvalidInputError, match="routing.refuse.advice"):
        routing.refuse(deed, case.letter, case.order, (), "in_court", "")
    case.take(routing.refuse(deed, case.letter, case.order, (), "in_court", "请向审理法院反映。"))
    assert case.letter.state is LetterState.REFUSED
    assert case.order.state is OrderState.CANCELLED


def test_writer_withdraws_before_the_answer_and_not_after() -> None:
    case = signed_for()
    case.take(routing.withdraw(Deed(WRITER, at(hours=3)), case.letter, (case.order,)))
    assert case.letter.state is LetterState.WITHDRAWN
    with pytest.raises(IllegalMoveError):
        handling.sign_for(Deed(HANDLER, at(hours=4)), case.letter, case.order, case.turn)


def test_intake_sets_three_limits_and_one_job() -> None:
    case = Case()
    assert case.letter.accept_due and case.letter.accept_due.last_day == date(2026, 3, 3)
    assert case.letter.answer_due and case.letter.answer_due.last_day == date(2026, 3, 16)
    assert case.letter.alarm_due and case.letter.alarm_due.start == MONDAY
    assert [(job.kind, job.key) for job in case.changes.jobs] == [("judge", case.letter.id)]
    assert len(case.changes.events) == len(case.changes.audit) == len(case.changes.outbox) == 1


def test_discipline_desk_sends_a_letter_that_denounces_nobody_back_to_the_tray() -> None:
    case = routed(denounces=True)
    with pytest.raises(IllegalMoveError):
        routing.unseal(Deed(CLERK, at(hours=1)), case.letter, case.order, "不是举报公职人员")
    case.take(routing.unseal(Deed(DISCIPLINE, at(hours=1)), case.letter, case.order, "不是举报公职人员"))
    assert (case.letter.sealed, case.order.sealed, case.order.state) == (False, False, OrderState.TO_DISPATCH)
    case.take(routing.dispatch(Deed(CLERK, at(hours=2)), case.letter, case.order, "water", "职责", limits()))
    assert case.order.answer_due == case.letter.answer_due


def test_ordinary_letter_cannot_be_unsealed() -> None:
    with pytest.raises(IllegalMoveError):
        case = routed()
        routing.unseal(Deed(DISCIPLINE, at(hours=1)), case.letter, case.order, "不是举报公职人员")
