"""The reply gate (答复质检) at the office: what is checked before an answer is signed, and who may sign all the same.

The gate blocks nothing. A signature in spite of a warning needs a reason, which the letter's events keep.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final

from msgspec.structs import asdict

from minxin.consult.deadlines import local_day
from minxin.consult.parts import points_of
from minxin.consult.ports import ReplyGate
from minxin.consult.records import Letter, Promise, Reply, ReplyParts, WorkOrder
from minxin.core.errors import InvalidInputError
from minxin.core.reply_check import EarlierAnswer, Finding, Flaw, ReplyCheck, ReplyToCheck, Severity

REASON_MIN: Final = 5
REASON_MAX: Final = 300
PART_MIN: Final = 2
BLANK: Final = "＿＿"
# How many of the office's last answers one is compared with.
EARLIER: Final = 20
_LONG_NUMBER: Final = re.compile(r"\d(?:[ -]?\d){6,}[xX]?")


def missing_parts(parts: ReplyParts) -> tuple[str, ...]:
    """Return the names of the parts that an answer must hold and this one does not (rules: 答复 must hold)."""
    return tuple(name for name in parts.__struct_fields__ if len(getattr(parts, name).strip()) < PART_MIN)


def blank_parts(parts: ReplyParts) -> tuple[str, ...]:
    """Return the names of the parts that still have a blank of their skeleton."""
    return tuple(name for name in parts.__struct_fields__ if BLANK in getattr(parts, name))


def check_reply(
    gate: ReplyGate,
    letter: Letter,
    order: WorkOrder,
    parts: ReplyParts,
    promises: Sequence[Promise],
    *,
    earlier: Sequence[EarlierAnswer],
    now: datetime,
) -> ReplyCheck:
    """Return what is wrong with an answer as it would be sent now, warnings first."""
    today = local_day(now)
    reply = ReplyToCheck(
        subject=letter.subject,
        body=letter.text,
        points=points_of(letter, order),
        parts=asdict(parts),
        promises=tuple(promise.text for promise in promises),
        today=today,
        earlier=(*_first_answer(order), *earlier),
    )
    check = gate.check(reply)
    findings = [*_part_findings(parts), *_promise_findings(promises, today), *check.findings, *_late(order, now)]
    return ReplyCheck(tuple(sorted(findings, key=lambda one: one.severity is Severity.NOTE)), check.answers)


def earlier_answers(orders: Iterable[WorkOrder], letters: Iterable[Letter]) -> list[EarlierAnswer]:
    """Return the answers of work orders beside their letters; those whose letter is not given are left out."""
    by_id = {letter.id: letter for letter in letters}
    return [
        EarlierAnswer(order.number, f"{letter.subject}\n{letter.text}", own_words(order.reply))
        for order in orders
        if order.reply is not None and (letter := by_id.get(order.letter_id)) is not None
    ]


def own_words(reply: Reply) -> str:
    """Return what an answer says of its own letter; basis, contact and remedy are the same in many."""
    return f"{reply.parts.finding}\n{reply.parts.result}"


def overruling(check: ReplyCheck, reason: str) -> dict[str, Any]:
    """Return what the event of a signature says of the gate: nothing without warnings, else those and the reason.

    Long numbers (telephones, ID numbers, accounts) are taken out of the reason, since events can't be erased. Raises
    ``InvalidInputError`` ``gate.reason`` when there are warnings and the reason is shorter than :data:`REASON_MIN`,
    and ``gate.reason_too_long`` when it is longer than :data:`REASON_MAX`.
    """
    if not check.warnings:
        return {}
    reason = reason.strip()
    if len(reason) < REASON_MIN:
        raise InvalidInputError("gate.reason", field="reason", least=REASON_MIN)
    if len(reason) > REASON_MAX:
        raise InvalidInputError("gate.reason_too_long", field="reason", most=REASON_MAX)
    flaws = list(dict.fromkeys(one.flaw.value for one in check.warnings))
    return {"in_spite_of": flaws, "reason": _LONG_NUMBER.sub("〔号码〕", reason)}


def _first_answer(order: WorkOrder) -> tuple[EarlierAnswer, ...]:
    """Return the answer that a redo must not repeat."""
    return (EarlierAnswer(order.number, "", own_words(order.redo.first_reply)),) if order.redo else ()


def _part_findings(parts: ReplyParts) -> list[Finding]:
    missing = [Finding(Flaw.PART_MISSING, Severity.WARNING, name) for name in missing_parts(parts)]
    return missing + [Finding(Flaw.BLANK_LEFT, Severity.WARNING, name) for name in blank_parts(parts)]


def _promise_findings(promises: Sequence[Promise], today: date) -> list[Finding]:
    return [
        Finding(Flaw.DAY_PAST, Severity.WARNING, "promises", 0, len(one.text), one.text, one.until.isoformat())
        for one in promises
        if one.until < today
    ]


def _late(order: WorkOrder, now: datetime) -> list[Finding]:
    due = order.answer_due
    if due is None or due.instant is None or now < due.instant:
        return []
    return [Finding(Flaw.LATE, Severity.NOTE, about=due.last_day.isoformat() if due.last_day else "")]
