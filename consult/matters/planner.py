"""The planner (办事清单): for one matter or several, what to ask, and then the citizen's own ordered list. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from minxin.consult.deadlines import Limit as DayLimit
from minxin.consult.deadlines import Unit, day_begins, due
from minxin.consult.matters.cases import (
    Answers,
    Catalogue,
    Fact,
    PaperNeed,
    facts_of,
    longest_wait,
    questions_left,
    questions_of,
    shaping,
    together,
)
from minxin.consult.matters.records import Fee, Limit, Matter, Prerequisite, Question, Step
from minxin.core.calendar import Calendar
from minxin.core.errors import InvalidFormError, InvalidInputError

MOST_MATTERS: Final = 12
_DAY: Final = timedelta(days=1)
Befores: TypeAlias = dict[str, Prerequisite]


class PlannedMatter(Struct, frozen=True):
    """A matter in its place: ``after`` are the codes that come before it, ``added`` that the citizen did not choose it.

    It begins on ``starts_on`` at the earliest and is done on ``ends_on`` at the latest. ``critical`` says that the
    whole takes longer when this does. ``why`` is the reason that another matter gives for it.
    """

    matter: Matter
    added: bool
    why: str
    after: tuple[str, ...]
    steps: tuple[str, ...]
    limit: Limit
    fees: tuple[Fee, ...]
    starts_on: date
    ends_on: date
    critical: bool


class Plan(Struct, frozen=True):
    """The citizen's own list: matters in order, papers once each, the days it takes, and what it costs.

    ``working_days`` lie after ``starts_on``, the first working day, up to ``ends_on``. ``answered`` are the questions
    with the answers that shaped it. ``provisional`` says that a year without a calendar is touched.
    """

    matters: tuple[PlannedMatter, ...]
    papers: tuple[PaperNeed, ...]
    answered: tuple[tuple[Question, str], ...]
    starts_on: date
    ends_on: date
    working_days: int
    provisional: bool
    fen: int

    @property
    def codes(self) -> frozenset[str]:
        """Return the codes of all matters of the plan."""
        return frozenset(one.matter.id for one in self.matters)


class Inquiry(Struct, frozen=True):
    """Where the planner is: the questions that still change the outcome, and the plan once there are none."""

    left: tuple[Question, ...]
    plan: Plan | None


def inquire(chosen: Sequence[str], catalogue: Catalogue, answers: Answers, today: date, calendar: Calendar) -> Inquiry:
    """Return what is still to be asked or, when nothing is, the plan that begins on ``today``.

    Answers to questions that change nothing are allowed and change nothing. Raises ``InvalidFormError`` for no matter
    or too many, one that is not in the catalogue, a question or option that there is not.
    """
    wanted = tuple(dict.fromkeys(chosen))
    _check(wanted, catalogue, answers)
    left = questions_left(wanted, catalogue, answers)
    if left:
        return Inquiry(tuple(left), None)
    return Inquiry((), _plan(wanted, catalogue, answers, today, calendar))


def _check(chosen: Sequence[str], catalogue: Catalogue, answers: Answers) -> None:
    unknown = [code for code in chosen if code not in catalogue]
    faults = [InvalidInputError("plan.matters.unknown", field="matters", code=code) for code in unknown]
    if not chosen:
        faults.append(InvalidInputError("plan.matters.none", field="matters"))
    if len(chosen) > MOST_MATTERS:
        faults.append(InvalidInputError("plan.matters.many", field="matters", most=MOST_MATTERS))
    if not faults:
        known = questions_of(chosen, catalogue)
        faults = [fault for one in answers.items() if (fault := _answer_fault(*one, known)) is not None]
    if faults:
        raise InvalidFormError(faults)


def _answer_fault(asked: str, option: str, known: Mapping[str, Question]) -> InvalidInputError | None:
    if asked not in known:
        return InvalidInputError("plan.answers.unknown", field="answers", question=asked)
    if option not in {one.id for one in known[asked].options}:
        return InvalidInputError("plan.answers.option", field="answers", question=known[asked].text)
    return None


def _plan(chosen: Sequence[str], catalogue: Catalogue, answers: Answers, today: date, calendar: Calendar) -> Plan:
    known = questions_of(chosen, catalogue)
    # What has no answer changes nothing, so any option will do.
    supposed = {one.id: answers.get(one.id, one.options[0].id) for one in known.values()}
    facts = facts_of(chosen, catalogue)
    papers = [need for fact in facts if fact.kind == "paper" and (need := together(fact.under(supposed)))]
    befores = _befores(facts, papers, supposed)
    order = _in_order(chosen, befores)
    timetable = _Timetable(calendar, today)
    for code in order:
        timetable.add(code, _limit(facts, code, supposed), befores[code])
    critical = timetable.critical()
    matters = tuple(
        PlannedMatter(
            matter=catalogue[code],
            added=code not in chosen,
            why=next((before.why for one in befores.values() if (before := one.get(code)) and before.why), ""),
            after=tuple(one for one in order if one in befores[code]),
            steps=tuple(step.text for step in _values(facts, "step", code, supposed) if isinstance(step, Step)),
            limit=_limit(facts, code, supposed),
            fees=tuple(fee for fee in _values(facts, "fee", code, supposed) if isinstance(fee, Fee)),
            starts_on=timetable.begins[code],
            ends_on=timetable.ends[code],
            critical=code in critical,
        )
        for code in order
    )
    return Plan(
        matters=matters,
        papers=_by_matter(papers, order),
        answered=tuple((known[one], answers[one]) for one in shaping(chosen, catalogue, answers)),
        starts_on=timetable.start,
        ends_on=max(timetable.ends.values()),
        working_days=timetable.working_days(),
        provisional=timetable.provisional,
        fen=sum(fee.fen for one in matters for fee in one.fees),
    )


def _by_matter(papers: Iterable[PaperNeed], order: Sequence[str]) -> tuple[PaperNeed, ...]:
    """Return the papers in the order of the matters that they are for."""
    found = [replace(need, codes=tuple(sorted(need.codes, key=order.index))) for need in papers]
    return tuple(sorted(found, key=lambda need: order.index(need.codes[0])))


def _values(facts: Iterable[Fact], kind: str, code: str, answers: Answers) -> list[object]:
    return [use.value for fact in facts if fact.kind == kind for use in fact.under(answers) if use.code == code]


def _limit(facts: Iterable[Fact], code: str, answers: Answers) -> Limit:
    return next(one for one in _values(facts, "limit", code, answers) if isinstance(one, Limit))


def _befores(facts: Sequence[Fact], papers: Iterable[PaperNeed], answers: Answers) -> dict[str, Befores]:
    """Return for each matter of the plan those that come before it: what it requires, and what issues its papers."""
    found: dict[str, Befores] = {fact.key: {} for fact in facts if fact.kind == "matter" and fact.under(answers)}
    for need in papers:
        for code, issuing in need.issued:
            if issuing in found:
                found[code][issuing] = Prerequisite(matter=issuing)
    for fact in facts:
        held = fact.under(answers) if fact.kind == "before" else []
        required = longest_wait(held)
        if required is not None and required.matter in found:
            found[held[0].code][required.matter] = required
    return found


def _in_order(chosen: Sequence[str], befores: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the matters so that each comes after what must be done before it, else in the citizen's own order."""
    order: list[str] = []

    def visit(code: str) -> None:
        if code not in order:
            for before in befores[code]:
                visit(before)
            order.append(code)

    for code in (*(one for one in chosen if one in befores), *befores):
        visit(code)
    return order


class _Timetable:
    """The days of the matters, added in order; a matter begins when all before it are done."""

    def __init__(self, calendar: Calendar, today: date) -> None:
        self._calendar = calendar
        self.provisional = False
        self.start = self._worked(today)
        self.begins: dict[str, date] = {}
        self.ends: dict[str, date] = {}
        self._because: dict[str, str] = {}

    def add(self, code: str, limit: Limit, befores: Mapping[str, Prerequisite]) -> None:
        """Count the days of a matter whose predecessors were added before."""
        begins = self.start
        for before, requires in befores.items():
            ready = self._worked(self.ends[before] + _DAY * requires.wait_days)
            if ready >= begins:
                begins, self._because[code] = ready, before
        self.begins[code] = begins
        self.ends[code] = self._after(begins, limit.promised)

    def critical(self) -> frozenset[str]:
        """Return the matters of the longest way: what ends last, what that waited for, and so on."""
        code: str | None = max(self.ends, key=lambda one: self.ends[one])
        found = set()
        while code is not None:
            found.add(code)
            code = self._because.get(code)
        return frozenset(found)

    def working_days(self) -> int:
        """Return how many working days lie after the first day up to the last."""
        days = (max(self.ends.values()) - self.start).days
        return sum(self._status(self.start + _DAY * one) for one in range(1, days + 1))

    def _after(self, day: date, working_days: int) -> date:
        if not working_days:
            return day
        end = due(day_begins(day), DayLimit(working_days, Unit.WORKING_DAYS), self._calendar)
        self.provisional |= end.provisional
        if end.last_day is None:
            raise ValueError("a limit without a pause has an end")
        return end.last_day

    def _worked(self, day: date) -> date:
        """Return the day, or the first working day after it."""
        while not self._status(day):
            day += _DAY
        return day

    def _status(self, day: date) -> bool:
        status = self._calendar.status(day)
        self.provisional |= status.provisional
        return status.working
