"""A text made comparable without moving a character: what is found in the view lies at the same place in the text."""

from __future__ import annotations

import unicodedata
from typing import Final

from minxin.core.characters import simplified

INVISIBLE: Final = "\u200b"
_DASHES: Final = "‐‑‒–—―−－﹣─━"
_OWN: Final = {ord("＠"): "@", ord("﹫"): "@", ord("…"): "…", ord("\u3000"): " ", ord("\xa0"): " "}


class _Table(dict[int, str]):
    """Fills itself with what each character becomes: always exactly one character."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _folded(chr(code))
        return folded


def _folded(character: str) -> str:
    if character in _DASHES:
        return "-"
    if character in "\n\r\t":
        return "\n" if character != "\t" else " "
    if unicodedata.category(character) in {"Cf", "Mn", "Me", "Cc"}:
        return INVISIBLE
    plain = unicodedata.normalize("NFKC", character)
    if len(plain) != 1:
        return character
    return simplified().get(plain, plain)


_TABLE: Final = _Table({code: plain for code, plain in _OWN.items()})


def view_of(text: str) -> str:
    """Return the text of the same length with width, dashes, spaces and traditional characters made plain."""
    return text.translate(_TABLE)
