"""What a plan may hold, each thing with the cases in which it does, and on which answers it hangs (情形分析).

A *fact* is one thing that a plan may hold: a matter, a paper, a step, a limit, a fee. It has *uses*, each for a case:
the answers that bring it about. A question is worth asking when some fact comes out otherwise for one of its options
than for another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from itertools import product
from math import prod
from typing import Any, Final, TypeAlias

from msgspec import Struct

from minxin.consult.matters.records import Fee, Limit, Matter, Paper, Prerequisite, Question, Step, When

Answers: TypeAlias = Mapping[str, str]
Catalogue: TypeAlias = Mapping[str, Matter]
Value: TypeAlias = Paper | Step | Limit | Fee | Prerequisite | None

# Beyond so many cases of one fact every question that it names is held to matter: to ask once too often does no harm.
MOST_CASES: Final = 5_000
SEVERAL: Final = 2


class Use(Struct, frozen=True):
    """A fact's part in one case: the matter that it is for, its place in that matter's list, and what it is there."""

    case: When
    code: str
    index: int
    value: Value


class Fact(Struct, frozen=True):
    """One thing that a plan may hold: its kind, what tells it apart among its kind, and its uses."""

    kind: str
    key: str
    uses: tuple[Use, ...]

    def under(self, answers: Answers) -> list[Use]:
        """Return the uses that hold under these answers, once each, in the order of the catalogue."""
        held = {(use.code, use.index): use for use in self.uses if holds(use.case, answers)}
        return list(held.values())


def holds(case: When, answers: Answers) -> bool:
    """Say whether the answers bring the case about; a question without an answer does not."""
    return all(answers.get(question) in options for question, options in case.items())


def facts_of(chosen: Sequence[str], catalogue: Catalogue) -> list[Fact]:
    """Return everything that a plan for the chosen matters may hold, in the order in which matters come up."""
    found: dict[tuple[str, str], list[Use]] = {}
    for code, cases in _reached(chosen, catalogue).items():
        for kind, key, index, value, when in _parts(catalogue[code], chosen):
            uses = found.setdefault((kind, key), [])
            joined = [_both(case, when) for case in cases]
            uses += [Use(case, code, index, value) for case in joined if case is not None]
    return [Fact(kind, key, tuple(uses)) for (kind, key), uses in found.items()]


def questions_of(chosen: Sequence[str], catalogue: Catalogue) -> dict[str, Question]:
    """Return every question of the chosen matters and of those that may have to come before, by id."""
    codes = _reached(chosen, catalogue)
    return {question.id: question for code in codes for question in catalogue[code].questions}


def questions_left(chosen: Sequence[str], catalogue: Catalogue, answers: Answers) -> list[Question]:
    """Return the questions whose answer still changes the plan, the one on which most hangs first."""
    known = questions_of(chosen, catalogue)
    options = _options(known)
    hanging: Counter[str] = Counter()
    for fact in facts_of(chosen, catalogue):
        hanging.update(_hangs_on(fact, options, answers))
    order = list(known)
    return [known[one] for one in sorted(hanging, key=lambda one: (-hanging[one], order.index(one)))]


def shaping(chosen: Sequence[str], catalogue: Catalogue, answers: Answers) -> list[str]:
    """Return the questions whose answer changes something beside the other answers."""
    options = _options(questions_of(chosen, catalogue))
    facts = facts_of(chosen, catalogue)
    found = []
    for asked in answers:
        others = {one: option for one, option in answers.items() if one != asked}
        about = [fact for fact in facts if any(asked in use.case for use in fact.uses)]
        if any(asked in _hangs_on(fact, options, others) for fact in about):
            found.append(asked)
    return found


def _options(known: Mapping[str, Question]) -> dict[str, list[str]]:
    return {one.id: [option.id for option in one.options] for one in known.values()}


def _reached(chosen: Sequence[str], catalogue: Catalogue) -> dict[str, list[When]]:
    """Return the matters that may be in the plan, each with the cases in which it is; who needs comes before what is
    needed, the chosen ones in their order."""
    needs: dict[str, list[str]] = {}
    waiting = list(chosen)
    while waiting:
        code = waiting.pop(0)
        if code not in needs:
            needs[code] = [one.matter for one in catalogue[code].prerequisites if one.matter in catalogue]
            waiting += needs[code]
    cases: dict[str, list[When]] = {code: [{}] if code in chosen else [] for code in needs}
    for code in reversed(list(TopologicalSorter(needs).static_order())):
        for one in catalogue[code].prerequisites:
            if one.matter in cases:
                joined = [_both(case, one.when) for case in cases[code]]
                cases[one.matter] += [case for case in joined if case is not None]
    return {code: [{}] if {} in found else found for code, found in cases.items() if found}


def _parts(matter: Matter, chosen: Sequence[str]) -> Iterator[tuple[str, str, int, Value, When]]:
    yield "matter", matter.id, 0, None, {}
    for index, paper in enumerate(matter.papers):
        yield "paper", paper.name, index, paper, paper.when
    for index, step in enumerate(matter.steps):
        yield "step", f"{matter.id}:{index}", index, step, step.when
    for index, limit in enumerate(matter.limits):
        yield "limit", matter.id, index, limit, limit.when
    for index, fee in enumerate(matter.fees):
        yield "fee", f"{matter.id}:{index}", index, fee, fee.when
    for index, one in enumerate(matter.prerequisites):
        # Of two matters that are wanted anyhow, the one goes first, whatever the case.
        yield "before", f"{matter.id}:{one.matter}", index, one, {} if one.matter in chosen else one.when


def _both(one: When, other: When) -> When | None:
    """Return the case in which both hold, or None when they exclude each other."""
    joined = dict(one)
    for question, options in other.items():
        joined[question] = tuple(option for option in joined.get(question, options) if option in options)
        if not joined[question]:
            return None
    return joined


def _hangs_on(fact: Fact, options: Mapping[str, Sequence[str]], answers: Answers) -> set[str]:
    """Return the questions without an answer for which some pair of options makes the fact another."""
    uses = [use for use in fact.uses if _possible(use.case, answers)]
    groups = {use.code: [one for one in uses if one.code == use.code] for use in uses}
    if len(groups) < SEVERAL:
        return _telling(uses, options, answers, lambda held: worth(fact.kind, held))
    # Whether a matter wants the paper at all always shows. What it wants of it may be hidden by what another one wants,
    # and only then all matters must be looked at together, which takes far more cases.
    sure = set().union(*(_telling(group, options, answers, bool) for group in groups.values()))
    perhaps = set().union(*(_telling(group, options, answers, together) for group in groups.values())) - sure
    return sure | (perhaps & _telling(uses, options, answers, together) if perhaps else set())


def _telling(
    uses: Sequence[Use], options: Mapping[str, Sequence[str]], answers: Answers, value_of: Callable[[list[Use]], Any]
) -> set[str]:
    """Return the questions without an answer of which some pair of options gives the uses another value."""
    asked = list(dict.fromkeys(question for use in uses for question in use.case if question not in answers))
    classes = [_told_apart(question, options[question], uses) for question in asked]
    if prod(len(one) for one in classes) > MOST_CASES:
        return set(asked)
    seen = {case: value_of(_held(uses, asked, case, answers)) for case in product(*classes)}
    return {
        question
        for place, question in enumerate(asked)
        if any(value != seen[(*case[:place], classes[place][0], *case[place + 1 :])] for case, value in seen.items())
    }


def _possible(case: When, answers: Answers) -> bool:
    return all(answers[question] in options for question, options in case.items() if question in answers)


def _told_apart(question: str, options: Sequence[str], uses: Sequence[Use]) -> list[str]:
    """Return one option of each kind that the uses tell apart."""
    kinds = {
        tuple(option in use.case[question] for use in uses if question in use.case): option
        for option in reversed(options)
    }
    return list(kinds.values())


def _held(uses: Sequence[Use], asked: Sequence[str], case: Sequence[str], answers: Answers) -> list[Use]:
    supposed = {**answers, **dict(zip(asked, case, strict=True))}
    held = {(use.code, use.index): use for use in uses if holds(use.case, supposed)}
    return list(held.values())


def worth(kind: str, held: Sequence[Use]) -> Any:
    """Return what the uses that hold come to in a plan: two cases are told apart by it alone."""
    if kind == "paper":
        return together(held)
    if kind == "limit":
        first = min(held, key=lambda use: use.index, default=None)
        return (first.value.promised, first.value.statutory) if first and isinstance(first.value, Limit) else None
    if kind == "before":
        # In which cases it is required shows nowhere in a plan.
        required = longest_wait(held)
        return (required.why, required.wait_days) if required else None
    return bool(held)


def longest_wait(held: Sequence[Use]) -> Prerequisite | None:
    """Return what one matter requires of another, the one that waits longest of several."""
    found = [use.value for use in held if isinstance(use.value, Prerequisite)]
    return max(found, key=lambda one: one.wait_days, default=None)


class PaperNeed(Struct, frozen=True):
    """A paper as one brings it for all matters at once: how many originals (``kept`` of them stay there), copies.

    ``codes`` are the matters that it is for, ``issued`` says for which of them another matter issues it, and which.
    """

    name: str
    originals: int
    kept: int
    copies: int
    issuer: str
    notes: tuple[str, ...]
    codes: tuple[str, ...]
    issued: tuple[tuple[str, str], ...]

    @property
    def matter(self) -> str:
        """Return the code of the one matter by which it is got for all, or nothing when there is none such."""
        found = {matter for _, matter in self.issued}
        return found.pop() if len(found) == 1 and {code for code, _ in self.issued} == set(self.codes) else ""


def together(held: Sequence[Use]) -> PaperNeed | None:
    """Return one paper for all its uses: an original that is shown serves everywhere, what is handed in adds up."""
    papers = [(use.code, use.value) for use in held if isinstance(use.value, Paper)]
    if not papers:
        return None
    kept = sum(paper.originals for _, paper in papers if paper.keeps)
    shown = max((paper.originals for _, paper in papers if not paper.keeps), default=0)
    return PaperNeed(
        name=papers[0][1].name,
        originals=max(kept, shown),
        kept=kept,
        copies=sum(paper.copies for _, paper in papers),
        issuer=next((paper.issuer for _, paper in papers if paper.issuer), ""),
        notes=tuple(dict.fromkeys(paper.note for _, paper in papers if paper.note)),
        codes=tuple(dict.fromkeys(code for code, _ in papers)),
        issued=tuple(dict.fromkeys((code, paper.matter) for code, paper in papers if paper.matter)),
    )
