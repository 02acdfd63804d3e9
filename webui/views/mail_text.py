"""Words of a mail as pages show them: links that can be followed, and where a search found its words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from markupsafe import Markup, escape

from minxin.core.characters import fold_character

EXCERPT_BEFORE: Final = 30
EXCERPT_CHARS: Final = 120
# What people and programs put right behind an address, in Latin and Chinese texts.
_LINK: Final = re.compile(r"""https?://[^\s<>"'`（）《》「」“”‘’，。；：！？、【】\x00-\x20]{3,2000}""", re.IGNORECASE)
_BEHIND: Final = ".,;:!?)]}"

Pieces = tuple[tuple[str, bool], ...]


def linked(text: str) -> Markup:
    """Return the text escaped, its web addresses as links that open by themselves and tell nothing of where one was."""
    done, parts = 0, []
    for found in _LINK.finditer(text):
        address = found[0].rstrip(_BEHIND)
        link = Markup('<a href="{}" target="_blank" rel="noopener noreferrer nofollow">{}</a>').format(address, address)
        parts += [escape(text[done : found.start()]), link]
        done = found.start() + len(address)
    return escape("").join([*parts, escape(text[done:])])


def marked(text: str, words: Sequence[str]) -> Pieces:
    """Return the text in pieces, those that hold one of the folded words marked (``mailbox.mail.folded``)."""
    spans = _spans(text, words) if words else []
    if not spans:
        return ((text, False),) if text else ()
    pieces: list[tuple[str, bool]] = []
    done = 0
    for start, stop in spans:
        pieces += [(text[done:start], False)] * (start > done) + [(text[start:stop], True)]
        done = stop
    return tuple(pieces + [(text[done:], False)] * (done < len(text)))


def excerpt(text: str, words: Sequence[str]) -> Pieces:
    """Return the text around the first place that holds one of the words, or nothing when there is none."""
    flat = " ".join(text.split())
    spans = _spans(flat, words)
    if not spans:
        return ()
    start = max(0, spans[0][0] - EXCERPT_BEFORE)
    cut = flat[start : start + EXCERPT_CHARS]
    return marked(f"{'…' if start else ''}{cut}{'…' if start + EXCERPT_CHARS < len(flat) else ''}", words)


def _spans(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Return from where to where the words stand, in order, those that touch joined."""
    folded, places = [], []
    for place, character in enumerate(text):
        for piece in fold_character(character):
            folded.append(piece)
            places.append(place)
    whole = "".join(folded)
    found = sorted((at.start(), at.end()) for word in words if word for at in re.finditer(re.escape(word), whole))
    spans: list[tuple[int, int]] = []
    for first, last in found:
        start, stop = places[first], places[last - 1] + 1
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(stop, spans[-1][1]))
        else:
            spans.append((start, stop))
    return spans
