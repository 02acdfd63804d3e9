"""The words that were looked for, marked where they stand (命中高亮): by the rules that found them."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from minxin.consult.search.words import Wanted, units

BEFORE: Final = 30  # characters that an excerpt shows before the first mark
LONGEST: Final = 140


class Piece(Struct, frozen=True):
    """A piece of a text, ``marked`` when it was looked for."""

    text: str
    marked: bool


def marked(text: str, wanted: Wanted) -> tuple[Piece, ...]:
    """Return the whole text in pieces."""
    return _pieces(text, _marks(text, wanted))


def excerpt(text: str, wanted: Wanted) -> tuple[Piece, ...]:
    """Return the part of the text around the first mark in pieces, the beginning when there is none."""
    marks = _marks(text, wanted)
    start = max(0, marks.index(True) - BEFORE) if True in marks else 0
    end = start + LONGEST
    found = _pieces(text[start:end], marks[start:end])
    before = (Piece("…", marked=False),) if start else ()
    return (*before, *found, *((Piece("…", marked=False),) if end < len(text) else ()))


def _marks(text: str, wanted: Wanted) -> list[bool]:
    marks = [False] * len(text)
    sought = frozenset(wanted.units)
    for unit in units(text):
        if unit.term in (wanted.whole if unit.whole else sought):
            marks[unit.start : unit.end] = [True] * (unit.end - unit.start)
    return marks


def _pieces(text: str, marks: list[bool]) -> tuple[Piece, ...]:
    found: list[Piece] = []
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or marks[at] != marks[start]:
            found.append(Piece(text[start:at], marks[start]))
            start = at
    return tuple(found)
