"""Names of issues, in the letters' own words (问题描述): what most of them say and few others do."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from minxin.classifier.text import fold

MOST_WORDS: Final = 5
_SHORTEST, _LONGEST = 2, 8  # characters of a word or phrase
_LEAST_SHARE: Final = 0.25  # of the letters: what fewer say is one man's wording
_NAME_CHARS: Final = 30
_READ_CHARS: Final = 200
_RUN: Final = re.compile(r"[一-鿿]+")
# What people begin and end a subject with, whatever it is about.
_OPENING: Final = re.compile(
    r"^(?:再次|强烈|紧急|恳请|请求|请|求|关于|有关|对于|针对|反映|反应|投诉|举报|咨询|建议|希望)+[:：,，]?"
)
_CLOSING: Final = re.compile(
    r"(?:等?(?:相关|有关)?(?:的)?(?:问题|事宜|情况|投诉|咨询|建议|疑问|请求|反映|举报))?[?？!！。.~\s]*$"
)


class Phrases(Struct, frozen=True):
    """In how many subjects each phrase stands, of ``count`` subjects."""

    subjects: Counter[str]
    count: int


def phrases_of(subjects: Iterable[str]) -> Phrases:
    """Count the phrases of all subjects, to tell an issue's own from everybody's."""
    found: Counter[str] = Counter()
    count = 0
    for subject in subjects:
        found.update(_phrases(subject))
        count += 1
    return Phrases(found, count)


def own_words(subjects: Sequence[str], everybody: Phrases) -> tuple[str, ...]:
    """Return up to five phrases that mark these subjects, best first; none holds another."""
    inside: Counter[str] = Counter()
    for subject in subjects:
        inside.update(_phrases(subject))
    least = max(2.0, _LEAST_SHARE * len(subjects))
    weights = {
        phrase: _weight(phrase, count / len(subjects), everybody) for phrase, count in inside.items() if count >= least
    }
    chosen: list[str] = []
    for phrase in sorted(weights, key=lambda one: (-weights[one], one)):
        if len(chosen) == MOST_WORDS or weights[phrase] <= 0.0:
            break
        if not any(_overlap(phrase, other) for other in chosen):
            chosen.append(phrase)
    return tuple(chosen)


def issue_name(central: str, place: str) -> str:
    """Return a name from the subject of the most central letter, with the place where it does not say it."""
    subject = " ".join(central[:_READ_CHARS].split())
    bare = _CLOSING.sub("", _OPENING.sub("", subject)) or subject
    bare = bare if len(bare) <= _NAME_CHARS else f"{bare[: _NAME_CHARS - 1]}…"
    return f"{place}：{bare}" if place and fold(place).text not in fold(bare).text else bare


def _phrases(subject: str) -> set[str]:
    return {
        run[start : start + size]
        for run in _RUN.findall(fold(subject, limit=_READ_CHARS).text)
        for size in range(_SHORTEST, min(_LONGEST, len(run)) + 1)
        for start in range(len(run) - size + 1)
    }


def _weight(phrase: str, share: float, everybody: Phrases) -> float:
    """Weigh a phrase by how many of the letters say it, how few others do, and its length."""
    others = everybody.subjects[phrase] / max(1, everybody.count)
    return share * math.log(share / max(others, 1e-9)) * math.sqrt(len(phrase) - 1)


def _overlap(phrase: str, other: str) -> bool:
    """Say whether two phrases are pieces of one another or of one longer phrase."""
    if phrase in other or other in phrase:
        return True
    shortest = max(1, min(len(phrase), len(other)) // 2)
    return any(
        first.endswith(second[:size])
        for first, second in ((phrase, other), (other, phrase))
        for size in range(shortest, min(len(phrase), len(other)))
    )
