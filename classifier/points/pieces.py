"""A letter cut into units: sentences, and parts of one where the writer himself begins anew (一、 另外 第二)."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from msgspec import Struct

from minxin.classifier.points.wording import wording
from minxin.classifier.text import Folded

# A comma or colon between digits belongs to a number or a time; a full point ends a sentence only after a Latin word.
_END = re.compile(r"[。!?;\n]|(?<=[a-z])\.(?=\s|$)|(?<!\d)[,:]|[,:](?!\d)")
_CIRCLED = re.compile(r"[\u2460-\u2473\u2776-\u277f\u24f5-\u24fe]")
_EMPTY = " ,:;。!?\n"
_LONGEST = 300  # characters; a text without full stops is read in pieces
_KEPT = 64  # clauses; those of one letter are looked at again and again
_NEAR = 10  # a new matter is named at the beginning of its clause


class Mark(StrEnum):
    """How the writer says that something new begins."""

    NONE = ""
    ITEM = "item"  # 一、 (2) ③ 第一 其次
    MORE = "more"  # 另外 此外 还有


class After(StrEnum):
    """What stands before a unit."""

    COMMA = "comma"
    STOP = "stop"
    LINE = "line"


class Unit(Struct, frozen=True):
    """Folded characters ``start`` to ``end``; ``text`` is what follows the mark, which is not part of the matter."""

    start: int
    end: int
    text: str
    mark: Mark
    after: After


class _Clause(Struct, frozen=True):
    start: int
    end: int
    after: After
    mark: Mark
    content: int  # where what follows the mark begins


def units_of(original: str, folded: Folded) -> list[Unit]:
    """Cut the whole folded text, its first line (the subject) too, into units in order."""
    found: list[Unit] = []
    for clauses in _sentences(original, folded):
        first = clauses[0]
        for clause in clauses[1:]:
            if clause.mark is not Mark.NONE or _turns(folded.text, first, clause):
                found.append(_unit(folded.text, first, clause.start))
                first = clause
        found.append(_unit(folded.text, first, clauses[-1].end))
    return [unit for unit in found if unit.text.strip()]


@lru_cache(maxsize=_KEPT)
def topics_in(text: str) -> frozenset[str]:
    """Return the topics whose words stand in a folded text."""
    words = wording()
    return frozenset(words.topic_of[found.group()] for found in words.topic_word.finditer(text))


def names_new_topic(text: str, known: frozenset[str]) -> bool:
    """Say whether a clause begins by naming a matter that is none of the known ones, and complains of it or asks."""
    words = wording()
    first = words.topic_word.search(text)
    if first is None or first.start() > _NEAR or words.consequence.search(text):
        return False
    if topics_in(text) & known:
        return False
    return any(pattern.search(text) for pattern in (words.problem, words.request, words.question))


def _turns(text: str, first: _Clause, clause: _Clause) -> bool:
    """Say whether a sentence that complains of one matter goes on, after a comma, with another."""
    before = text[first.start : clause.start]
    known = topics_in(before)
    return bool(known and wording().problem.search(before)) and names_new_topic(text[clause.start : clause.end], known)


def _unit(text: str, first: _Clause, end: int) -> Unit:
    return Unit(first.content, end, text[first.content : end], first.mark, first.after)


def _sentences(original: str, folded: Folded) -> list[list[_Clause]]:
    text = folded.text
    found: list[list[_Clause]] = [[]]
    begin, after = 0, After.LINE
    for end, delimiter in _ends(text):
        if text[begin:end].strip(_EMPTY):
            found[-1].append(_Clause(begin, end, after, *_mark(original, folded, begin, end)))
            after = After.COMMA
        if delimiter not in (",", ":"):
            after = After.LINE if delimiter == "\n" or after is After.LINE else After.STOP
            if found[-1]:
                found.append([])
        begin = end
    return [sentence for sentence in found if sentence]


def _ends(text: str) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    last = 0
    for match in _END.finditer(text + "\n"):
        end = min(match.end(), len(text))
        found += [(place, ",") for place in range(last + _LONGEST, end, _LONGEST)]
        found.append((end, match.group()))
        last = end
    return found


def _mark(original: str, folded: Folded, start: int, end: int) -> tuple[Mark, int]:
    """Return the mark that a clause begins with, and where what follows it begins."""
    match = wording().mark.match(folded.text, start, end)
    if match:
        return Mark.MORE if match["more"] else Mark.ITEM, match.end()
    first = folded.starts[start]
    if _CIRCLED.match(original[first]):  # folding makes a plain digit of it, or two
        return Mark.ITEM, next((place for place in range(start, end) if folded.starts[place] != first), end)
    return Mark.NONE, start
