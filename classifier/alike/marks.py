"""Marks (特征标记): a few whole numbers of a letter by which an index finds those that may be like it.

Like letters share names of places, words of the subject, words that the body says again and again, or whole stretches
of text. A letter has some forty marks, so that an index of a hundred thousand letters stays small.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from heapq import nsmallest
from typing import Final

from minxin.classifier.alike.telling import words_of
from minxin.classifier.text import fold

READ_CHARS: Final = 1_500
MOST_MARKS: Final = 48
_MOST_PLACES: Final = 6
_MOST_OF_SUBJECT: Final = 20
_MOST_REPEATED: Final = 10
_MOST_STRETCHES: Final = 12
STRETCH: Final = 6  # characters; a stretch of so many is rarely written twice


def marks_of(subject: str, body: str, places: Iterable[str]) -> tuple[int, ...]:
    """Return at most 48 different marks (0 to 2**32 - 1), ascending. Never raises; the time is linear and bounded."""
    head = fold(subject, limit=READ_CHARS).text
    text = fold(body, limit=READ_CHARS).text
    found = [_mark("place", name) for name in list(places)[:_MOST_PLACES]]
    found += [_mark("word", word) for word in list(dict.fromkeys(words_of(head)))[:_MOST_OF_SUBJECT]]
    again = Counter(words_of(text))
    often = sorted((word for word, count in again.items() if count > 1), key=lambda word: (-again[word], word))
    found += [_mark("word", word) for word in often[:_MOST_REPEATED]]
    found += nsmallest(_MOST_STRETCHES, (_mark("text", one) for one in stretches(text)))
    return tuple(sorted(set(found)))[:MOST_MARKS]


def stretches(folded: str) -> frozenset[str]:
    """Return the overlapping stretches of a text without its white space and marks."""
    bare = "".join(character for character in folded if character.isalnum())
    return frozenset(bare[start : start + STRETCH] for start in range(max(0, len(bare) - STRETCH + 1)))


def shared_marks(first: Sequence[int], second: Sequence[int]) -> int:
    """Return how many marks are in both."""
    return len(set(first) & set(second))


def _mark(kind: str, text: str) -> int:
    # Multiplied by an odd number (Knuth, 6.4), because the least of many CRCs are no fair sample of the texts.
    return zlib.crc32(f"{kind}:{text}".encode()) * 2_654_435_761 & 0xFFFFFFFF
