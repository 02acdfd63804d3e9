"""Finds the personal data of a text (个人信息识别): each span with its kind, how sure it is, and the rule behind it.

Rules over forms and a small language model of names; nothing is learned from letters, nothing is sent anywhere. The
time is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from minxin.classifier.personal.addresses import find_addresses
from minxin.classifier.personal.circumstances import find_health, find_minors
from minxin.classifier.personal.digits import find_numbers
from minxin.classifier.personal.introductions import find_introductions
from minxin.classifier.personal.lexicon import load_lexicon
from minxin.classifier.personal.names import find_chained, find_names
from minxin.classifier.personal.tokens import find_tokens
from minxin.classifier.personal.view import view_of
from minxin.classifier.personal.words import word_list
from minxin.core.personal import Certainty, Personal, PersonalSpan

_ORDER: Final = {Certainty.CERTAIN: 0, Certainty.LIKELY: 1, Certainty.SUSPECTED: 2}
_MOST_REPEATED: Final = 100


class PersonalFinder:
    """The finder; it holds no state and may be called from any thread.

    Making one is cheap and raises ``ConfigError`` when the word list is not installed. The first ``find``, or
    ``warm_up`` before it, takes 0.4 s to read the list.
    """

    def __init__(self) -> None:
        word_list()

    def warm_up(self) -> None:
        """Read the word list, so that the first to publish need not wait; raises ``ConfigError`` if it can't be."""
        load_lexicon()

    def find(self, text: str) -> tuple[PersonalSpan, ...]:
        """Return what is found, by place; never raises on any text.

        Spans that are to be taken out don't overlap each other. Minors and health are marked beside them and may.
        """
        return find(text)


def find(text: str) -> tuple[PersonalSpan, ...]:
    """Return the personal data of the text, by place."""
    view = view_of(text)
    spans = [*find_numbers(view), *find_tokens(view), *find_addresses(view)]
    named = _apart([*spans, *find_introductions(view), *find_names(view)])
    named = _apart([*named, *find_chained(view, _names_in(named))])
    removed = _apart([*named, *_repeated(view, _names_in(named))])
    people = _names_in(removed)
    return tuple(sorted([*removed, *_apart(find_minors(view, people)), *_apart(find_health(view))]))


def _apart(spans: Iterable[PersonalSpan]) -> list[PersonalSpan]:
    """Keep of spans that overlap the surest, then the longest, then the first."""
    taken: list[PersonalSpan] = []
    reached = bytearray()
    for span in sorted(spans, key=lambda span: (_ORDER[span.certainty], span.start - span.end, span.start)):
        if span.end > len(reached):
            reached.extend(bytes(span.end - len(reached)))
        if not any(reached[span.start : span.end]):
            reached[span.start : span.end] = b"\1" * (span.end - span.start)
            taken.append(span)
    return taken


def _names_in(spans: Iterable[PersonalSpan]) -> list[PersonalSpan]:
    return [span for span in spans if span.kind is Personal.NAME]


def _is_whole(view: str, span: PersonalSpan) -> bool:
    """Say whether the name can be nothing else: not a surname alone, nor two characters that make a word."""
    length = span.end - span.start
    return length > 2 or (length == 2 and view[span.start : span.end] not in load_lexicon().words)


def _repeated(view: str, names: list[PersonalSpan]) -> list[PersonalSpan]:
    """Find a name once known wherever it stands again: 王建国 of the first line is 王建国 in the last."""
    known = sorted(
        {
            view[span.start : span.end]
            for span in names
            if span.rule == "name.doubled" or (span.certainty is not Certainty.SUSPECTED and _is_whole(view, span))
        },
        key=len,
        reverse=True,
    )[:_MOST_REPEATED]
    if not known:
        return []
    pattern = re.compile("|".join(map(re.escape, known)))
    return [
        PersonalSpan(found.start(), found.end(), Personal.NAME, Certainty.LIKELY, "name.again")
        for found in pattern.finditer(view)
    ]
