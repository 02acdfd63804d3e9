"""Matters and plans as people read them: cases in words, and what is printed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Final

from babel.dates import format_date

from minxin.consult.matters.cases import PaperNeed
from minxin.consult.matters.passages import yuan
from minxin.consult.matters.planner import Plan, PlannedMatter
from minxin.consult.matters.records import Form, Matter, Question, When
from minxin.webui.handouts import Block, Handout
from minxin.webui.i18n import Language, translations

BOX: Final = "□"
_FORM_ROW_MM: Final = 11.0
Gettext = Callable[[str], str]


def case_text(when: When, questions: Iterable[Question]) -> str:
    """Return a case in the words of its questions and answers; empty for what always holds."""
    known = {question.id: question for question in questions}
    return "；".join(_case(known[asked], options) for asked, options in when.items() if asked in known)


def _case(question: Question, options: Iterable[str]) -> str:
    texts = {option.id: option.text for option in question.options}
    return f"{question.text}{'、'.join(texts[one] for one in options)}"


def form_handout(matter: Matter, form: Form, language: Language) -> Handout:
    """Return a form of a matter as it is printed: a line for each field, the declaration, and room to sign."""
    _ = translations(language).gettext
    lines = tuple((name, "") for name in form.fields)
    signed = ((_("Signature of the applicant"), ""), (_("Date of signature"), ""))
    return Handout(
        title=form.name,
        facts=((_("Matter"), f"{matter.name}（{matter.id}）"),),
        blocks=(
            Block(_("To be filled in"), (), lines, (3, 9), _FORM_ROW_MM),
            Block(form.declaration or _("Declaration"), (), signed, (3, 9), _FORM_ROW_MM),
        ),
        foot="；".join(matter.basis),
    )


def plan_handout(plan: Plan, offices: Mapping[str, str], city: str, language: Language) -> Handout:
    """Return a plan as it is printed: papers first, to be ticked off, then the ways in their order."""
    _ = translations(language).gettext
    numbers = {one.matter.id: str(number) for number, one in enumerate(plan.matters, start=1)}
    return Handout(
        title=f"{city} · {_('My list of what to do')}",
        facts=(
            (_("Matters to do"), "；".join(f"{numbers[one.matter.id]}. {one.matter.name}" for one in plan.matters)),
            (_("How long it takes"), takes(plan, _, language)),
            (_("What it costs"), f"{yuan(plan.fen)} {_('yuan')}"),
            *(
                ((_("My answers"), "；".join(_case(asked, [option]) for asked, option in plan.answered)),)
                * bool(plan.answered)
            ),
        ),
        blocks=(
            Block(
                _("Papers to bring"),
                ("", _("Paper"), _("Original"), _("Copies"), _("For matter")),
                tuple(_paper_row(one, plan, numbers, _) for one in plan.papers),
                (1, 11, 4, 2, 3),
            ),
            Block(
                _("What to do, in this order"),
                ("", _("Matter"), _("How it is done"), _("Where to go")),
                tuple(_matter_row(one, numbers, offices, _, language) for one in plan.matters),
                (1, 6, 8, 10),
            ),
        ),
        foot=_("Made from the city's catalogue of matters; what the window says on the day holds."),
    )


def takes(plan: Plan, _: Gettext, language: Language) -> str:
    """Return how long the whole takes, with both days."""
    told = _("%(days)s (%(first)s to %(last)s)") % {
        "days": _days(plan.working_days, language),
        "first": day(plan.starts_on, language),
        "last": day(plan.ends_on, language),
    }
    unsure = _("the calendar of a year is not out yet")
    return f"{told} ({unsure})" if plan.provisional else told


def _days(count: int, language: Language) -> str:
    words = translations(language).ngettext("%(num)d working day", "%(num)d working days", count)
    return words % {"num": count}


def day(when: date, language: Language) -> str:
    """Return a date as people write it."""
    return format_date(when, "yyyy年M月d日" if language is Language.ZH else "d MMM yyyy", locale=language.locale)


def originals(need: PaperNeed, _: Gettext) -> str:
    """Return how many originals are needed, and how many of them the office keeps."""
    if not need.originals:
        return "–"
    if not need.kept:
        return f"{need.originals}（{_('to show')}）"
    if need.kept == need.originals:
        return f"{need.originals}（{_('handed in')}）"
    return f"{need.originals}（{_('handed in')} {need.kept}）"


def _paper_row(need: PaperNeed, plan: Plan, numbers: Mapping[str, str], _: Gettext) -> tuple[str, ...]:
    notes = list(need.notes)
    if need.matter in plan.codes:
        notes.append(f"{_('you get it with matter')} {numbers[need.matter]}")
    name = f"{need.name}（{'；'.join(notes)}）" if notes else need.name
    used = "、".join(numbers[code] for code in need.codes)
    return BOX, name, originals(need, _), str(need.copies or "–"), used


def _matter_row(
    one: PlannedMatter, numbers: Mapping[str, str], offices: Mapping[str, str], _: Gettext, language: Language
) -> tuple[str, ...]:
    matter = one.matter
    told = [matter.name]
    if one.added:
        told.append(f"{_('must be done before')}：{one.why}" if one.why else _("must be done before"))
    if one.after:
        told.append(f"{_('comes after')} {'、'.join(numbers[code] for code in one.after)}")
    told.append(limit_text(one, _, language))
    told += [f"{fee.name} {yuan(fee.fen)} {_('yuan')}" for fee in one.fees]
    where = [text for window in matter.windows[:1] for text in (window.name, window.address, window.hours)]
    where += [f"{_('can be done online')}: {matter.online}"] if matter.online else []
    return (
        numbers[matter.id],
        "\n".join(told),
        " ".join(f"{number}) {step}" for number, step in enumerate(one.steps, start=1)),
        "\n".join([offices.get(matter.office_id, ""), *where]),
    )


def limit_text(one: PlannedMatter, _: Gettext, language: Language) -> str:
    """Return how long a matter takes, and by which day it is done."""
    if not one.limit.promised:
        return _("done while you wait")
    told = {"days": _days(one.limit.promised, language), "day": day(one.ends_on, language)}
    return _("%(days)s, done by %(day)s") % told
