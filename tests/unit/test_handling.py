"""Handling, answering and follow-up: the office's side of a letter."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace
from support.office import (
    CALLER,
    CLERK,
    HANDLER,
    MANAGER,
    PARTS,
    REVIEWER,
    SIGNER,
    WRITER,
    Case,
    answered,
    at,
    limits,
    routed,
    signed_for,
)

from minxin.consult import followup, handling, replies
from minxin.consult.decision import Deed
from minxin.consult.records import LetterState, OrderState, Promise, ReplyParts, Satisfaction
from minxin.core.actor import SYSTEM, Actor, Role
from minxin.core.changes import Changes
from minxin.core.errors import IllegalMoveError, InvalidFormError, InvalidInputError


def test_signing_names_the_post_and_never_the_person() -> None:
    case = signed_for()
    (entry,) = case.changes.outbox
    assert entry.payload["data"]["post"] == "承办人"
    assert (case.order.handler_id, case.turn.signed_at) == ("handler", at(hours=1))


def test_another_office_cannot_sign() -> None:
    case = routed()
    stranger = Actor("x", frozenset({Role.HANDLER}), "roads", "承办人")
    with pytest.raises(IllegalMoveError, match=r"moves\.actor"):
        handling.sign_for(Deed(stranger, at(hours=1)), case.letter, case.order, case.turn)


def test_clock_stands_still_while_papers_are_asked_for_and_moves_by_the_pause() -> None:
    case = signed_for()
    before = case.order.answer_due
    assert before is not None and before.last_day == date(2026, 3, 16)
    case.take(handling.ask_papers(Deed(HANDLER, at(hours=2)), case.letter, case.order, "请补充水费单据", limits()))
    assert case.order.state is OrderState.WAITING
    assert case.order.answer_due is not None and case.order.answer_due.instant is None
    case.take(handling.supply_papers(Deed(WRITER, at(days=2)), case.letter, case.order, "见附件", (), [], limits()))
    assert case.order.state is OrderState.IN_PROGRESS
    assert case.order.answer_due.last_day == date(2026, 3, 18)


def test_extension_is_asked_before_lapse_and_approved_by_the_centre() -> None:
    case = signed_for()
    case.take(handling.ask_extension(Deed(HANDLER, at(days=3)), case.letter, case.order, 5, "需要开挖路面", limits()))
    with pytest.raises(IllegalMoveError, match=r"deadline\.extension\.once"):
        handling.ask_extension(Deed(HANDLER, at(days=4)), case.letter, case.order, 2, "还需要时间", limits())
    case.take(handling.decide_extension(Deed(MANAGER, at(days=4)), case.letter, case.order, True, limits()))
    assert case.order.answer_due is not None and case.order.answer_due.last_day == date(2026, 3, 23)
    assert [entry.payload["step"] for entry in case.changes.outbox] == ["extended"]


def test_extension_after_lapse_or_over_ten_days_is_refused() -> None:
    case = signed_for()
    with pytest.raises(IllegalMoveError, match="lapsed"):
        handling.ask_extension(Deed(HANDLER, at(days=20)), case.letter, case.order, 5, "需要开挖路面", limits())
    with pytest.raises(InvalidInputError, match=r"handling\.extension\.days"):
        handling.ask_extension(Deed(HANDLER, at(days=3)), case.letter, case.order, 11, "需要开挖路面", limits())


def test_refused_extension_moves_nothing_and_tells_nobody() -> None:
    case = signed_for()
    before = case.order.answer_due
    case.take(handling.ask_extension(Deed(HANDLER, at(days=3)), case.letter, case.order, 5, "需要开挖路面", limits()))
    case.take(handling.decide_extension(Deed(MANAGER, at(days=4)), case.letter, case.order, False, limits()))
    assert case.order.answer_due == before
    assert not case.changes.outbox


def test_answer_without_its_basis_is_not_sent_to_review() -> None:
    case = signed_for()
    parts = replace(PARTS, basis=" ", remedy="")
    with pytest.raises(InvalidFormError) as caught:
        replies.submit(Deed(HANDLER, at(days=1)), case.letter, case.order, parts, ())
    assert [error.field for error in caught.value.errors] == ["basis", "remedy"]


def test_incomplete_draft_is_kept_as_a_version() -> None:
    case = signed_for()
    case.take(
        replies.save_draft(Deed(HANDLER, at(days=1)), case.letter, case.order, ReplyParts(finding="查了一半"), ())
    )
    assert (case.order.state, len(case.order.drafts)) == (OrderState.IN_PROGRESS, 1)


def test_nobody_approves_or_signs_his_own_draft() -> None:
    case = signed_for()
    everything = Actor("handler", frozenset({Role.HANDLER, Role.REVIEWER, Role.SIGNER}), "water", "承办人")
    case.take(replies.submit(Deed(everything, at(days=1)), case.letter, case.order, PARTS, ()))
    with pytest.raises(IllegalMoveError, match=r"reply\.second_person"):
        replies.approve(Deed(everything, at(days=1)), case.letter, case.order)


def test_sent_back_draft_keeps_the_comment() -> None:
    case = signed_for()
    case.take(replies.submit(Deed(HANDLER, at(days=1)), case.letter, case.order, PARTS, ()))
    case.take(replies.send_back(Deed(REVIEWER, at(days=1, hours=1)), case.letter, case.order, "依据写全称"))
    assert case.order.state is OrderState.IN_PROGRESS
    assert (case.order.drafts[-1].comment, case.order.drafts[-1].comment_by) == ("依据写全称", "科长")


def test_answer_counts_the_working_hours_from_routing() -> None:
    case = answered()
    # Monday 10:00 to Wednesday 12:00 at 7 working hours a day: 6 + 7 + 3.
    assert case.order.working_hours == 16.0
    assert case.order.reply is not None
    assert (case.order.reply.drafted_by, case.order.reply.reviewed_by, case.order.reply.signed_by) == (
        "handler",
        "reviewer",
        "signer",
    )


def _rate(case: Case, level: Satisfaction, actor: Actor = WRITER, reason: str = "") -> Changes:
    return followup.rate(
        Deed(actor, at(days=4)),
        case.letter,
        (),
        case.order,
        level,
        contacted=True,
        solved=None,
        reason=reason,
        limits=limits(),
    )


def test_satisfied_writer_closes_the_letter() -> None:
    case = answered()
    case.take(_rate(case, Satisfaction.SATISFIED))
    assert (case.order.state, case.letter.state) == (OrderState.CLOSED, LetterState.CLOSED)
    assert [event.kind for event in case.changes.events] == ["rated", "closed"]


def test_dissatisfied_writer_has_it_done_again_once_with_fifteen_working_days() -> None:
    case = answered()
    with pytest.raises(InvalidInputError, match=r"followup\.reason\.missing"):
        _rate(case, Satisfaction.DISSATISFIED)
    case.take(_rate(case, Satisfaction.DISSATISFIED, reason="灯还是不亮"))
    assert case.order.state is OrderState.IN_PROGRESS
    assert case.order.answer_due is not None and case.order.answer_due.last_day == date(2026, 3, 27)
    case.take(replies.submit(Deed(HANDLER, at(days=6)), case.letter, case.order, PARTS, ()))
    case.take(replies.approve(Deed(REVIEWER, at(days=6)), case.letter, case.order))
    with pytest.raises(IllegalMoveError, match=r"reply\.redo\.higher"):
        replies.sign_off(Deed(SIGNER, at(days=6)), case.letter, case.order, limits())
    case.take(replies.sign_off(Deed(MANAGER, at(days=6)), case.letter, case.order, limits()))
    case.take(_rate(case, Satisfaction.VERY_DISSATISFIED, reason="没有用"))
    assert case.order.state is OrderState.CLOSED


def test_caller_records_a_rating_but_the_handler_cannot() -> None:
    case = answered()
    with pytest.raises(IllegalMoveError, match=r"moves\.actor"):
        _rate(case, Satisfaction.SATISFIED, HANDLER)
    case.take(_rate(case, Satisfaction.SATISFIED, CALLER))
    assert case.order.rating is not None and case.order.rating.by == "caller"


def test_unrated_answer_is_closed_by_the_house() -> None:
    case = answered()
    case.take(followup.close_unrated(Deed(SYSTEM, at(days=20)), case.letter, (), case.order))
    assert case.letter.state is LetterState.CLOSED


def test_promises_are_read_line_by_line() -> None:
    today = date(2026, 3, 2)
    assert replies.parse_promises("2026-06-30 装好净化器\n", today) == (Promise("装好净化器", date(2026, 6, 30)),)
    for wrong in ("六月底 装好", "2026-06-30", "2026-01-01 早过了"):
        with pytest.raises(InvalidInputError, match=r"reply\.promise\.format"):
            replies.parse_promises(wrong, today)


def test_clerk_supplies_papers_for_a_writer_who_came_in() -> None:
    case = signed_for()
    case.take(handling.ask_papers(Deed(HANDLER, at(hours=2)), case.letter, case.order, "请补充水费单据", limits()))
    case.take(handling.supply_papers(Deed(CLERK, at(hours=5)), case.letter, case.order, "来访送达", (), [], limits()))
    assert case.order.papers[-1].answer == "来访送达"
