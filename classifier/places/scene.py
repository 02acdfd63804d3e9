"""Where a letter happens (事发地): the one area that its places speak for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from minxin.core.places import IN_PLACE_FIELD, STREET_DEPTH, Area, Place, PlaceKind

# What the writer puts into the place field is where it is; a hospital or school is often only passed by.
IN_FIELD: Final = 4.0
IN_SUBJECT: Final = 2.0
IN_BODY: Final = 1.0
PASSED_BY: Final = 0.5
_PASSED_BY: Final = frozenset({PlaceKind.HOSPITAL, PlaceKind.SCHOOL, PlaceKind.STATION, PlaceKind.COMPANY})


class Scene(Struct, frozen=True):
    """``area`` as far as it is known, the ``place`` that told it, and other areas that it may be (``choices``).

    Not ``sure`` when another street was named as much.
    """

    area: Area = ()
    place: str = ""
    choices: tuple[Area, ...] = ()
    sure: bool = False

    @property
    def street(self) -> Area:
        """Return the street's area, empty when it is not known."""
        return self.area[:STREET_DEPTH] if len(self.area) >= STREET_DEPTH else ()


NOWHERE: Final = Scene()


def scene_of(places: Sequence[Place], subject_length: int) -> Scene:
    """Return where the letter happens; ``subject_length`` tells subject from body."""
    votes: dict[Area, float] = {}
    for place in _once(places):
        if len(place.area) >= STREET_DEPTH:
            street = place.area[:STREET_DEPTH]
            votes[street] = votes.get(street, 0.0) + _weight(place, subject_length)
    if not votes:
        return _without_street(places)
    # The first of equals is the first that was named.
    ranked = sorted(votes.items(), key=lambda vote: -vote[1])[:2]
    street = ranked[0][0]
    at = max((one for one in places if one.area[:STREET_DEPTH] == street), key=lambda one: len(one.area))
    sure = len(ranked) == 1 or ranked[0][1] > ranked[1][1]
    return Scene(at.area, at.name, () if sure else tuple(area for area, _ in ranked), sure)


def _without_street(places: Sequence[Place]) -> Scene:
    for place in places:
        if place.choices:
            return Scene(place.area, place.name, place.choices)
    return next((Scene(place.area, place.name) for place in places if place.area), NOWHERE)


def _once(places: Sequence[Place]) -> list[Place]:
    """Leave out names that were named before: saying one twice makes it no surer."""
    return list({(place.name, place.start == IN_PLACE_FIELD): place for place in reversed(places)}.values())[::-1]


def _weight(place: Place, subject_length: int) -> float:
    if place.start == IN_PLACE_FIELD:
        return IN_FIELD
    part = PASSED_BY if place.kind in _PASSED_BY else 1.0
    return part * (IN_SUBJECT if place.start < subject_length else IN_BODY)
