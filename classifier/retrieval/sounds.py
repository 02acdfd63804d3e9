"""Characters that sound alike (同音字): what a phone's keyboard offers instead of the character that was meant.

Sounds that many speakers of Chinese do not tell apart are one: z/zh, c/ch, s/sh, n/l, and an/ang, en/eng, in/ing.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from pypinyin import Style, lazy_pinyin

_FIRST: Final = 0xE000  # the private-use area: one mark a syllable, so that sounds are texts of the same length
_KNOWN: Final[dict[str, str]] = {}
_MERGED: Final = (
    (re.compile(r"^([zcs])h"), r"\1"),
    (re.compile(r"^n(?=.)"), "l"),
    (re.compile(r"([aei])ng$"), r"\1n"),
)


def sound(text: str) -> str:
    """Return a text of the same length in which Chinese characters that sound alike are equal."""
    return "".join(map(_mark, text))


@lru_cache(maxsize=32_768)
def _mark(character: str) -> str:
    if not "\u3400" <= character <= "\u9fff":
        return character
    (syllable,) = lazy_pinyin(character, style=Style.NORMAL)
    for pattern, merged in _MERGED:
        syllable = pattern.sub(merged, syllable)
    return _KNOWN.setdefault(syllable, chr(_FIRST + len(_KNOWN)))
