"""What the search knows and is asked (检索): entries, questions, what was found, and how far the index is behind."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from msgspec import Struct

from minxin.consult.search.words import Wanted
from minxin.core.changes import Record

BUILD: Final = "letters"  # the id of the only build that may be under way
FACETS: Final = ("state", "office", "kind", "month")


class SearchEntry(Struct, frozen=True, kw_only=True):
    """What an index keeps of one letter, or of one published answer.

    ``revision`` rises with every change, so that an older state never overwrites a newer one. ``place`` is where it
    stands among all, the newest highest. ``audience`` are those who may find it (``consult/search/entries.py``).
    ``words`` and ``whole`` are cut by ``consult/search/words.py``; ``vector`` is its text's, empty without an encoder.
    """

    id: str
    revision: int
    place: int
    words: str
    whole: tuple[str, ...]
    audience: tuple[str, ...]
    state: tuple[str, ...] = ()
    office: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    month: tuple[str, ...] = ()
    vector: tuple[float, ...] = ()


class Narrowed(Struct, frozen=True, kw_only=True):
    """What the list is narrowed to; None is all."""

    state: str | None = None
    office: str | None = None
    kind: str | None = None
    month: str | None = None

    def chosen(self) -> tuple[tuple[str, str], ...]:
        """Return the facets that are narrowed, with the value of each."""
        return tuple((name, value) for name in FACETS if (value := getattr(self, name)) is not None)


class SearchQuery(Struct, frozen=True, kw_only=True):
    """A question to an index. ``after`` is the ``(whole, place)`` of the last hit of the page before."""

    wanted: Wanted
    audience: tuple[str, ...]
    narrowed: Narrowed = Narrowed()
    after: tuple[bool, int] | None = None
    size: int = 20


class SearchHit(Struct, frozen=True):
    """An entry that was found; ``whole`` says that every phrase stands in it unbroken."""

    id: str
    whole: bool
    place: int


class SearchAnswer(Struct, frozen=True):
    """A page of hits: those with ``whole`` first, the newest first among each. ``total`` and ``facets`` are of all.

    A facet's values come with the number of entries that have each, the most frequent first.
    """

    hits: tuple[SearchHit, ...]
    total: int
    facets: dict[str, tuple[tuple[str, int], ...]]


def ranked_counts(counts: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Return a facet's values, the most frequent first, and those of one number in the order of the alphabet."""
    return tuple(sorted(counts, key=lambda one: (-one[1], one[0])))


class IndexState(Struct, frozen=True):
    """The index that is searched: its name, empty when there is none for the present rules."""

    name: str
    entries: int = 0
    size_bytes: int = 0


class SearchMark(Struct, frozen=True):
    """A letter that changed since it was indexed last. ``token`` is another with each change."""

    letter_id: str
    token: int


class Backlog(Struct, frozen=True):
    """How far the index is behind: letters that wait, since when the oldest does, and whether one of them is sealed."""

    waiting: int = 0
    oldest: datetime | None = None
    sealed: bool = False


class SearchBuild(Record, frozen=True, kw_only=True):
    """An index that is being filled beside the one that is searched (重建索引); ``beat_at`` says that it goes on."""

    index: str
    started_at: datetime
    beat_at: datetime
    done: int = 0
