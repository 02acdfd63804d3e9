"""What words alone can tell (规则判断): urgency, denunciation, and the kind of a letter when nothing was learnt yet.

The words are data (``rules.json``); this file knows how a clause is negated, reported, past or supposed. Every pattern
has bounded gaps and is run over one sentence at a time, so that the time is linear in the text.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from minxin.classifier.calibration import softmax
from minxin.core.judgement import Kind

KINDS: tuple[Kind, ...] = tuple(Kind)

_RULES_FILE = Path(__file__).parent / "rules.json"
_SENTENCE = re.compile(r"[^。!?;\n]+")
_CLAUSE_START = re.compile(r"[,，:：、]")
_LONGEST_SENTENCE = 300  # a text without full stops is read in pieces
_SUBJECT_COUNTS = 2.0


class Span(Struct, frozen=True):
    """A place in the folded text and the rule that found it."""

    start: int
    end: int
    rule: str


class _Pattern(Struct, frozen=True):
    name: str
    pattern: str
    unless: str = ""


class _UrgencyData(Struct, frozen=True):
    words: dict[str, list[str]]
    patterns: list[_Pattern]
    never_before: str
    never_around: str
    supposed_before: str
    never_after: str
    chronic_before: str
    past: str
    present: str


class _DenunciationData(Struct, frozen=True):
    words: dict[str, list[str]]
    patterns: list[_Pattern]
    never_before: str
    deed_denied: str
    never_around: str


class _Cue(Struct, frozen=True):
    pattern: str
    weight: float


class _RulesData(Struct, frozen=True):
    urgency: _UrgencyData
    denunciation: _DenunciationData
    kinds: dict[Kind, list[_Cue]]


_decoder = msgspec.json.Decoder(_RulesData)


class _Compiled(Struct, frozen=True):
    name: str
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None


class _UrgencyRules(Struct, frozen=True):
    patterns: list[_Compiled]
    never_before: re.Pattern[str]
    never_around: re.Pattern[str]
    supposed_before: re.Pattern[str]
    never_after: re.Pattern[str]
    chronic_before: re.Pattern[str]
    past: re.Pattern[str]
    present: re.Pattern[str]


class _DenunciationRules(Struct, frozen=True):
    patterns: list[_Compiled]
    never_before: re.Pattern[str]
    deed_denied: re.Pattern[str]
    never_around: re.Pattern[str]


def danger(folded: str) -> list[Span]:
    """Return the places that speak of a present danger to life, property or supply; empty for an ordinary letter.

    Water that drips is no emergency. What is denied, supposed, feared, long past, practised or only read about is none.
    """
    rules = _urgency_rules()
    found: list[Span] = []
    for offset, sentence in _sentences(folded):
        for rule in rules.patterns:
            for match in rule.pattern.finditer(sentence):
                if _is_present_danger(rules, rule.name, sentence, match):
                    found.append(Span(offset + match.start(), offset + match.end(), rule.name))
    return sorted(found, key=lambda span: span.start)


def denunciation(folded: str) -> list[Span]:
    """Return the places where an office or an official is accused (举报公职人员或单位); empty when nobody is.

    A report of a shop or a neighbour is none, nor is a complaint that an office is slow: only corruption, abuse of
    power, a named official who does nothing, or an office that is itself the target of a report.
    """
    rules = _denunciation_rules()
    found: list[Span] = []
    for offset, sentence in _sentences(folded):
        if rules.never_around.search(sentence):
            continue
        for rule in rules.patterns:
            match = rule.pattern.search(sentence)
            if match is None or (rule.unless and rule.unless.search(sentence)):
                continue
            if not rules.never_before.search(sentence[: match.start()]) and not _is_denied(rules, match):
                found.append(Span(offset + match.start(), offset + match.end(), rule.name))
    return found


def kind_scores(folded: str) -> NDArray[np.float64]:
    """Return the probability of each of :data:`KINDS` by cue words; a cue in the subject counts double."""
    subject, _, body = folded.partition("\n")
    scores = np.zeros(len(KINDS))
    for column, kind in enumerate(KINDS):
        for pattern, weight in _kind_cues()[kind]:
            if pattern.search(subject):
                scores[column] += weight * _SUBJECT_COUNTS
            if pattern.search(body):
                scores[column] += weight
    result: NDArray[np.float64] = softmax(scores[None, :])[0]
    return result


def _sentences(text: str) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for match in _SENTENCE.finditer(text):
        for start in range(match.start(), match.end(), _LONGEST_SENTENCE):
            found.append((start, text[start : min(start + _LONGEST_SENTENCE, match.end())]))
    return found


def _is_present_danger(rules: _UrgencyRules, name: str, sentence: str, match: re.Match[str]) -> bool:
    clause_starts = [found.end() for found in _CLAUSE_START.finditer(sentence, 0, match.start())]
    before = sentence[clause_starts[-1] if clause_starts else 0 : match.start()]
    after = sentence[match.end() :]
    if rules.never_before.search(before) or rules.never_after.search(after):
        return False
    if rules.never_around.search(sentence) or rules.supposed_before.search(before):
        return False
    if name == "outage" and rules.chronic_before.search(before):
        return False
    return _is_now(rules, sentence)


def _is_now(rules: _UrgencyRules, sentence: str) -> bool:
    return rules.past.search(sentence) is None or rules.present.search(sentence) is not None


def _is_denied(rules: _DenunciationRules, match: re.Match[str]) -> bool:
    """Look between the official and the deed: "局长从不收红包" accuses nobody."""
    if "deed" not in match.re.groupindex:
        return False
    return rules.deed_denied.search(match.string[: match.start("deed")]) is not None


@cache
def _data() -> _RulesData:
    return _decoder.decode(_RULES_FILE.read_bytes())


@cache
def _urgency_rules() -> _UrgencyRules:
    data = _data().urgency
    return _UrgencyRules(
        patterns=_compiled(data.patterns, data.words),
        never_before=re.compile(data.never_before),
        never_around=re.compile(data.never_around),
        supposed_before=re.compile(data.supposed_before),
        never_after=re.compile(data.never_after),
        chronic_before=re.compile(data.chronic_before),
        past=re.compile(data.past),
        present=re.compile(data.present),
    )


@cache
def _denunciation_rules() -> _DenunciationRules:
    data = _data().denunciation
    return _DenunciationRules(
        patterns=_compiled(data.patterns, data.words),
        never_before=re.compile(data.never_before),
        deed_denied=re.compile(data.deed_denied),
        never_around=re.compile(data.never_around),
    )


@cache
def _kind_cues() -> dict[Kind, list[tuple[re.Pattern[str], float]]]:
    kinds = _data().kinds
    return {kind: [(re.compile(cue.pattern), cue.weight) for cue in kinds[kind]] for kind in KINDS}


def _compiled(patterns: list[_Pattern], words: dict[str, list[str]]) -> list[_Compiled]:
    return [
        _Compiled(
            item.name,
            re.compile(_filled(item.pattern, words)),
            re.compile(_filled(item.unless, words)) if item.unless else None,
        )
        for item in patterns
    ]


def _filled(pattern: str, words: dict[str, list[str]]) -> str:
    for name, alternatives in words.items():
        pattern = pattern.replace("{" + name + "}", "(?:" + "|".join(alternatives) + ")")
    return pattern
