"""Text made comparable, with the way back: every folded character knows which original characters it came from.

Letters arrive in full-width forms, in traditional characters, with zero-width marks copied from web pages. The models
and rules read the folded text; people are shown the original, so offsets must survive the folding.
"""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct

from minxin.core.characters import fold_character
from minxin.core.judgement import Evidence

MAX_JUDGED_CHARS = 5_000  # what a letter is about is said well before; the cap bounds the time of a hostile text

_KEPT = 16  # texts; models, rules and points read the same letter one after another


class Folded(Struct, frozen=True):
    """``text`` is folded; ``starts[i]`` and ``ends[i]`` bound the original characters behind ``text[i]``."""

    text: str
    starts: list[int]
    ends: list[int]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the original offsets of the folded characters ``start`` to ``end`` (not empty)."""
        return self.starts[start], self.ends[end - 1]


@lru_cache(maxsize=_KEPT)
def fold(text: str, *, limit: int = MAX_JUDGED_CHARS) -> Folded:
    """Fold width, case, traditional forms, digits' styles and runs of white space in the first ``limit`` characters.

    Folding is by single character (Unicode NFKC, UAX 15), so that an offset into the original always exists. Line
    breaks stay: the first one divides subject from body.
    """
    head = text[:limit]
    plain = [fold_character(character) for character in head]
    joined = "".join(plain)
    if all(len(piece) == 1 for piece in plain) and "  " not in joined and "\n " not in joined and joined[:1] != " ":
        return Folded(joined, list(range(len(head))), list(range(1, len(head) + 1)))
    return _folded(plain, limit)


def _folded(folded: list[str], limit: int) -> Folded:
    """Join what each character became, where some became none, several, or one space of many."""
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    last = "\n"
    for position, became in enumerate(folded):
        for piece in became:
            if piece == " " and last in " \n":
                continue
            pieces.append(piece)
            starts.append(position)
            ends.append(position + 1)
            last = piece
    return Folded("".join(pieces[:limit]), starts[:limit], ends[:limit])


def evidence_at(original: str, folded: Folded, start: int, end: int, weight: float) -> Evidence:
    """Return folded characters ``start`` to ``end`` (not empty) as evidence with offsets into the original text."""
    first, last = folded.original_span(start, end)
    return Evidence(first, last, original[first:last], round(weight, 4))
