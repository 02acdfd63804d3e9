"""Abuse told by turns of phrase (辱骂与威胁规则): works without any learnt model, and finds what is said plainly.

The phrases are data (``words.json``). Who quotes an insult or a threat that he suffered abuses nobody.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from minxin.classifier.text import Folded, fold
from minxin.classifier.words.patterns import compiled, sentences
from minxin.core.abuse import Abuse, AbuseSpan

_FILE = Path(__file__).parent / "words.json"


class _Data(Struct, frozen=True):
    words: dict[str, list[str]]
    rules: dict[Abuse, list[str]]
    unless: str


_decoder = msgspec.json.Decoder(_Data)


class _Rules(Struct, frozen=True):
    rules: list[tuple[Abuse, re.Pattern[str]]]
    unless: re.Pattern[str]


class AbusiveWords:
    """``consult.ports.AbuseFinder`` by turns of phrase."""

    def find(self, text: str) -> tuple[AbuseSpan, ...]:
        """Return the pieces of the text that abuse somebody, in order, none over another; never raises on any text."""
        folded = fold(text)
        rules = _rules()
        found = [
            (sentence.start + match.start(), sentence.start + match.end(), kind)
            for sentence in sentences(folded.text)
            if not rules.unless.search(sentence.text)
            for kind, pattern in rules.rules
            for match in pattern.finditer(sentence.text)
        ]
        return _apart(text, folded, found)


def _apart(text: str, folded: Folded, found: list[tuple[int, int, Abuse]]) -> tuple[AbuseSpan, ...]:
    """Return the places in order; of those that overlap, the one that begins first."""
    apart: list[AbuseSpan] = []
    for first, last, kind in sorted(found, key=lambda one: (one[0], -one[1])):
        start, end = folded.original_span(first, last)
        if not apart or start >= apart[-1].end:
            apart.append(AbuseSpan(start, end, text[start:end], kind))
    return tuple(apart)


@cache
def _rules() -> _Rules:
    data = _decoder.decode(_FILE.read_bytes())
    return _Rules(
        rules=[(kind, compiled(pattern, data.words)) for kind, patterns in data.rules.items() for pattern in patterns],
        unless=re.compile(data.unless),
    )
