"""The words that people use for what offices call otherwise (同义词): 房本 is a 不动产权证书."""

from __future__ import annotations

import re
from collections.abc import Iterable

from minxin.classifier.retrieval.grams import folded


class Synonyms:
    """A table of colloquial words, each with the offices' words for it."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._official: dict[str, list[str]] = {}
        for said, meant in pairs:
            key, value = folded(said).strip(), folded(meant).strip()
            if key and value and key != value:
                self._official.setdefault(key, []).append(value)
        # Longest first: 新农合 before 农合.
        ordered = sorted(self._official, key=lambda word: (-len(word), word))
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def readings(self, question: str) -> tuple[str, ...]:
        """Return the folded question, and after it, when it has such words, the question in the offices' words."""
        if self._pattern is None:
            return (question,)
        official = self._pattern.sub(lambda found: self._in_office_words(question, found), question)
        return (question,) if official == question else (question, official)

    def _in_office_words(self, question: str, found: re.Match[str]) -> str:
        meant = self._official[found[0]]
        # Who says 社会保险 may say 保险, too: a word that stands there already is not put inside itself.
        if any(found[0] in word and word in question for word in meant):
            return found[0]
        return " ".join(meant)
