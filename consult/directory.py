"""The offices for everybody (办事机构): what each is there for, for which area, and which one is mine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Final, Protocol

from msgspec import Struct

from minxin.consult.assistant.ports import Retriever
from minxin.consult.records import Office
from minxin.core.characters import fold_character
from minxin.core.errors import NotFoundError, UnavailableError
from minxin.core.passages import Source, passage_id
from minxin.core.places import Area, Level, Place, PlaceKind

OFFICES_PATH: Final = "/offices"
DUTIES: Final = "duties"
MOST_FOUND: Final = 20
MOST_GUESSED: Final = 3  # what a search by meaning puts first; more of it is noise
MOST_PLACES: Final = 10
MOST_CLAUSES: Final = 3
LEAST_SHARE: Final = 0.5


class OfficeMap(Protocol):
    """What is known of places and of the offices' areas (辖区)."""

    async def known_places(self, words: str) -> Sequence[Place]:
        """Return the places that the words name, or whose names hold the words, the certain ones first."""
        ...

    def office_areas(self) -> Mapping[str, Area]:
        """Return by id the area of each office that has one smaller than the city."""
        ...


class OfficeCard(Struct, frozen=True):
    """An office among the others: its area (empty for the whole city), who is above it, the city first, and below."""

    office: Office
    area: Area
    above: tuple[Office, ...]
    below: tuple[Office, ...]


class Located(Struct, frozen=True):
    """A place in one area, with the offices of that area, the nearest first."""

    name: str
    kind: PlaceKind
    area: Area
    offices: tuple[Office, ...]


class OfficeMatch(Struct, frozen=True):
    """An office that words may mean, with the numbers of the duty clauses that hold them, from 1."""

    office: Office
    clauses: tuple[int, ...]


class FoundOffices(Struct, frozen=True):
    """What words lead to: offices by name and duty, and places with theirs."""

    offices: tuple[OfficeMatch, ...]
    places: tuple[Located, ...]


def clause_path(office: Office, clause: str) -> str:
    """Return where the clause stands on the office's page; the page itself for words that are no duty of it."""
    page = f"{OFFICES_PATH}/{office.id}"
    return f"{page}#duty-{office.duties.index(clause) + 1}" if clause in office.duties else page


def card_of(office: Office, offices: Mapping[str, Office], areas: Mapping[str, Area]) -> OfficeCard:
    """Return the office among the others; a district's government has the district that its streets lie in."""
    below = tuple(one for one in offices.values() if one.parent == office.id)
    return OfficeCard(office, _area(office, below, areas), _above(office, offices), below)


def find_offices(offices: Iterable[Office], words: str) -> tuple[OfficeMatch, ...]:
    """Return the offices that the words may mean, by name and by duty, the likeliest first; none for no words.

    A name that holds the words, or that they hold, comes first; else half of the words' pairs of characters must
    stand in one duty clause.
    """
    wanted = _folded(words)
    if not wanted:
        return ()
    scored = [(_score(office, wanted), office) for office in offices]
    found = sorted((one for one in scored if one[0] >= LEAST_SHARE), key=lambda one: (-one[0], one[1].id))
    return tuple(OfficeMatch(office, _clauses(office, wanted)) for _, office in found[:MOST_FOUND])


def locate(places: Sequence[Place], offices: Mapping[str, Office], areas: Mapping[str, Area]) -> tuple[Located, ...]:
    """Return each area that a place may lie in, once, with the offices that work for all of it."""
    found: dict[tuple[str, Area], Located] = {}
    for place in places:
        for area in place.choices or (place.area,):
            if area:
                near = _offices_at(area, offices, areas)
                found.setdefault((place.name, area), Located(place.name, place.kind, area, near))
    return tuple(found.values())[:MOST_PLACES]


class Directory:
    """Shows the offices. ``successors`` name by the id of a closed office the one that took its duties over."""

    def __init__(
        self,
        offices: Callable[[], Awaitable[list[Office]]],
        successors: Mapping[str, str],
        known: OfficeMap,
        retriever: Retriever,
    ) -> None:
        self._offices = offices
        self._successors = successors
        self._known = known
        self._retriever = retriever

    async def all(self) -> Mapping[str, Office]:
        """Return by id the offices that there are; one that another took over from is none any more."""
        return {one.id: one for one in await self._offices() if one.id not in self._successors}

    async def cards(self) -> list[OfficeCard]:
        """Return all offices, each among the others."""
        offices, areas = await self.all(), self._known.office_areas()
        return [card_of(one, offices, areas) for one in offices.values()]

    async def one(self, office_id: str) -> OfficeCard:
        """Return an office; raises ``NotFoundError``."""
        offices = await self.all()
        if office_id not in offices:
            raise NotFoundError
        return card_of(offices[office_id], offices, self._known.office_areas())

    async def successor(self, office_id: str) -> Office | None:
        """Return the office that does today what a closed one did; None when there never was such an office."""
        seen = {office_id}
        while (office_id := self._successors.get(office_id, "")) in self._successors and office_id not in seen:
            seen.add(office_id)
        return (await self.all()).get(office_id)

    async def find(self, words: str) -> FoundOffices:
        """Return what the words lead to; where they name nothing, the offices whose duties come nearest in meaning."""
        offices = await self.all()
        places = locate(await self._known.known_places(words), offices, self._known.office_areas())
        found = find_offices(offices.values(), words)
        if not found and not places:
            found = await self._nearest(words, offices)
        return FoundOffices(found, places)

    async def _nearest(self, words: str, offices: Mapping[str, Office]) -> tuple[OfficeMatch, ...]:
        try:
            hits = await self._retriever.search(words, MOST_GUESSED, frozenset({Source.DUTY}))
        except UnavailableError:
            return ()
        ids = [hit.passage_id.removeprefix(passage_id(Source.DUTY, "")) for hit in hits]
        return tuple(OfficeMatch(offices[one], ()) for one in ids if one in offices)


def _area(office: Office, below: Sequence[Office], areas: Mapping[str, Area]) -> Area:
    if office.id in areas or office.level != Level.DISTRICT:
        return areas.get(office.id, ())
    heads = {areas[one.id][:1] for one in below if one.id in areas}
    return heads.pop() if len(heads) == 1 else ()


def _above(office: Office, offices: Mapping[str, Office]) -> tuple[Office, ...]:
    chain: list[Office] = []
    above = offices.get(office.parent or "")
    while above is not None and above not in chain:
        chain.insert(0, above)
        above = offices.get(above.parent or "")
    return tuple(chain)


def _offices_at(area: Area, offices: Mapping[str, Office], areas: Mapping[str, Area]) -> tuple[Office, ...]:
    cards = (card_of(one, offices, areas) for one in offices.values())
    here = [one for one in cards if one.area and one.area == area[: len(one.area)]]
    return tuple(one.office for one in sorted(here, key=lambda one: (-len(one.area), one.office.id)))


def _score(office: Office, wanted: str) -> float:
    names = [_folded(name) for name in (office.name, office.short, office.name_en, office.id) if name]
    if any(wanted in name or name in wanted for name in names):
        return 3.0 if wanted in names else 2.0
    return max((_share(wanted, _folded(clause)) for clause in office.duties), default=0.0)


def _clauses(office: Office, wanted: str) -> tuple[int, ...]:
    shares = [(_share(wanted, _folded(clause)), number) for number, clause in enumerate(office.duties, start=1)]
    best = sorted((one for one in shares if one[0] >= LEAST_SHARE), key=lambda one: (-one[0], one[1]))
    return tuple(sorted(number for _, number in best[:MOST_CLAUSES]))


def _share(wanted: str, text: str) -> float:
    """Return how much of the words stands in the text, in pairs of characters; more than 1 when all of it does."""
    if wanted in text:
        return 1.5
    pairs = {wanted[at : at + 2] for at in range(len(wanted) - 1)}
    return sum(pair in text for pair in pairs) / len(pairs) if pairs else 0.0


def _folded(text: str) -> str:
    return "".join(sign for one in text for sign in fold_character(one) if sign.isalnum())
