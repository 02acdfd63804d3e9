"""Denunciations told by words alone (举报公职人员或单位): who accuses an office or an official is protected by a seal.

The words are data (``denunciation.json``). A denunciation that is missed may reach the accused, and a letter that is
sealed for nothing costs the discipline desk a minute: hearsay accuses too, and only what is plainly denied does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from minxin.classifier.words.patterns import Sentence, Span, compiled, sentences

_FILE = Path(__file__).parent / "denunciation.json"
_LOOKED_BACK = 48  # characters; who is accused stands near to what he is accused of
_GAP = "gap"


class _RuleData(Struct, frozen=True):
    name: str
    find: str
    before: str = ""
    after: str = ""
    unless: str = ""


class _Data(Struct, frozen=True):
    words: dict[str, list[str]]
    rules: list[_RuleData]
    never_before: str
    gap_denied: str
    never_around: str


_decoder = msgspec.json.Decoder(_Data)
_Pattern = re.Pattern[str]


class _Rule(Struct, frozen=True):
    name: str
    before: _Pattern | None
    after: _Pattern | None
    unless: _Pattern | None


class _Rules(Struct, frozen=True):
    searches: list[tuple[_Pattern, list[_Rule]]]  # rules that look for the same word search for it once
    never_before: _Pattern
    gap_denied: _Pattern
    never_around: _Pattern


def denunciation(folded: str) -> list[Span]:
    """Return the places where an office or an official is accused (举报公职人员或单位); empty when nobody is.

    A report of a shop or a neighbour is none, nor is a complaint that an office is slow: only corruption, abuse of
    power, a named official who does nothing, or an office that is itself the target of a report.
    """
    rules = _rules()
    return [span for sentence in sentences(folded) for span in _in_sentence(rules, sentence)]


def _in_sentence(rules: _Rules, sentence: Sentence) -> Iterator[Span]:
    text = sentence.text
    for find, own in rules.searches:
        for match in find.finditer(text):
            name = next((rule.name for rule in own if _accuses(rules, rule, text, match)), None)
            if name is not None:
                if not rules.never_around.search(text):
                    yield Span(sentence.start + match.start(), sentence.start + match.end(), name)
                break


def _accuses(rules: _Rules, rule: _Rule, text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - _LOOKED_BACK) : match.start()]
    if rule.after and not rule.after.match(text, match.end()):
        return False
    if rule.before:
        who = rule.before.search(before)
        if who is None or _is_denied(rules, who):
            return False
    return not rules.never_before.search(before) and not (rule.unless and rule.unless.search(text))


def _is_denied(rules: _Rules, who: re.Match[str]) -> bool:
    """Look between the official and the deed: "局长从不收红包" accuses nobody."""
    return _GAP in who.re.groupindex and rules.gap_denied.search(who[_GAP]) is not None


@cache
def _rules() -> _Rules:
    data = _decoder.decode(_FILE.read_bytes())

    def pattern(text: str) -> _Pattern | None:
        return compiled(text, data.words) if text else None

    searches: dict[str, list[_Rule]] = {}
    for one in data.rules:
        rule = _Rule(one.name, *map(pattern, (one.before, one.after, one.unless)))
        searches.setdefault(one.find, []).append(rule)
    return _Rules(
        searches=[(compiled(find, data.words), own) for find, own in searches.items()],
        never_before=re.compile(data.never_before),
        gap_denied=re.compile(data.gap_denied),
        never_around=re.compile(data.never_around),
    )
