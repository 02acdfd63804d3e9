"""A city's territory (辖区): where its places lie, which office is competent where, and which level handles what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from minxin.classifier.clauses import Clauses
from minxin.classifier.places.competence import OfficeArea, Offices
from minxin.classifier.places.gazetteer import Entry, Gazetteer
from minxin.classifier.places.matters import Matters, load_matters
from minxin.consult.place_records import KnownPlace
from minxin.core.errors import ConfigError
from minxin.core.places import Area, Level
from minxin.deploy.city import City
from minxin.deploy.place_files import load_places


@dataclass(frozen=True)
class Territory:
    """What the city's folder says of places and competence, and of what each office holds itself competent for."""

    entries: tuple[Entry, ...]
    offices: Offices
    matters: Matters
    clauses: Clauses

    def gazetteer(self) -> Gazetteer:
        """Return a new gazetteer with the places that come with the city."""
        return Gazetteer(self.entries)


def load_territory(city: City) -> Territory:
    """Read ``places.csv`` and ``competence.json``; a city may be without either.

    Raises ``ConfigError`` that names the file and what is wrong in it.
    """
    matters_file = city.folder / "competence.json"
    matters = load_matters(matters_file)
    known = {office.id for office in city.offices if office.routable}
    for matter in matters.matters:
        unknown = sorted({*matter.taken_from, *((matter.office,) if matter.office else ())} - known)
        if unknown:
            raise ConfigError(f"{matters_file}: matter {matter.id!r}: there is no office {unknown[0]!r}")
        if (matter.level is Level.CITY) is not bool(matter.office) or not 0.0 <= matter.weight <= 1.0:
            raise ConfigError(f"{matters_file}: matter {matter.id!r}: its level, office and weight do not fit")
    clauses = Clauses({office.id: office.duties for office in city.offices if office.routable})
    return Territory(load_places(city.folder / "places.csv"), Offices(list(_office_areas(city))), matters, clauses)


def learn_place(gazetteer: Gazetteer, place: KnownPlace) -> None:
    """Know the place from now on, or no more when it was taken back."""
    entry = Entry(place.name, place.kind, place.within, place.aliases)
    if place.taken_back:
        gazetteer.remove(entry)
    else:
        gazetteer.add(entry)


def _office_areas(city: City) -> Iterator[OfficeArea]:
    """Yield the routable offices: those that ``city.json`` names for a district or street have that area."""
    areas: dict[str, Area] = {}
    for district in city.districts:
        areas[district.office] = (district.name,)
        areas |= {street.office: (district.name, street.name) for street in district.streets if street.office}
    for office in city.offices:
        if office.routable:
            yield OfficeArea(office.id, office.level, areas.get(office.id, ()), office.short, office.name_en)
