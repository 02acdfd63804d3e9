"""An answer cut into sentences that know their place, with the words of each made comparable."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from minxin.classifier.points.pieces import topics_in
from minxin.classifier.replygate.wording import wording
from minxin.classifier.text import fold

_SENTENCE: Final = re.compile(r"[^。！？!?；;\n]+[。！？!?；;]*")


class Sentence(Struct, frozen=True):
    """Characters ``start`` to ``end`` of a part, as written and folded."""

    part: str
    start: int
    end: int
    text: str
    folded: str


def sentences_of(part: str, text: str) -> list[Sentence]:
    """Return the sentences of one part in order."""
    found = []
    for match in _SENTENCE.finditer(text):
        written = match.group().strip()
        if written:
            start = match.start() + match.group().index(written)
            found.append(Sentence(part, start, start + len(written), written, fold(written).text))
    return found


def matter_of(folded: str) -> frozenset[str]:
    """Return what a text is about: its pairs of telling characters."""
    pairs = (first + second for first, second in zip(folded, folded[1:], strict=False))
    return frozenset(pair for pair in pairs if _tells(pair))


def subjects_of(folded: str) -> frozenset[str]:
    """Return what a text names, by any word for it: groups of synonyms, and topics as points are told apart by."""
    words = wording()
    groups = {words.first_of[match.group()] for match in words.synonym.finditer(folded)}
    return frozenset(groups.union(f"topic {topic}" for topic in topics_in(folded)))


def shingles(texts: Iterable[str], size: int) -> frozenset[str]:
    """Return the runs of ``size`` letters and digits in folded texts."""
    plain = "".join(filter(str.isalnum, "".join(fold(text).text for text in texts)))
    return frozenset(plain[place : place + size] for place in range(len(plain) - size + 1))


def _tells(pair: str) -> bool:
    words = wording()
    return pair.isalnum() and not pair.isdigit() and pair not in words.common and not words.stop.intersection(pair)
