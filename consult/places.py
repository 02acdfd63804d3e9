"""Places that the office learns (地名): a city's own list, and what clerks say of names that no list holds.

They are kept as records beside those that come with the city, and the judge uses them at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from minxin.consult.access import access_order
from minxin.consult.decision import Deed
from minxin.consult.place_records import KnownPlace, PlaceSource
from minxin.consult.ports import Atlas, LetterStore
from minxin.consult.records import Letter, WorkOrder
from minxin.core.actor import Actor, Role
from minxin.core.changes import AuditEntry, Changes
from minxin.core.clock import Clock
from minxin.core.errors import DuplicateError, InvalidInputError, NotFoundError
from minxin.core.paging import Page, PageRequest
from minxin.core.places import Area, Place, PlaceKind

TEACHERS: Final = (Role.CLERK, Role.MANAGER)
# Districts and streets come with the city: offices hang on them.
KINDS: Final = tuple(kind for kind in PlaceKind if kind not in (PlaceKind.DISTRICT, PlaceKind.STREET))


class NamedPlace(Struct, frozen=True):
    """A place as a list has it."""

    name: str
    kind: PlaceKind
    within: Area
    aliases: tuple[str, ...] = ()


def place_id(name: str, within: Area) -> str:
    """Return the id of the place with this name in this area."""
    return hashlib.sha256("\0".join((name, *within)).encode()).hexdigest()[:32]


def unknown_places(letter: Letter) -> tuple[Place, ...]:
    """Return the names in a letter that only their ending told, once each."""
    found = letter.judgement.places if letter.judgement else ()
    return tuple({place.name: place for place in found if not place.known}.values())


def learn(
    deed: Deed, letter: Letter, name: str, kind: str, within: Area, streets: Sequence[Area]
) -> tuple[KnownPlace, Changes]:
    """Return a clerk's word on where a name of the letter lies, with its audit entry.

    Raises ``InvalidInputError`` ``places.name`` for a name that was not found in the letter, ``places.kind`` and
    ``places.within`` for a kind or street that there is not.
    """
    if name not in {place.name for place in unknown_places(letter)}:
        raise InvalidInputError("places.name", field="name")
    if kind not in set(KINDS):
        raise InvalidInputError("places.kind", field="kind")
    if within not in streets:
        raise InvalidInputError("places.within", field="within")
    place = _known(deed, NamedPlace(name, PlaceKind(kind), within), PlaceSource.CLERK)
    said: dict[str, Any] = {"name": place.name, "kind": place.kind.value, "within": list(within)}
    return place, Changes(inserts=[place], audit=[_audit(deed, "place.learned", letter.id, said)])


def taken_back(deed: Deed, place: KnownPlace) -> tuple[KnownPlace, Changes]:
    """Return a clerk's place as none any more, with its audit entry.

    Raises ``NotFoundError`` for a place of the city's own list, which is changed by importing it again.
    """
    if place.source is not PlaceSource.CLERK:
        raise NotFoundError
    gone = replace(place, taken_back=True, by=deed.actor.id, at=deed.at)
    return gone, Changes(puts=[gone], audit=[_audit(deed, "place.taken_back", place.id, {"name": place.name})])


def imported(deed: Deed, listed: Sequence[NamedPlace], kept: Sequence[KnownPlace]) -> Changes:
    """Return what a list changes: new places, and those whose kind or other names it says anew."""
    by_id = {place.id: place for place in kept}
    changes = Changes()
    for one in listed:
        place = _known(deed, one, PlaceSource.LIST)
        before = by_id.get(place.id)
        if before is None:
            changes.inserts.append(place)
        elif (before.kind, before.aliases, before.taken_back) != (place.kind, place.aliases, False):
            changes.puts.append(replace(place, version=before.version))
    counts: dict[str, Any] = {"added": len(changes.inserts), "changed": len(changes.puts)}
    changes.audit.append(_audit(deed, "place.imported", "places", counts))
    return changes


class Places:
    """Teaches the judge where places lie."""

    def __init__(self, store: LetterStore, clock: Clock, atlas: Atlas) -> None:
        self._store = store
        self._clock = clock
        self._atlas = atlas

    def streets(self) -> tuple[Area, ...]:
        """Return the areas that a place can be said to lie in."""
        return tuple(self._atlas.streets())

    def taught_by(self, actor: Actor, letter: Letter, order: WorkOrder) -> tuple[Place, ...]:
        """Return the names of a letter, got through the access door, that the actor may be asked about."""
        return unknown_places(letter) if actor.is_a(*TEACHERS) and order.letter_id == letter.id else ()

    async def learn(self, actor: Actor, order_id: str, name: str, kind: str, within: Area, *, origin: str) -> None:
        """Keep where a name of the letter lies; the next judgement knows it. Saying it again changes nothing.

        Raises ``NotFoundError`` for a work order that the actor may not see or teach by, ``InvalidInputError``.
        """
        case, _ = await access_order(self._store, actor, order_id)
        if not actor.is_a(*TEACHERS):
            raise NotFoundError
        deed = Deed(actor, self._clock.now(), origin)
        place, changes = learn(deed, case.letter, name, kind, within, self._atlas.streets())
        before = await self._store.get(KnownPlace, place.id)
        if before is not None:
            if not before.taken_back:
                return
            place = replace(place, version=before.version)
            changes = Changes(puts=[place], audit=changes.audit)
        try:
            await self._store.commit(changes)
        except DuplicateError:
            return
        self._atlas.learn_place(place)

    async def taught(self, actor: Actor, page: PageRequest) -> Page[KnownPlace]:
        """Return the places that clerks taught, newest first; raises ``NotFoundError`` for who may not teach."""
        if not actor.is_a(*TEACHERS):
            raise NotFoundError
        return await self._store.taught_places(page)

    async def take_back(self, actor: Actor, place_id: str, *, origin: str) -> None:
        """Forget where a clerk said that a place lies; once is enough.

        Raises ``NotFoundError`` for a place that no clerk taught, and for who may not teach.
        """
        place = await self._store.get(KnownPlace, place_id) if actor.is_a(*TEACHERS) else None
        if place is None:
            raise NotFoundError
        if not place.taken_back:
            gone, changes = taken_back(Deed(actor, self._clock.now(), origin), place)
            await self._store.commit(changes)
            self._atlas.learn_place(gone)


def _known(deed: Deed, one: NamedPlace, source: PlaceSource) -> KnownPlace:
    return KnownPlace(
        id=place_id(one.name, one.within),
        name=one.name,
        kind=one.kind,
        within=one.within,
        aliases=one.aliases,
        source=source,
        by=deed.actor.id,
        at=deed.at,
    )


def _audit(deed: Deed, action: str, target: str, data: dict[str, Any]) -> AuditEntry:
    return AuditEntry(
        deed.at, deed.actor.id, action, target, office_id=deed.actor.office_id, origin=deed.origin, data=data
    )
