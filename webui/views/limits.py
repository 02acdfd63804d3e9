"""Limits as people read them: until when, how far along, and why this date (为什么是这一天)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from babel.dates import get_day_names
from msgspec import Struct
from msgspec.structs import replace

from minxin.consult.access import Case
from minxin.consult.deadlines import DayNote, Due, Light, Pause, Unit, light
from minxin.consult.limits import Limits
from minxin.consult.records import OPEN_STATES, Letter, LetterState, OrderState, Share, WorkOrder
from minxin.consult.rulepack import Rule
from minxin.core.errors import NotFoundError
from minxin.webui.i18n import Language, sentences

NAMES = ("accept", "sign", "answer")


class LimitView(Struct, frozen=True):
    """One limit; ``light`` is None when it does not run any more. ``order_id`` is empty for the letter's own.

    ``number`` is the work order's where the letter has several.
    """

    name: str
    due: Due
    light: Light | None
    order_id: str = ""
    number: str = ""

    @property
    def colour(self) -> str:
        """Return the colour for the macro ``light``."""
        return "grey" if self.light in (None, Light.PAUSED) else str(self.light)


class DayRow(Struct, frozen=True):
    """One day of an explanation in words."""

    day: date
    weekday: str
    counted: bool
    text: str
    notice: str


class Explanation(Struct, frozen=True):
    """Why a limit ends on its day: the rule's sentence and every day from the event on."""

    name: str
    due: Due
    rule: Rule | None
    days: tuple[DayRow, ...]
    unit: str
    extension: str


def brief(due: Due) -> Due:
    """Return the limit without its explanation: two that look alike in a list are then equal."""
    return replace(due, explanation=())


def running(case: Case, now: datetime) -> list[LimitView]:
    """Return the limits that a letter has now: its own until it is routed, then those of each work order."""
    if not case.orders:
        return at_receipt(case.letter, now)
    found: list[LimitView] = []
    for order in case.orders:
        number = "" if order.share is Share.WHOLE else order.number
        if order.state is OrderState.TO_SIGN and order.sign_due is not None:
            found.append(LimitView("sign", order.sign_due, light(order.sign_due, now), order.id, number))
        if order.answer_due is not None and order.state is not OrderState.CANCELLED:
            found.append(LimitView("answer", order.answer_due, _answer_light(order, now), order.id, number))
    return found


def at_receipt(letter: Letter, now: datetime) -> list[LimitView]:
    """Return the limits that run from the letter's receipt."""
    pairs = (("accept", letter.accept_due), ("answer", letter.answer_due))
    runs = letter.state is LetterState.SUBMITTED
    return [LimitView(name, due, light(due, now) if runs else None) for name, due in pairs if due is not None]


def explain(case: Case, name: str, order_id: str, limits: Limits, language: Language) -> Explanation:
    """Count one limit of the case again and put every day into words; raises ``NotFoundError``."""
    due, pauses = _find(case, name, order_id)
    return explanation(name, limits.explain(due, pauses), limits.rule_of(due), language)


def explanation(name: str, due: Due, rule: Rule | None, language: Language) -> Explanation:
    """Return the explained limit in words."""
    return Explanation(
        name,
        due,
        rule,
        tuple(_row(note, language) for note in due.explanation),
        in_words(due.limit.amount, due.limit.unit, language),
        in_words(due.extension.amount, due.extension.unit, language) if due.extension else "",
    )


def in_words(amount: int, unit: Unit, language: Language) -> str:
    """Return a length such as "5 working days"."""
    return sentences().sentence(f"unit.{unit}", language, amount=amount)


def _answer_light(order: WorkOrder, now: datetime) -> Light | None:
    if order.state not in OPEN_STATES or order.answer_due is None:
        return None
    return light(order.answer_due, now, order.pauses)


def _find(case: Case, name: str, order_id: str) -> tuple[Due, Sequence[Pause]]:
    due: Due | None = None
    pauses: Sequence[Pause] = ()
    if order_id:
        order = case.order(order_id)
        due = {"sign": order.sign_due, "answer": order.answer_due}.get(name)
        pauses = order.pauses if name == "answer" else ()
    else:
        due = {"accept": case.letter.accept_due, "answer": case.letter.answer_due}.get(name)
    if due is None:
        raise NotFoundError
    return due, pauses


def _row(note: DayNote, language: Language) -> DayRow:
    words = sentences()
    key = f"festival.{note.festival}"
    festival = words.sentence(key, language) if key in words else note.festival or ""
    weekday = get_day_names("abbreviated", locale=language.locale)[note.day.weekday()]
    text = words.sentence(f"day.{note.reason}", language, festival=festival)
    return DayRow(note.day, weekday, note.counted, text, note.notice or "")
