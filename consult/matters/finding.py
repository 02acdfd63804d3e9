"""Finding matters by typed words among some hundreds, where nothing else is at hand (事项查找)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

from minxin.consult.matters.records import Matter

LEAST_SHARE: Final = 0.5
_SEPARATORS: Final = frozenset(" \t\n，。、；：？！,.;:?!“”\"'（）()")


def find_matters(matters: Iterable[Matter], text: str) -> list[Matter]:
    """Return the matters that the text may mean, the likeliest first; [] for a text without words.

    A name that the text holds, or that holds the text, comes first; else half of the text's pairs of characters must
    stand in the matter's names.
    """
    wanted = _folded(text)
    if not wanted:
        return []
    scored = [(_score(matter, wanted), matter) for matter in matters]
    return [matter for score, matter in sorted(scored, key=lambda one: (-one[0], one[1].id)) if score >= LEAST_SHARE]


def _score(matter: Matter, wanted: str) -> float:
    names = [_folded(name) for name in (matter.name, *matter.also_called)]
    pairs = _pairs(wanted)
    share = len(pairs & {pair for name in names for pair in _pairs(name)}) / len(pairs)
    return share + any(wanted in name or name in wanted for name in names)


def _pairs(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(max(1, len(text) - 1))}


def _folded(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign not in _SEPARATORS)
