"""What is searched (条目): the titles that people may ask for, and the text that may answer."""

from __future__ import annotations

from msgspec import Struct


class Entry(Struct, frozen=True, kw_only=True):
    """One thing that can be found. ``heads`` are the ways to ask for it, the title first; ``body`` may answer.

    ``kind`` is what a search may be narrowed to.
    """

    id: str
    kind: str
    heads: tuple[str, ...]
    body: str


class Found(Struct, frozen=True):
    """An entry that was found; ``confidence`` is the calibrated probability that it answers."""

    id: str
    score: float
    confidence: float
