"""How a name is found by typing (检索): by its characters, by its pinyin, by the first letters of its pinyin."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from minxin.mailbox.mail.folded import folded

KEPT: Final = 20_000  # names, some 200 bytes each


def rank(name: str, address: str, typed: str) -> int | None:
    """Return how well a person fits what was typed (folded), 0 for best; None for not at all."""
    plain = _together(name)
    local = address.lower().partition("@")[0]
    if plain.startswith(typed) or local.startswith(typed):
        return 0
    if typed.isascii():
        whole, initials = spelt(name)
        if initials.startswith(typed) or whole.startswith(typed):
            return 1
        if typed in initials and len(typed) > 1:
            return 2
    return 3 if typed in plain or typed in address.lower() else None


@lru_cache(maxsize=KEPT)
def spelt(name: str) -> tuple[str, str]:
    """Return the pinyin of a name in one word, and the first letters of its syllables (王小明: wangxiaoming, wxm)."""
    from pypinyin import Style, lazy_pinyin  # its tables are big, and on most days nobody types pinyin

    syllables = [one for one in lazy_pinyin(_together(name), style=Style.NORMAL, v_to_u=False) if one.isalnum()]
    return "".join(syllables), "".join(one[0] for one in syllables)


def typed_words(words: str) -> str:
    """Return what was typed as it is compared, blanks left out."""
    return _together(words)


@lru_cache(maxsize=KEPT)
def _together(text: str) -> str:
    return "".join(folded(text).split())


def sort_key(name: str) -> bytes:
    """Return by what a list of names is sorted: common Chinese characters stand in the order of their pinyin in GBK."""
    return folded(name).encode("gb18030", "replace")
