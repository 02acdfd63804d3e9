"""Limits as programs read them: until when, by which rule, and where every counted day is explained."""

from __future__ import annotations

from datetime import date, datetime

from minxin.consult.deadlines import DayNote, Due, Light, Pause, light
from minxin.consult.limits import Limits
from minxin.consult.records import OPEN_STATES, Letter, LetterState, OrderState, WorkOrder
from minxin.consult.rulepack import Rule
from minxin.webui.api.operations import PREFIX, Shown
from minxin.webui.i18n import Language


class LimitShown(Shown, frozen=True):
    """When a limit ends. `instant` is exclusive: in time is before it. While the clock stands still it is null, with
    `last_day`. `light` is green, amber, red or paused, and null when the limit does not run any more. `limit` is the
    length as `5wd` (working days), `15d` (calendar days) or `2h` (clock hours). `provisional` says that the count
    touches a year whose calendar is not known yet.
    """

    instant: datetime | None
    last_day: date | None
    light: Light | None
    limit: str
    extension: str | None
    provisional: bool
    rule_id: str
    rule_version: str
    explanation_url: str


class LetterLimits(Shown, frozen=True):
    """The limits that run from the receipt: acceptance (受理) and answer (答复)."""

    accept: LimitShown | None
    answer: LimitShown | None


class OrderLimits(Shown, frozen=True):
    """The limits of a work order: signing for it (签收) and answering (答复)."""

    sign: LimitShown | None
    answer: LimitShown | None


class DayShown(Shown, frozen=True):
    """One day of an explanation: whether it counts, why, and the State Council notice that says so."""

    day: date
    counted: bool
    reason: str
    notice: str | None
    festival: str | None
    provisional: bool


class ExplanationShown(Shown, frozen=True):
    """Why a limit ends on its day (为什么是这一天): the rule's text and its basis, and every day from the event."""

    limit: LimitShown
    rule: str
    basis: str
    days: list[DayShown]


def limit_shown(due: Due, letter_id: str, name: str, running: Light | None, order_id: str = "") -> LimitShown:
    """Return a limit; ``running`` is its light while it runs."""
    where = f"?order={order_id}" if order_id else ""
    return LimitShown(
        instant=due.instant,
        last_day=due.last_day,
        light=running,
        limit=str(due.limit),
        extension=str(due.extension) if due.extension else None,
        provisional=due.provisional,
        rule_id=due.rule_id,
        rule_version=due.rule_version,
        explanation_url=f"{PREFIX}/letters/{letter_id}/limits/{name}{where}",
    )


def limits_at_receipt(letter_id: str, accept: Due | None, answer: Due | None, now: datetime) -> LetterLimits:
    """Return the limits of a receipt, which run."""
    return LetterLimits(
        accept=limit_shown(accept, letter_id, "accept", light(accept, now)) if accept else None,
        answer=limit_shown(answer, letter_id, "answer", light(answer, now)) if answer else None,
    )


def letter_limits(letter: Letter, now: datetime) -> LetterLimits:
    """Return the letter's own limits; they run until it is accepted."""
    runs = letter.state is LetterState.SUBMITTED
    accept, answer = letter.accept_due, letter.answer_due
    return LetterLimits(
        accept=limit_shown(accept, letter.id, "accept", light(accept, now) if runs else None) if accept else None,
        answer=limit_shown(answer, letter.id, "answer", light(answer, now) if runs else None) if answer else None,
    )


def order_limits(order: WorkOrder, now: datetime) -> OrderLimits:
    """Return the work order's limits."""
    sign = answer = None
    if order.sign_due is not None:
        runs = light(order.sign_due, now) if order.state is OrderState.TO_SIGN else None
        sign = limit_shown(order.sign_due, order.letter_id, "sign", runs, order.id)
    if order.answer_due is not None:
        runs = light(order.answer_due, now, order.pauses) if order.state in OPEN_STATES else None
        answer = limit_shown(order.answer_due, order.letter_id, "answer", runs, order.id)
    return OrderLimits(sign=sign, answer=answer)


def explanation_shown(
    limit: LimitShown, due: Due, pauses: tuple[Pause, ...], limits: Limits, language: Language
) -> ExplanationShown:
    """Return the limit with every day that it counts or skips."""
    rule = limits.rule_of(due)
    return ExplanationShown(
        limit=limit,
        rule=_rule_text(rule, language) if rule else "",
        basis=rule.basis if rule else "",
        days=[_day(note) for note in limits.explain(due, pauses).explanation],
    )


def _rule_text(rule: Rule, language: Language) -> str:
    return rule.text_zh if language is Language.ZH else rule.text_en


def _day(note: DayNote) -> DayShown:
    return DayShown(
        day=note.day,
        counted=note.counted,
        reason=note.reason,
        notice=note.notice,
        festival=note.festival,
        provisional=note.provisional,
    )
