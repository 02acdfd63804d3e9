"""Which letters are like one (相似来信): copied text, or the same matter by meaning, place and time, and why."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

from msgspec import Struct

from minxin.classifier.alike.marks import READ_CHARS, stretches
from minxin.classifier.alike.telling import words_of
from minxin.classifier.text import fold
from minxin.core.alike import Alike, AlikeText, Likeness
from minxin.core.judgement import judged_text

COPIED: Final = 0.5  # share of the shorter text that makes it a repeated one
ALIKE: Final = 0.12  # cosine, weighed by place and time
_LEAST_STRETCHES: Final = 12  # of the shorter text; fewer may be a turn of phrase
_SAME_PLACE, _OTHER_PLACE = 1.5, 0.6
_HALF_LIFE_DAYS: Final = 180.0
_MOST_WORDS: Final = 4
_MOST_REASON_CHARS: Final = 16
MOST_SHARE: Final = 0.05  # of the letters; words of more are no reason
_KEPT: Final = 512  # letters, some 30 kB each


class _Read(Struct, frozen=True):
    """A text taken apart."""

    folded: str
    words: frozenset[str]
    stretches: frozenset[str]


class Background(Struct, frozen=True):
    """What letters have in common that have nothing to do with each other.

    ``letters`` of ``count`` hold a word. ``squares`` are the words' squared inverse document frequencies,
    (ln((1 + n) / (1 + df)) + 1)², and ``unseen`` is that of all other words.
    """

    letters: Counter[str]
    count: int
    squares: dict[str, float]
    unseen: float

    def rare(self, words: Iterable[str]) -> set[str]:
        """Return those of the words that few letters hold."""
        most = max(1.0, MOST_SHARE * self.count)
        return {word for word in words if self.letters[word] <= most}

    def length(self, words: Iterable[str]) -> float:
        """Return the squared length of the vector that has these words."""
        squares, unseen = self.squares, self.unseen
        return sum(squares.get(word, unseen) for word in words)


def background_of(texts: Iterable[tuple[str, str]]) -> Background:
    """Learn from (subject, body) of some hundred letters of the city what is common; takes a millisecond each."""
    reads = [_read(subject, body) for subject, body in texts]
    letters = Counter(word for read in reads for word in read.words)
    count = len(reads)
    squares = {word: _square(count, holds) for word, holds in letters.items()}
    return Background(letters, count, squares, _square(count, 0))


def alike(asked: AlikeText, others: Sequence[AlikeText], background: Background) -> list[Alike]:
    """Return those of the others that are like the letter asked about, the most alike first.

    Two letters are *repeated* when half of the shorter one stands in the other. They are about *the same matter* when
    their cosine over weighted pairs of characters, times 1.5 where they name the same place or 0.6 where they name
    different ones, halved for each 180 days between them, is 0.12 or more, and they share three rare pairs of
    characters, or two at the same place.
    """
    mine = _read(asked.subject, asked.body)
    found = [_compare(asked, mine, other, background) for other in others if other.id != asked.id]
    return sorted((one for one in found if one is not None), key=lambda one: (-one.score, one.id))


def _compare(asked: AlikeText, mine: _Read, other: AlikeText, background: Background) -> Alike | None:
    theirs = _read(other.subject, other.body)
    places = tuple(place for place in dict.fromkeys(asked.places) if place in other.places)
    days = abs((asked.at - other.at).days)
    cosine = _cosine(mine.words, theirs.words, background)
    near = 1.0 if not (asked.places and other.places) else _SAME_PLACE if places else _OTHER_PLACE
    score = cosine * near * 0.5 ** (days / _HALF_LIFE_DAYS)
    copied = _copied(mine, theirs)
    if copied >= COPIED:
        kind, score = Likeness.REPEATED, max(score, copied)
    elif score >= ALIKE and len(background.rare(mine.words & theirs.words)) >= (2 if places else 3):
        kind = Likeness.SAME_MATTER
    else:
        return None
    words = _reasons(mine, theirs, background)
    return Alike(other.id, kind, round(min(1.0, score), 3), round(copied, 3), words, places, days)


def _copied(mine: _Read, theirs: _Read) -> float:
    shorter = min(len(mine.stretches), len(theirs.stretches))
    if shorter < _LEAST_STRETCHES:
        return 1.0 if shorter and mine.stretches == theirs.stretches else 0.0
    return len(mine.stretches & theirs.stretches) / shorter


def _cosine(mine: frozenset[str], theirs: frozenset[str], background: Background) -> float:
    both = background.length(mine & theirs)
    return both / math.sqrt(background.length(mine) * background.length(theirs)) if both else 0.0


def _square(count: int, holds: int) -> float:
    return (math.log((1 + count) / (1 + holds)) + 1.0) ** 2


def _reasons(mine: _Read, theirs: _Read, background: Background) -> tuple[str, ...]:
    """Return the stretches of words that both have and few others, in the asked letter's own order."""
    shared = background.rare(mine.words & theirs.words)
    phrases: dict[str, float] = {}
    run = ""
    for first, second in pairwise(mine.folded + " "):
        if first + second in shared:
            run = run + second if run else first + second
            continue
        if run:
            phrases[run] = sum(background.squares.get(one + other, background.unseen) for one, other in pairwise(run))
        run = ""
    strongest = sorted(phrases, key=lambda phrase: (-phrases[phrase], phrase))
    chosen: list[str] = []
    for phrase in strongest:
        if len(chosen) < _MOST_WORDS and not any(phrase in other for other in chosen):
            chosen.append(phrase[:_MOST_REASON_CHARS])
    return tuple(chosen)


def _read(subject: str, body: str) -> _Read:
    return _read_text(judged_text(subject, body[:READ_CHARS]))


@lru_cache(maxsize=_KEPT)
def _read_text(text: str) -> _Read:
    folded = fold(text, limit=READ_CHARS).text
    return _Read(folded, frozenset(words_of(folded)), stretches(folded))


NOTHING_KNOWN: Final = background_of(())
