"""What changed between two texts, for a person to check: cut at sentences first, then at characters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

from msgspec import Struct

# Comparing by characters takes time with the product of the lengths; longer stretches are shown as a whole.
MOST_PAIRS: Final = 400_000
_SENTENCE: Final = re.compile(r"[^。！？；，,;!?\n]*[。！？；，,;!?\n]|[^。！？；，,;!?\n]+")


class Change(StrEnum):
    """What became of a piece."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


class Piece(Struct, frozen=True):
    """A piece of the two texts."""

    text: str
    change: Change


def difference(before: str, after: str) -> tuple[Piece, ...]:
    """Return the pieces in reading order: without the removed ones they are ``after``, without the added ``before``."""
    old, new = _SENTENCE.findall(before), _SENTENCE.findall(after)
    found: list[Piece] = []
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        removed, added = "".join(old[old_from:old_to]), "".join(new[new_from:new_to])
        found += [Piece(removed, Change.KEPT)] if tag == "equal" else _by_characters(removed, added)
    return _joined(found)


def _by_characters(removed: str, added: str) -> list[Piece]:
    if len(removed) * len(added) > MOST_PAIRS:
        return [Piece(removed, Change.REMOVED), Piece(added, Change.ADDED)]
    found = []
    for tag, start, end, new_from, new_to in SequenceMatcher(None, removed, added, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece(removed[start:end], Change.KEPT))
        else:
            found += [Piece(removed[start:end], Change.REMOVED), Piece(added[new_from:new_to], Change.ADDED)]
    return found


def _joined(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    joined: list[Piece] = []
    for piece in pieces:
        if not piece.text:
            continue
        if joined and joined[-1].change is piece.change:
            joined[-1] = Piece(joined[-1].text + piece.text, piece.change)
        else:
            joined.append(piece)
    return tuple(joined)
