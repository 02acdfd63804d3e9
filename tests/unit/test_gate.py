from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from msgspec.structs import replace
from support.office import HANDLER, PARTS, REVIEWER, SIGNER, WRITER, Case, at, limits, only, signed_for

from minxin.consult import followup, gate, replies
from minxin.consult.decision import Deed
from minxin.consult.kept_judgement import as_kept
from minxin.consult.records import Promise, ReplyParts, Satisfaction, WorkOrder
from minxin.core.errors import InvalidInputError
from minxin.core.judgement import Point, PointKind
from minxin.core.reply_check import EarlierAnswer, Finding, Flaw, ReplyCheck, ReplyToCheck, Severity

WARNING = Finding(Flaw.BRUSH_OFF, Severity.WARNING, "result", 0, 7, "请耐心等待。")
NOTE = Finding(Flaw.OFFICIALESE, Severity.NOTE, "finding", 0, 3, "砥砺前行")


class Told:
    """A gate that says what it is told to, and remembers what it was asked."""

    def __init__(self, *findings: Finding) -> None:
        self.findings = findings
        self.asked: list[ReplyToCheck] = []

    def check(self, reply: ReplyToCheck) -> ReplyCheck:
        self.asked.append(reply)
        return ReplyCheck(self.findings)


def approved() -> Case:
    case = signed_for()
    case.take(replies.submit(Deed(HANDLER, at(days=1)), case.letter, case.order, PARTS, ()))
    return case.take(replies.approve(Deed(REVIEWER, at(days=1)), case.letter, case.order))


def sign(case: Case, *findings: Finding, reason: str = "") -> Case:
    deed = Deed(SIGNER, at(days=1))
    return case.take(replies.sign_off(deed, case.letter, case.order, limits(), ReplyCheck(findings), reason))


def checked(
    told: Told,
    parts: ReplyParts = PARTS,
    promises: Sequence[Promise] = (),
    *,
    days: float = 1,
    case: Case | None = None,
) -> ReplyCheck:
    case = case or signed_for()
    return gate.check_reply(told, case.letter, case.order, parts, promises, earlier=(), now=at(days=days))


@pytest.mark.parametrize("reason", ["", "  可以  ", "四个字的"])
def test_a_signature_in_spite_of_a_warning_needs_a_reason(reason: str) -> None:
    with pytest.raises(InvalidInputError, match=r"gate\.reason") as caught:
        sign(approved(), WARNING, reason=reason)
    assert (caught.value.field, caught.value.params["least"]) == ("reason", gate.REASON_MIN)


def test_a_reason_that_is_too_long_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"gate\.reason_too_long"):
        sign(approved(), WARNING, reason="长" * (gate.REASON_MAX + 1))


def test_the_event_of_the_signature_keeps_the_warnings_and_the_reason() -> None:
    case = sign(approved(), NOTE, WARNING, WARNING, reason=" 来信人电话 13800001111，已当面说明 ")
    (event,) = case.changes.events
    assert event.data["in_spite_of"] == ["brush_off"]
    assert event.data["reason"] == "来信人电话 〔号码〕，已当面说明"


def test_without_a_warning_no_reason_is_asked_for_or_kept() -> None:
    case = sign(approved(), NOTE, reason="多写的理由不保存")
    assert only(case.changes, WorkOrder).reply is not None
    assert "reason" not in case.changes.events[0].data


def test_missing_parts_blanks_and_past_promises_are_found() -> None:
    promises = (Promise("修好", date(2026, 3, 1)), Promise("检查", date(2026, 3, 30)))
    parts = replace(PARTS, basis="", result="计划＿＿修好")
    found = checked(Told(NOTE), parts, promises).findings
    assert [(one.flaw, one.part, one.about) for one in found] == [
        (Flaw.PART_MISSING, "basis", ""),
        (Flaw.BLANK_LEFT, "result", ""),
        (Flaw.DAY_PAST, "promises", "2026-03-01"),
        (Flaw.OFFICIALESE, "finding", ""),
    ]


def test_an_answer_after_its_limit_is_only_noted() -> None:
    assert checked(Told()).findings == ()
    (late,) = checked(Told(), days=60).findings
    assert (late.flaw, late.severity, late.about) == (Flaw.LATE, Severity.NOTE, "2026-03-16")


def test_the_gate_is_given_the_letters_points_and_the_parts() -> None:
    case, told = signed_for(), Told()
    point = Point(5, 18, "路灯坏了", PointKind.COMPLAINT)
    assert case.letter.judgement is not None
    case.letter = replace(case.letter, judged=as_kept(replace(case.letter.judgement, points=(point,))))
    checked(told, case=case)
    assert (told.asked[0].points, told.asked[0].earlier) == ((point,), ())
    assert told.asked[0].parts == {name: getattr(PARTS, name) for name in PARTS.__struct_fields__}


def test_an_earlier_answer_stands_beside_its_letter_and_a_redo_is_compared_with_the_first() -> None:
    case = sign(approved())
    (earlier,) = gate.earlier_answers([case.order], [case.letter])
    assert (earlier.number, earlier.answer) == (case.order.number, f"{PARTS.finding}\n{PARTS.result}")
    assert case.letter.text in earlier.letter
    assert gate.earlier_answers([case.order], []) == []

    told = Told()
    bad = followup.rate(
        Deed(WRITER, at(days=3)),
        case.letter,
        (),
        case.order,
        Satisfaction.DISSATISFIED,
        contacted=True,
        solved=False,
        reason="灯还是不亮",
        limits=limits(),
    )
    checked(told, case=case.take(bad), days=4)
    assert told.asked[0].earlier == (EarlierAnswer(case.order.number, "", earlier.answer),)
