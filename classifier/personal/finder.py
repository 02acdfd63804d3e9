"""Finds the personal data of a text (个人信息识别): each span with its kind, how sure it is, and the rule behind it.

Rules over forms and a small language model of names; nothing is learned from letters, nothing is sent anywhere. The
time is linear in the text.
"""

from __future__ import annotations

import re
from collections import Counter
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
_NAME_LENGTHS: Final = (2, 3, 4)
_STREET: Final = re.compile("[路街巷弄道]")
_STANDS_FOR_HIM: Final = re.compile(
    "(?:(?<![一-鿿])|(?<=[向对由与和或是被据为长]))[一-鿿](?=本人|某(?!些|个|种|一)|或|等人|并未|说(?!明|法)|称|答复|一家"
    "|的(?:人|家|儿|女|妻|老|弟|哥|养|公司|关联|账户|秘书|车|房))"
)


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
    named = _without_places(view, _apart([*spans, *find_introductions(view), *find_names(view)]))
    named = _apart([*named, *find_chained(view, _names_in(named))])
    removed = _apart([*named, *_repeated(view, _names_in(named))])
    removed = _apart([*removed, *_surnames_again(view, _names_in(removed))])
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


def _without_places(view: str, spans: list[PersonalSpan]) -> list[PersonalSpan]:
    """Leave out what is called a place anywhere in the letter: who writes of 田粮湖镇 means it by 田粮湖, too."""
    before = {
        view[found.start() - length : found.start()]
        for found in load_lexicon().settlements.finditer(view)
        for length in _NAME_LENGTHS
        if length <= found.start()
    }
    places = {
        view[span.start : span.end]
        for span in spans
        if span.kind is Personal.NAME and span.certainty is not Certainty.CERTAIN
    } & before
    return [span for span in spans if span.kind is not Personal.NAME or view[span.start : span.end] not in places]


def _is_whole(view: str, span: PersonalSpan) -> bool:
    """Say whether the name can be nothing else: not a surname alone, nor two characters that make a word."""
    length = span.end - span.start
    return length > 2 or (length == 2 and view[span.start : span.end] not in load_lexicon().words)


def _surnames_again(view: str, names: list[PersonalSpan]) -> list[PersonalSpan]:
    """Find the surname of somebody already named where it stands for him: 贺佑平, and later 贺的养猪场."""
    lexicon = load_lexicon()
    known = {view[span.start] for span in names if span.end - span.start > 1} & lexicon.surnames.keys()
    if not known:
        return []
    return [
        PersonalSpan(found.start(), found.end(), Personal.NAME, Certainty.SUSPECTED, "name.surname")
        for found in _STANDS_FOR_HIM.finditer(view)
        if found[0] in known
    ]


def _repeated(view: str, names: list[PersonalSpan]) -> list[PersonalSpan]:
    """Find a name once known wherever it stands again: 王建国 of the first line is 王建国 in the last."""
    counts = Counter(view[span.start : span.end] for span in names)
    known = sorted(
        {
            view[span.start : span.end]
            for span in names
            if span.rule == "name.doubled"
            or (
                (span.certainty is not Certainty.SUSPECTED or counts[view[span.start : span.end]] > 1)
                and _is_whole(view, span)
            )
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
        if len(found[0]) > 2 or _STREET.match(view, found.end()) is None
    ]
