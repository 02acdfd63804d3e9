"""Word patterns (词语规则) as data: regular expressions over one sentence, with lists of words filled in.

Every pattern has bounded gaps and is run over one sentence at a time, so that the time is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

_SENTENCE = re.compile(r"[^。!?;\n]+")
_LONGEST_SENTENCE = 300  # a text without full stops is read in pieces
_KEPT = 4


class Span(Struct, frozen=True):
    """A place in the folded text and the rule that found it."""

    start: int
    end: int
    rule: str


class Sentence(Struct, frozen=True):
    """A sentence, where it begins in the folded text, and its different characters.

    Most sentences hold none of the characters that a pattern ``needs``: not to search them is most of the speed.
    """

    start: int
    text: str
    characters: frozenset[str]


@lru_cache(maxsize=_KEPT)
def sentences(folded: str) -> tuple[Sentence, ...]:
    """Return the sentences of a folded text; several rules ask for those of one letter."""
    found = []
    for match in _SENTENCE.finditer(folded):
        for start in range(match.start(), match.end(), _LONGEST_SENTENCE):
            text = folded[start : min(start + _LONGEST_SENTENCE, match.end())]
            found.append(Sentence(start, text, frozenset(text)))
    return tuple(found)


def compiled(pattern: str, words: Mapping[str, Sequence[str]]) -> re.Pattern[str]:
    """Compile a pattern in which ``{name}`` stands for one of the words of that list."""
    for name, alternatives in words.items():
        pattern = pattern.replace("{" + name + "}", "(?:" + "|".join(alternatives) + ")")
    return re.compile(pattern)
