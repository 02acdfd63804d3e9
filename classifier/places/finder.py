"""Finds the places and organisations that a letter names, with where they lie (地名识别).

Known names come from the gazetteer, the longest first; others are told by their ending. A name that stands for several
places is settled by the letter's place field, or by the area that is spoken of nearest to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from minxin.classifier.places.endings import names_by_ending
from minxin.classifier.places.gazetteer import Entry, Gazetteer
from minxin.classifier.text import Folded, fold
from minxin.core.judgement import judged_text
from minxin.core.places import IN_PLACE_FIELD, Area, Place, PlaceKind

MOST_PLACES: Final = 20
MOST_HINT_CHARS: Final = 200


class _Found(Struct, frozen=True):
    """A name in a folded text; ``areas`` are all places that it may be, none when only its ending told."""

    start: int
    end: int
    name: str
    kind: PlaceKind
    areas: tuple[Area, ...]


def find_places(gazetteer: Gazetteer, subject: str, body: str, place: str = "") -> tuple[Place, ...]:
    """Return the places of a letter in the order of the text, those of its place field first, at most a handful.

    Never raises, on any text; the time is linear, and only the beginning of a long text is read (``classifier.text``).
    """
    hints = _settled(_names(gazetteer, fold(place, limit=MOST_HINT_CHARS)), ())
    text = judged_text(subject, body)
    folded = fold(text)
    found = _settled(_names(gazetteer, folded), _areas(hints))
    # What the text tells settles the field as well: "阳光花园" there, "南门街道" here.
    hints = _settled(hints, _areas(found))
    shown = [_shown(one, place) for one in hints] + [_shown(one, text, folded) for one in found]
    return tuple(shown[:MOST_PLACES])


def _names(gazetteer: Gazetteer, folded: Folded) -> list[_Found]:
    """Return known names and, between them, those that their ending tells, in order."""
    text = folded.text
    found: list[_Found] = []
    is_known = [False] * len(text)
    position = 0
    while position < len(text):
        end, entries = gazetteer.longest_at(text, position)
        if entries:
            found.append(_known(position, end, entries))
            is_known[position:end] = [True] * (end - position)
        position = max(end, position + 1)
    for one in names_by_ending(text, is_known):
        found.append(_Found(one.start, one.end, text[one.start : one.end], one.kind, ()))
    return sorted(found, key=lambda one: one.start)


def _known(start: int, end: int, entries: Sequence[Entry]) -> _Found:
    areas = tuple(dict.fromkeys(entry.area for entry in entries))
    return _Found(start, end, entries[0].name, entries[0].kind, areas)


def _settled(found: Sequence[_Found], hints: Sequence[Area]) -> list[_Found]:
    """Return the names with the areas that are left: one, where the hints or the nearest certain area tell."""
    certain = [one for one in found if len(one.areas) == 1]
    return [_settle(one, hints, certain) if len(one.areas) > 1 else one for one in found]


def _settle(one: _Found, hints: Sequence[Area], certain: Sequence[_Found]) -> _Found:
    nearest = sorted(certain, key=lambda other: min(abs(other.start - one.end), abs(one.start - other.end)))
    for area in (*hints, *(other.areas[0] for other in nearest)):
        left = tuple(choice for choice in one.areas if _agree(choice, area))
        if len(left) == 1:
            return replace(one, areas=left)
    return one


def _agree(choice: Area, area: Area) -> bool:
    """Say whether a place in ``choice`` may lie in ``area``: the shorter chain begins the longer one."""
    shared = min(len(choice), len(area), 2)
    return shared > 0 and choice[:shared] == area[:shared]


def _areas(found: Sequence[_Found]) -> list[Area]:
    return [one.areas[0] for one in found if len(one.areas) == 1 and one.areas[0]]


def _shown(one: _Found, original: str, folded: Folded | None = None) -> Place:
    """Return the place with offsets into the original; without ``folded`` it stands in the place field."""
    start, end = folded.original_span(one.start, one.end) if folded else (IN_PLACE_FIELD, IN_PLACE_FIELD)
    return Place(
        start=start,
        end=end,
        text=original[start:end] if folded else one.name,
        name=one.name,
        kind=one.kind,
        area=_common(one.areas),
        choices=one.areas if len(one.areas) > 1 else (),
        known=bool(one.areas),
    )


def _common(areas: Sequence[Area]) -> Area:
    """Return the chain that all areas begin with."""
    shared: list[str] = []
    for names in zip(*areas, strict=False):
        if len(set(names)) > 1:
            break
        shared.append(names[0])
    return tuple(shared)
