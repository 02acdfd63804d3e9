"""The words of an entry as somebody wrote them, and what must hold of them before they are kept, and before shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from msgspec import Struct

from minxin.consult.knowledge.records import EntryVersion
from minxin.core.errors import InvalidInputError
from minxin.core.passages import Condition

QUESTION_MAX: Final = 120
WAY_MAX: Final = 120
WAYS_MAX: Final = 30
ANSWER_MIN: Final = 10
ANSWER_MAX: Final = 8_000
BASIS_MAX: Final = 1_000
NUMBER_MAX: Final = 200
CONDITIONS_MAX: Final = 8
VALUE_MAX: Final = 60
TEXT_MIN: Final = 2


class EntryWords(Struct, frozen=True, kw_only=True):
    """What a person writes of an entry; the names are those of the form's fields and of the table's columns."""

    question: str
    checked_on: date
    answer: str = ""
    basis: str = ""
    document_number: str = ""
    valid_until: date | None = None
    other_ways: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()


def words_of(version: EntryVersion) -> EntryWords:
    """Return the words of a version."""
    return EntryWords(**{name: getattr(version, name) for name in EntryWords.__struct_fields__})


def tidy(words: EntryWords) -> EntryWords:
    """Return the words without blanks around them, each way of asking and each condition once."""
    ways = dict.fromkeys(way.strip() for way in words.other_ways)
    conditions = dict.fromkeys(Condition(one.facet, one.value.strip()) for one in words.conditions)
    return EntryWords(
        question=words.question.strip(),
        answer=words.answer.strip(),
        basis=words.basis.strip(),
        document_number=words.document_number.strip(),
        checked_on=words.checked_on,
        valid_until=words.valid_until,
        other_ways=tuple(way for way in ways if way),
        conditions=tuple(one for one in conditions if one.value),
    )


def faults(words: EntryWords, today: date) -> list[InvalidInputError]:
    """Return what keeps tidy words from being kept as a draft: no question, something too long, a check to come."""
    return list(_faults(words, today))


def gaps(words: EntryWords, today: date) -> list[InvalidInputError]:
    """Return what tidy words still lack before anybody may be shown them: answer, basis, a time in which they hold."""
    return list(_gaps(words, today))


def _faults(words: EntryWords, today: date) -> Iterator[InvalidInputError]:
    if len(words.question) < TEXT_MIN:
        yield InvalidInputError("knowledge.question.missing", field="question")
    longest = {
        "question": QUESTION_MAX,
        "answer": ANSWER_MAX,
        "basis": BASIS_MAX,
        "document_number": NUMBER_MAX,
    }
    for field, most in longest.items():
        if len(getattr(words, field)) > most:
            yield InvalidInputError("knowledge.too_long", field=field, most=most)
    if len(words.other_ways) > WAYS_MAX or any(len(way) > WAY_MAX for way in words.other_ways):
        yield InvalidInputError("knowledge.other_ways", field="other_ways", most=WAYS_MAX, longest=WAY_MAX)
    if len(words.conditions) > CONDITIONS_MAX or any(len(one.value) > VALUE_MAX for one in words.conditions):
        yield InvalidInputError("knowledge.conditions", field="conditions", most=CONDITIONS_MAX, longest=VALUE_MAX)
    if words.checked_on > today:
        yield InvalidInputError("knowledge.checked_on.future", field="checked_on")
    if words.valid_until is not None and words.valid_until < words.checked_on:
        yield InvalidInputError("knowledge.valid_until.before", field="valid_until")


def _gaps(words: EntryWords, today: date) -> Iterator[InvalidInputError]:
    if len(words.answer) < ANSWER_MIN:
        yield InvalidInputError("knowledge.answer.missing", field="answer", least=ANSWER_MIN)
    if len(words.basis) < TEXT_MIN:
        yield InvalidInputError("knowledge.basis.missing", field="basis")
    if words.valid_until is not None and words.valid_until < today:
        yield InvalidInputError("knowledge.valid_until.past", field="valid_until")
