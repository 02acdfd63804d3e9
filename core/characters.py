"""Characters made comparable (字形归一): width, case, and traditional forms.

Two texts that a person takes for the same words are the same after folding, whatever keyboard wrote them.
"""

from __future__ import annotations

import json
import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

FOLDS_KEPT: Final = 65_536  # more than all that people write with
_TRADITIONAL_FILE = Path(__file__).parent / "traditional.json"


@cache
def simplified() -> dict[str, str]:
    """Return the simplified character of each traditional one."""
    pairs: list[str] = json.loads(_TRADITIONAL_FILE.read_text("utf-8"))["pairs"]
    return {pair[0]: pair[1] for pair in pairs}


@lru_cache(maxsize=32_768)
def fold_character(character: str) -> str:
    """Return what the character is compared as: Unicode NFKC (UAX 15), lower case, simplified; marks become nothing."""
    if character == "\n":
        return "\n"
    folded = unicodedata.normalize("NFKC", character).lower()
    kept = (" " if piece.isspace() else piece for piece in folded if _is_text(piece))
    return "".join(simplified().get(piece, piece) for piece in kept)


def fold(text: str) -> str:
    """Return the text with each character folded (:func:`fold_character`)."""
    return text.translate(_FOLDS)


class _Folds(dict[int, str]):
    """What each code point is compared as, found out when it comes for the first time."""

    def __missing__(self, code_point: int) -> str:
        folded = fold_character(chr(code_point))
        if len(self) < FOLDS_KEPT:
            self[code_point] = folded
        return folded


_FOLDS = _Folds()


def _is_text(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Cn", "Mn", "Me"}
