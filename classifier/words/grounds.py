"""Letters that may have to be refused (不予受理建议), told by words alone, each with the words that say so.

Advice only: a clerk refuses, or does not. Untrue contact data can't be read from a letter, so that ground is never
named here. The words are data (``grounds.json``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from minxin.classifier.text import Folded, evidence_at
from minxin.classifier.words.patterns import Sentence, Span, compiled, sentences
from minxin.classifier.words.urgency import danger, emergency_calls
from minxin.core.judgement import Ground, OutOfPower

MOST_WORDS: Final = 3
_FILE = Path(__file__).parent / "grounds.json"
_LONG = 100  # characters; whoever writes more says something
_HAN = re.compile(r"[\u3400-\u9fff]")
_LINE = re.compile(r"\S[^\n]*")
_LATIN_WORD = re.compile(r"[a-z]+")
_OTHER_LETTER = re.compile(r"[^\W\d_a-z\u3400-\u9fff]")


class _GroundData(Struct, frozen=True):
    needs: str
    patterns: list[str]
    never_before: str
    unless: str


class _AdvertisingData(Struct, frozen=True):
    offer: str
    contact: str
    least: int
    unless: str


class _NoContentData(Struct, frozen=True):
    filler: str
    least: int
    foreign_words: str
    least_foreign_words: int


class _Data(Struct, frozen=True):
    words: dict[str, list[str]]
    grounds: dict[Ground, _GroundData]
    advertising: _AdvertisingData
    no_content: _NoContentData


_decoder = msgspec.json.Decoder(_Data)
_Pattern = re.Pattern[str]


class _Rule(Struct, frozen=True):
    ground: Ground
    needs: frozenset[str]
    patterns: list[_Pattern]
    never_before: _Pattern | None
    unless: _Pattern


class _Rules(Struct, frozen=True):
    rules: list[_Rule]
    offer: _Pattern
    contact: _Pattern
    least_offers: int
    no_advertising: _Pattern
    filler: _Pattern
    least_said: int
    foreign_words: _Pattern
    least_foreign_words: int


def out_of_power(original: str, folded: Folded) -> tuple[OutOfPower, ...]:
    """Return the grounds on which a judged text may have to be refused, in the order of the law's list.

    A writer who only asks how to sue, or who wants to avoid it, has nothing before a court; one who quotes an old
    letter that was answered writes of no open matter.
    """
    text = folded.text
    ways: dict[Ground, Callable[[str], list[Span] | None]] = {
        Ground.EMERGENCY: lambda text: emergency_calls(danger(text)) or None,
        Ground.NO_CONTENT: _without_content,
        Ground.ADVERTISING: _advertising,
    }
    found: dict[Ground, list[Span] | None] = {ground: way(text) for ground, way in ways.items()}
    found.update(_by_rules(text))
    return tuple(
        OutOfPower(ground, tuple(evidence_at(original, folded, one.start, one.end, 1.0) for one in spans[:MOST_WORDS]))
        for ground in Ground
        if (spans := found.get(ground)) is not None
    )


def _by_rules(text: str) -> dict[Ground, list[Span]]:
    found: dict[Ground, list[Span]] = {}
    for sentence in sentences(text):
        for rule in _rules().rules:
            if rule.ground in found or rule.needs.isdisjoint(sentence.characters):
                continue
            if span := _first(rule, sentence):
                found[rule.ground] = [span]
    return found


def _first(rule: _Rule, sentence: Sentence) -> Span | None:
    for pattern in rule.patterns:
        for match in pattern.finditer(sentence.text):
            if rule.never_before and rule.never_before.search(sentence.text, 0, match.start()):
                continue
            if rule.unless.search(sentence.text):
                return None
            return Span(sentence.start + match.start(), sentence.start + match.end(), rule.ground)
    return None


def _advertising(text: str) -> list[Span] | None:
    rules = _rules()
    offers = [Span(one.start(), one.end(), Ground.ADVERTISING) for one in rules.offer.finditer(text)]
    contacts = [Span(one.start(), one.end(), Ground.ADVERTISING) for one in rules.contact.finditer(text)]
    different = len({text[one.start : one.end] for one in offers})
    enough = offers and different + bool(contacts) >= rules.least_offers
    return offers + contacts if enough and not rules.no_advertising.search(text) else None


def _without_content(text: str) -> list[Span] | None:
    """Return all words of a letter that says nothing, and None for another one; an empty one has no words."""
    rules = _rules()
    if len(text) > _LONG:
        return None
    said = rules.filler.sub(" ", text)
    if len(_HAN.findall(said)) >= rules.least_said or len(_OTHER_LETTER.findall(said)) >= rules.least_said:
        return None
    if rules.foreign_words.search(text) or len(_LATIN_WORD.findall(said)) >= rules.least_foreign_words:
        return None
    return [Span(one.start(), one.end(), Ground.NO_CONTENT) for one in _LINE.finditer(text)]


@cache
def _rules() -> _Rules:
    data = _decoder.decode(_FILE.read_bytes())
    return _Rules(
        rules=[
            _Rule(
                ground,
                frozenset(one.needs),
                [compiled(pattern, data.words) for pattern in one.patterns],
                compiled(one.never_before, data.words) if one.never_before else None,
                compiled(one.unless, data.words),
            )
            for ground, one in data.grounds.items()
        ],
        offer=re.compile(data.advertising.offer),
        contact=re.compile(data.advertising.contact),
        least_offers=data.advertising.least,
        no_advertising=re.compile(data.advertising.unless),
        filler=re.compile(data.no_content.filler),
        least_said=data.no_content.least,
        foreign_words=re.compile(data.no_content.foreign_words),
        least_foreign_words=data.no_content.least_foreign_words,
    )
