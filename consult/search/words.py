"""What is searched by (检索单元): pairs of Chinese characters, whole Latin words and numbers, whole plates.

Both search engines, the look through the store itself and the marks on the page cut texts by these rules, so that the
same words find the same letters everywhere. Width, case and traditional characters are folded (``core/characters.py``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from minxin.core.characters import fold, fold_character
from minxin.core.errors import InvalidInputError

RULES: Final = 2  # grows whenever an index that was filled by older rules must be filled anew
MOST_INDEXED: Final = 20_000  # characters of one text
MOST_ASKED: Final = 100  # characters of what somebody looks for
_SHARE: Final = 0.7  # of the units of a longer question that a letter must hold

_HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff"
# A run is one token for Elasticsearch's standard tokenizer too, which cuts words off at 255 characters.
_RUN: Final = re.compile(rf"[a-z0-9]{{1,100}}(?:\.[0-9]{{1,20}})?|[{_HAN}]+")
# GA 36-2018: the province's character, a letter, five or six more with a figure among them.
_PLATE: Final = re.compile(
    r"([京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][a-z])[ ·•.・-]?"
    r"((?=[a-z]*[0-9])[a-z0-9]{5,6})(?![a-z0-9])"
)
_NUMBER: Final = re.compile(r"(?<![0-9-])((?:19|20)[0-9]{2}-[0-9]{6})(?![0-9])")  # a letter's own (来信编号)


class Unit(Struct, frozen=True):
    """A piece of a text that is searched by, from ``start`` to ``end`` of the text as it was written.

    ``whole`` is a plate or a letter's number, which is compared as one.
    """

    term: str
    start: int
    end: int
    whole: bool = False


class Wanted(Struct, frozen=True):
    """What somebody looks for. A letter that holds at least ``least`` of all the units is found.

    It comes before others when each of the ``phrases`` stands in it unbroken. ``whole`` are plates and numbers.
    """

    phrases: tuple[tuple[str, ...], ...] = ()
    whole: tuple[str, ...] = ()

    @property
    def units(self) -> tuple[str, ...]:
        """Return the different units of the phrases."""
        return tuple(dict.fromkeys(unit for phrase in self.phrases for unit in phrase))

    @property
    def least(self) -> int:
        """Return how many of the units a letter must hold: all of few, most of many, which may join several words."""
        count = len(self.units)
        return math.ceil(_SHARE * count)

    @property
    def exact(self) -> bool:
        """Say whether whatever is found holds all phrases unbroken."""
        return all(len(phrase) == 1 for phrase in self.phrases) and self.least == len(self.units)

    def __bool__(self) -> bool:
        return bool(self.phrases or self.whole)


def wanted_of(text: str) -> Wanted:
    """Return what the words ask for; raises ``InvalidInputError`` when they are too long or too short to find by.

    A single Chinese character stands in every other letter: it is left out beside others, and refused alone.
    """
    if len(text) > MOST_ASKED:
        raise InvalidInputError("search.too_long", field="q", most=MOST_ASKED)
    if not text.strip():
        return Wanted()
    folded = _fold(text)
    whole = [found for found, _, _ in _wholes(folded)]
    rest = _NUMBER.sub(" ", _PLATE.sub(" ", folded))
    phrases = [tuple(_units_of(run[0])) for run in _RUN.finditer(rest) if len(run[0]) > 1 or not _is_han(run[0])]
    if not phrases and not whole:
        raise InvalidInputError("search.too_short", field="q")
    return Wanted(tuple(dict.fromkeys(phrases)), tuple(dict.fromkeys(whole)))


def plain(*texts: str) -> str:
    """Return the texts folded, each run of Chinese characters, word and number by itself between blanks.

    Elasticsearch's bigram filter makes of it just what :func:`terms` gives.
    """
    return " ".join(run for text in texts for run in _runs(text))


def terms(text: str) -> list[str]:
    """Return the units of what :func:`plain` gave, in their order."""
    return [unit for run in text.split(" ") if run for unit in _units_of(run)]


def wholes(*texts: str) -> tuple[str, ...]:
    """Return the plates and numbers in the texts."""
    return tuple(dict.fromkeys(one for text in texts for one, _, _ in _wholes(_fold(text))))


def units(text: str) -> Iterator[Unit]:
    """Yield the units of a text with their places in it as it was written."""
    folded, places = _folded(text)
    for whole, start, end in _wholes(folded):
        yield Unit(whole, places[start], places[end - 1] + 1, whole=True)
    for plate in _PLATE.finditer(folded):
        yield Unit(_without_province(plate), places[plate.start() + 1], places[plate.end() - 1] + 1)
    for run in _RUN.finditer(folded):
        for at, term in enumerate(_units_of(run[0])):
            start = run.start() + at
            yield Unit(term, places[start], places[start + len(term) - 1] + 1)


def holds(wanted: Wanted, words: str, whole: tuple[str, ...]) -> bool | None:
    """Say whether a text of :func:`plain` and :func:`wholes` is found: None is no, True with every phrase unbroken."""
    if not set(wanted.whole) <= set(whole):
        return None
    cut = terms(words)
    if len(set(cut) & set(wanted.units)) < wanted.least:
        return None
    line = f" {' '.join(cut)} "
    return all(f" {' '.join(phrase)} " in line for phrase in wanted.phrases)


def _runs(text: str) -> Iterator[str]:
    folded = _fold(text)
    yield from (run[0] for run in _RUN.finditer(folded))
    # Behind a dot the rest of a plate is a word of its own, but people who know only that write it without.
    yield from map(_without_province, _PLATE.finditer(folded))


def _fold(text: str) -> str:
    return fold(text[:MOST_INDEXED])


def _folded(text: str) -> tuple[str, list[int]]:
    """Return the text folded, and for each of its characters the place of the one that it comes from."""
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text[:MOST_INDEXED]):
        for piece in fold_character(character):
            folded.append(piece)
            places.append(place)
    return "".join(folded), places


def _wholes(folded: str) -> Iterator[tuple[str, int, int]]:
    for found in _PLATE.finditer(folded):
        yield found[1] + found[2], found.start(), found.end()
    for found in _NUMBER.finditer(folded):
        yield found[1], found.start(), found.end()


def _without_province(plate: re.Match[str]) -> str:
    return plate[1][1] + plate[2]


def _units_of(run: str) -> list[str]:
    if _is_han(run) and len(run) > 1:
        return [run[at : at + 2] for at in range(len(run) - 1)]
    return [run]


def _is_han(run: str) -> bool:
    return "\u3400" <= run[0] <= "\u9fff"
