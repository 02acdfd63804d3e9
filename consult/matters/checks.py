"""What a file of matters must hold to be taken: every fault of every entry, then those of the whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from minxin.consult.matters.entries import MatterEntry, entry_of
from minxin.consult.matters.graph import cycle_of, needs_of
from minxin.consult.matters.records import Matter, Question, When

CODE: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{1,31}")
NAME_MAX: Final = 60
TEXT_MAX: Final = 600
ITEMS_MAX: Final = 40
CALLED_MAX: Final = 12
SHEETS_MAX: Final = 20
DAYS_MAX: Final = 250
WAIT_MAX: Final = 3660
FEN_MAX: Final = 100_000_000
OPTIONS_MIN: Final = 2
_SLUG: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
_LINK: Final = re.compile(r"(/|https://)\S{1,500}")
Found = tuple[str, str, dict[str, str]]  # field, catalogue key, parameters


class Fault(Struct, frozen=True):
    """What is wrong where: ``row`` counts entries from 1, 0 is the file itself; ``reason`` is a catalogue key."""

    row: int
    code: str
    field: str
    reason: str
    params: dict[str, str] = {}


def faults_of(entries: Sequence[MatterEntry], offices: frozenset[str], kept: Sequence[Matter]) -> list[Fault]:
    """Return every fault of the entries among themselves and beside the matters that are kept; [] when they fit."""
    whole = {one.id: entry_of(one) for one in kept} | {entry.code: entry for entry in entries}
    found = [
        Fault(row, entry.code, *one)
        for row, entry in enumerate(entries, start=1)
        for one in (*_of_entry(entry, offices), *_of_neighbours(entry, whole))
    ]
    found += _twice(entries)
    cycle = cycle_of({code: needs_of(one.papers, one.prerequisites) for code, one in whole.items()})
    if cycle:
        rows = {entry.code: row for row, entry in enumerate(entries, start=1)}
        first = next((code for code in cycle if code in rows), cycle[0])
        named = " → ".join(f"{whole[code].name}（{code}）" if code in whole else code for code in cycle)
        found.append(Fault(rows.get(first, 0), first, "prerequisites", "matters.cycle", {"cycle": named}))
    return sorted(found, key=lambda one: one.row)


def _of_entry(entry: MatterEntry, offices: frozenset[str]) -> Iterator[Found]:
    if not CODE.fullmatch(entry.code):
        yield "code", "matters.code", {}
    if entry.office not in offices:
        yield "office", "matters.office", {"office": entry.office}
    yield from _texts(entry)
    yield from _counts(entry)
    yield from _papers_and_limits(entry)
    yield from _questions(entry)
    yield from _places(entry)


def _twice(entries: Sequence[MatterEntry]) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for row, entry in enumerate(entries, start=1):
        if entry.code in seen:
            yield Fault(row, entry.code, "code", "matters.twice", {"row": str(seen[entry.code])})
        seen.setdefault(entry.code, row)


def _texts(entry: MatterEntry) -> Iterator[Found]:
    for field, text, most in (
        ("name", entry.name, NAME_MAX),
        ("who", entry.who, TEXT_MAX),
        ("summary", entry.summary, TEXT_MAX),
    ):
        yield from _text(field, text, most)
    for field, listed in (
        ("also_called", entry.also_called),
        ("requirements", entry.requirements),
        ("basis", entry.basis),
        ("steps", [one.text for one in entry.steps]),
        ("papers", [one.name for one in entry.papers]),
        ("fees", [one.name for one in entry.fees]),
        ("conditions", [one.value for one in entry.conditions]),
    ):
        for number, text in enumerate(listed):
            yield from _text(f"{field}[{number}]", text, TEXT_MAX)


def _text(field: str, text: str, most: int) -> Iterator[Found]:
    if not text.strip():
        yield field, "matters.empty", {}
    elif len(text) > most:
        yield field, "matters.long", {"most": str(most)}


def _counts(entry: MatterEntry) -> Iterator[Found]:
    for field, listed, most in (
        ("also_called", entry.also_called, CALLED_MAX),
        ("papers", entry.papers, ITEMS_MAX),
        ("steps", entry.steps, ITEMS_MAX),
        ("questions", entry.questions, CALLED_MAX),
        ("prerequisites", entry.prerequisites, ITEMS_MAX),
        ("windows", entry.windows, ITEMS_MAX),
        ("forms", entry.forms, ITEMS_MAX),
    ):
        if len(listed) > most:
            yield field, "matters.many", {"most": str(most)}
    for field, needed in (
        ("applicants", entry.applicants),
        ("steps", entry.steps),
        ("basis", entry.basis),
        ("windows", entry.windows),
        ("limits", entry.limits),
    ):
        if not needed:
            yield field, "matters.none", {}


def _papers_and_limits(entry: MatterEntry) -> Iterator[Found]:
    for number, paper in enumerate(entry.papers):
        sheets = (paper.originals, paper.copies)
        if min(sheets) < 0 or max(sheets) > SHEETS_MAX or not sum(sheets):
            yield f"papers[{number}]", "matters.sheets", {"most": str(SHEETS_MAX)}
    for number, limit in enumerate(entry.limits):
        days = (limit.promised, limit.promised if limit.statutory is None else limit.statutory)
        if min(days) < 0 or max(days) > DAYS_MAX or days[0] > days[1]:
            yield f"limits[{number}]", "matters.limit", {"most": str(DAYS_MAX)}
    if entry.limits and entry.limits[-1].when:
        yield f"limits[{len(entry.limits) - 1}].when", "matters.last_limit", {}
    for number, one in enumerate(entry.prerequisites):
        if not 0 <= one.wait_days <= WAIT_MAX:
            yield f"prerequisites[{number}].wait_days", "matters.wait", {"most": str(WAIT_MAX)}
    for number, fee in enumerate(entry.fees):
        if not 0 <= fee.fen <= FEN_MAX:
            yield f"fees[{number}].fen", "matters.fee", {}


def _questions(entry: MatterEntry) -> Iterator[Found]:
    known = {question.id: question for question in entry.questions}
    if len(known) < len(entry.questions):
        yield "questions", "matters.question_twice", {}
    for number, question in enumerate(entry.questions):
        yield from _question(f"questions[{number}]", question)
    used: set[str] = set()
    for field, when in _whens(entry):
        used |= when.keys()
        for asked, options in when.items():
            yield from _when(f"{field}.when.{asked}", known.get(asked), options)
    for number, question in enumerate(entry.questions):
        if question.id not in used:
            yield f"questions[{number}]", "matters.question_idle", {}


def _question(field: str, question: Question) -> Iterator[Found]:
    ids = [option.id for option in question.options]
    if not _SLUG.fullmatch(question.id) or not all(_SLUG.fullmatch(one) for one in ids):
        yield field, "matters.slug", {}
    if len(ids) < OPTIONS_MIN or len(set(ids)) < len(ids):
        yield f"{field}.options", "matters.options", {}
    for text in (question.text, *(option.text for option in question.options)):
        yield from _text(field, text, NAME_MAX)


def _when(field: str, question: Question | None, options: Sequence[str]) -> Iterator[Found]:
    if question is None:
        yield field, "matters.when_question", {}
        return
    known = {option.id for option in question.options}
    for option in sorted(set(options) - known):
        yield field, "matters.when_option", {"option": option}
    if not options or set(options) >= known:
        yield field, "matters.when_all", {}


def _whens(entry: MatterEntry) -> Iterator[tuple[str, When]]:
    whens: dict[str, list[When]] = {
        "papers": [one.when for one in entry.papers],
        "steps": [one.when for one in entry.steps],
        "limits": [one.when for one in entry.limits],
        "fees": [one.when for one in entry.fees],
        "prerequisites": [one.when for one in entry.prerequisites],
    }
    for field, listed in whens.items():
        for number, when in enumerate(listed):
            yield f"{field}[{number}]", when


def _places(entry: MatterEntry) -> Iterator[Found]:
    if entry.online and not _LINK.fullmatch(entry.online):
        yield "online", "matters.link", {}
    for number, window in enumerate(entry.windows):
        for text in (window.name, window.address, window.hours):
            yield from _text(f"windows[{number}]", text, TEXT_MAX)
        if window.map and not _LINK.fullmatch(window.map):
            yield f"windows[{number}].map", "matters.link", {}
    ids = [form.id for form in entry.forms]
    for number, form in enumerate(entry.forms):
        yield from _text(f"forms[{number}].name", form.name, NAME_MAX)
        if not _SLUG.fullmatch(form.id) or ids.index(form.id) != number:
            yield f"forms[{number}].id", "matters.form_id", {}
        if not 0 < len(form.fields) <= ITEMS_MAX:
            yield f"forms[{number}].fields", "matters.form_fields", {"most": str(ITEMS_MAX)}


def _of_neighbours(entry: MatterEntry, whole: Mapping[str, MatterEntry]) -> Iterator[Found]:
    for field, code in (
        *((f"papers[{number}].matter", one.matter) for number, one in enumerate(entry.papers) if one.matter),
        *((f"prerequisites[{number}].matter", one.matter) for number, one in enumerate(entry.prerequisites)),
    ):
        if code not in whole or (whole[code].withdrawn and not entry.withdrawn):
            yield field, "matters.unknown", {"matter": code}
    for number, question in enumerate(entry.questions):
        for other in whole.values():
            if other.code != entry.code and _differs(question, other.questions):
                yield f"questions[{number}]", "matters.question_differs", {"matter": other.code}
                break


def _differs(question: Question, others: Iterable[Question]) -> bool:
    return any(other.id == question.id and other != question for other in others)
