"""Danger told by words alone (紧急程度规则): to life, property or the supply of water, power, gas or heat.

The words are data (``urgency.json``); this file knows how a clause is negated, reported, past, supposed or over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from minxin.classifier.words.patterns import Sentence, Span, compiled, sentences

MOST_SPANS: Final = 12
_KEPT = 4  # texts; several rules ask for the dangers of one letter
_FILE = Path(__file__).parent / "urgency.json"
_CLAUSE_START = re.compile(r"[,:、]")
_SOON = 2  # sentences: what is told to be over is told at once


class _Pattern(Struct, frozen=True):
    name: str
    needs: str
    pattern: str
    calls: bool


class _Data(Struct, frozen=True):
    words: dict[str, list[str]]
    patterns: list[_Pattern]
    never_before: str
    never_around: str
    supposed_before: str
    never_after: str
    chronic_before: str
    chronic: list[str]
    past: str
    present: str
    over: str


_decoder = msgspec.json.Decoder(_Data)


class _Rules(Struct, frozen=True):
    patterns: list[tuple[str, frozenset[str], re.Pattern[str]]]
    calls: frozenset[str]
    never_before: re.Pattern[str]
    never_around: re.Pattern[str]
    supposed_before: re.Pattern[str]
    never_after: re.Pattern[str]
    chronic_before: re.Pattern[str]
    chronic: frozenset[str]
    past: re.Pattern[str]
    present: re.Pattern[str]
    over: re.Pattern[str]


@lru_cache(maxsize=_KEPT)
def danger(folded: str) -> tuple[Span, ...]:
    """Return the first places that speak of a present danger to life, property or supply; none for most letters.

    Water that drips is no emergency. What is denied, supposed, feared, hearsay, long past, over, practised or only read
    about is none.
    """
    rules, every = _rules(), sentences(folded)
    found: list[Span] = []
    for number, sentence in enumerate(every):
        inside = _in_sentence(rules, sentence)
        if inside and not any(_is_over(rules, after.text) for after in every[number + 1 : number + 1 + _SOON]):
            found += sorted(inside, key=lambda span: span.start)
        if len(found) >= MOST_SPANS:
            break
    return tuple(found[:MOST_SPANS])


def emergency_calls(spans: Iterable[Span]) -> list[Span]:
    """Return the dangers for which one calls 110, 119, 120 or 122 instead of writing."""
    return [span for span in spans if span.rule in _rules().calls]


def _in_sentence(rules: _Rules, sentence: Sentence) -> list[Span]:
    text = sentence.text
    told = [
        (name, match)
        for name, needs, pattern in rules.patterns
        if not needs.isdisjoint(sentence.characters)
        for match in pattern.finditer(text)
    ]
    if not told or rules.never_around.search(text) or _is_past(rules, text) or _is_over(rules, text):
        return []
    return [
        Span(sentence.start + match.start(), sentence.start + match.end(), name)
        for name, match in told[:MOST_SPANS]
        if _is_present_danger(rules, name, text, match)
    ]


def _is_present_danger(rules: _Rules, name: str, sentence: str, match: re.Match[str]) -> bool:
    clause_starts = [found.end() for found in _CLAUSE_START.finditer(sentence, 0, match.start())]
    before = sentence[clause_starts[-1] if clause_starts else 0 : match.start()]
    after = sentence[match.end() :]
    if rules.never_before.search(before) or rules.never_after.search(after):
        return False
    if rules.supposed_before.search(before):
        return False
    return not (name in rules.chronic and rules.chronic_before.search(before))


def _is_past(rules: _Rules, sentence: str) -> bool:
    return rules.past.search(sentence) is not None and rules.present.search(sentence) is None


def _is_over(rules: _Rules, sentence: str) -> bool:
    return rules.over.search(sentence) is not None and rules.present.search(sentence) is None


@cache
def _rules() -> _Rules:
    data = _decoder.decode(_FILE.read_bytes())
    return _Rules(
        patterns=[(one.name, frozenset(one.needs), compiled(one.pattern, data.words)) for one in data.patterns],
        calls=frozenset(one.name for one in data.patterns if one.calls),
        never_before=re.compile(data.never_before),
        never_around=re.compile(data.never_around),
        supposed_before=re.compile(data.supposed_before),
        never_after=re.compile(data.never_after),
        chronic_before=re.compile(data.chronic_before),
        chronic=frozenset(data.chronic),
        past=re.compile(data.past),
        present=re.compile(data.present),
        over=re.compile(data.over),
    )
