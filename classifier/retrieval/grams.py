"""Texts as pairs of characters (二元字): what is indexed and matched, cut by us for every field alike.

Chinese words have no borders, and a segmenter that learnt them from newspapers cuts the language of offices wrongly:
pairs of neighbouring characters find what words miss (0.60 against 0.55 of policy passages first, see
``docs/decisions/0030-retrieval.md``). Latin words and numbers stay whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from msgspec import Struct

from minxin.classifier.text import fold

MOST_CHARACTERS: Final = 200  # of a question; what is asked is said within
MOST_INDEXED: Final = 20_000  # of an entry's text

_FILLERS_FILE: Final = Path(__file__).with_name("fillers.json")
_RUN: Final = re.compile(r"[a-z0-9]+(?:\.[0-9]+)?|[\u3400-\u9fff]+")


def folded(text: str, limit: int = MOST_INDEXED) -> str:
    """Return the text as it is compared: width, case and traditional characters folded."""
    return fold(text, limit=limit).text


def runs(text: str) -> Iterator[str]:
    """Yield the unbroken runs of Chinese characters, and the Latin words and numbers, of a folded text."""
    for found in _RUN.finditer(text):
        yield found[0]


def is_chinese(run: str) -> bool:
    """Say whether a run is of Chinese characters."""
    return "\u3400" <= run[0] <= "\u9fff"


def pairs(text: str) -> Iterator[str]:
    """Yield the pairs of a folded text: a character that stands alone, a Latin word and a number count as one."""
    for run in runs(text):
        if is_chinese(run) and len(run) > 1:
            yield from (run[place : place + 2] for place in range(len(run) - 1))
        else:
            yield run


def leaps(text: str) -> Iterator[str]:
    """Yield the pairs of characters that have one between them: what is left of a word with one character wrong."""
    for run in runs(text):
        if is_chinese(run):
            yield from (run[place] + run[place + 2] for place in range(len(run) - 2))


class Slip(Struct, frozen=True):
    """Pairs of a question that one wrong, missing or surplus character would make, and what then stands instead.

    ``leap`` is sought among the entry's leaps, or among its neighbouring ``pairs`` when a character is surplus.
    """

    broken: tuple[str, ...]
    leap: str
    among_pairs: bool = False


def slips(text: str) -> Iterator[Slip]:
    """Yield the slips of the finger (错别字) that a folded question may hold."""
    for run in runs(text):
        if not is_chinese(run):
            continue
        for place in range(len(run) - 1):
            pair = run[place : place + 2]
            yield Slip((pair,), pair)  # one left out: 居证 of 居住证
            if place + 2 < len(run):
                broken = (pair, run[place + 1 : place + 3])
                leap = run[place] + run[place + 2]
                yield Slip(broken, leap)  # one mistaken: 居佳证
                yield Slip(broken, leap, among_pairs=True)  # one too many: 居住的证


def without_fillers(text: str) -> str:
    """Return a folded question or title without the words that say nothing of its matter; they leave a gap.

    A question of nothing else is left as it is.
    """
    told = _fillers().sub(" ", text)
    return told if _RUN.search(told) else text


@cache
def _fillers() -> re.Pattern[str]:
    words: list[str] = json.loads(_FILLERS_FILE.read_text("utf-8"))["words"]
    return re.compile("|".join(sorted(map(re.escape, words), key=len, reverse=True)))
