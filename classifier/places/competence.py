"""Which office is competent (管辖): what the letter is about, where it happens, and the level that handles it.

A topic alone does not find the office. A pure function weighs the judge's offices by the city's rules: a matter that
streets handle goes to the street of the place, whichever street the judge thought of; a matter that only a department
handles leaves the streets. What decided is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from minxin.classifier.places.matters import Matter
from minxin.classifier.places.scene import Scene
from minxin.core.judgement import Candidate
from minxin.core.places import Area, Competence, Level

MOST_CANDIDATES: Final = 5
_LEAST: Final = 1e-6  # what is left of a candidate that lost everything is not shown

_decoder = msgspec.json.Decoder(dict[str, dict[str, str]])
_SENTENCES: Final = _decoder.decode(Path(__file__).with_name("competence.json").read_bytes())


class OfficeArea(Struct, frozen=True):
    """An office with its level and the area that it is competent in, empty for the whole city."""

    id: str
    level: Level
    area: Area
    zh: str
    en: str


class Offices:
    """The offices that letters are routed to, by their area."""

    def __init__(self, offices: Sequence[OfficeArea]) -> None:
        self._by_id = {office.id: office for office in offices}
        self._by_area = {(office.level, office.area): office for office in offices if office.area}

    def level_of(self, office_id: str) -> Level:
        """Return the office's level; one that is not known works for the whole city."""
        office = self._by_id.get(office_id)
        return office.level if office else Level.CITY

    def at(self, level: Level, area: Area) -> OfficeArea | None:
        """Return the office of the level that the area lies in."""
        depth = {Level.DISTRICT: 1, Level.STREET: 2, Level.COMMUNITY: 3}.get(level, 0)
        return self._by_area.get((level, area[:depth])) if depth and len(area) >= depth else None

    def areas(self) -> Mapping[str, Area]:
        """Return by id the area of each office that has one smaller than the city."""
        return {office.id: office.area for office in self._by_id.values() if office.area}

    def named(self, office_id: str) -> OfficeArea:
        """Return the office, by its id alone when it is not known."""
        return self._by_id.get(office_id) or OfficeArea(office_id, Level.CITY, (), office_id, office_id)


class Ruling(Struct, frozen=True):
    """The offices after the rules, best first, and the rule that decided; not ``sure`` means that a clerk must look."""

    candidates: tuple[Candidate, ...]
    competence: Competence
    sure: bool


def competent(
    candidates: Sequence[Candidate], matter: Matter | None, scene: Scene, offices: Offices, words: tuple[str, ...] = ()
) -> Ruling:
    """Return the judge's offices ranked by competence, with the rule; no probability is made or lost.

    ``matter`` is the rule that the letter's words tell, ``words`` are those words. Without candidates there is nothing
    to decide, and the rule is the judge's own.
    """
    chances = {one.office_id: one.probability for one in candidates}
    moved = _by_matter(chances, matter, scene, offices)
    settled = _by_territory(moved, scene, offices)
    ranked = sorted(settled, key=lambda office_id: -settled[office_id])[:MOST_CANDIDATES]
    known = {one.office_id: one for one in candidates}
    kept = tuple(
        msgspec.structs.replace(known.get(one, Candidate(one, 0.0)), probability=settled[one])
        for one in ranked
        if settled[one] >= _LEAST
    )
    competence, sure = _reason(kept, matter, scene, offices, words)
    return Ruling(kept, competence, sure)


def _by_matter(chances: Mapping[str, float], matter: Matter | None, scene: Scene, offices: Offices) -> dict[str, float]:
    """Move what the matter's rule takes from the offices that it is mistaken for."""
    moved = dict(chances)
    if matter is None:
        return moved
    if matter.level is Level.CITY:
        target, sources = matter.office, [one for one in chances if offices.level_of(one) is not Level.CITY]
    else:
        office = offices.at(matter.level, scene.area)
        target, sources = office.id if office else "", []
    if not target:
        return moved
    for source in {*sources, *matter.taken_from} & chances.keys() - {target}:
        taken = moved[source] * matter.weight
        moved[source] -= taken
        moved[target] = moved.get(target, 0.0) + taken
    return moved


def _by_territory(chances: Mapping[str, float], scene: Scene, offices: Offices) -> dict[str, float]:
    """Give all that streets have to the street of the place."""
    here = offices.at(Level.STREET, scene.area)
    if here is None:
        return dict(chances)
    streets = [one for one in chances if offices.level_of(one) is Level.STREET]
    settled = {one: chance for one, chance in chances.items() if one not in streets}
    if streets:
        settled[here.id] = sum(chances[one] for one in streets)
    return settled


def _reason(
    kept: Sequence[Candidate], matter: Matter | None, scene: Scene, offices: Offices, words: tuple[str, ...]
) -> tuple[Competence, bool]:
    """Return the rule that the first office stands on, and whether it can be relied on."""
    best = offices.named(kept[0].office_id) if kept else offices.named("")
    told = matter if matter and _stands_on(matter, best, scene, offices) else None
    if best.level is Level.CITY:
        rule = "city" if told else "function"
        return _told(rule, told, best, Scene(), words), True
    if best.area == scene.area[: len(best.area)] and best.area:
        rule = best.level.value if told else "territory"
        return _told(rule, told, best, scene, words), scene.sure
    rule = "several_places" if scene.choices else "no_place"
    return _told(rule, None, best, scene, words), False


def _stands_on(matter: Matter, best: OfficeArea, scene: Scene, offices: Offices) -> bool:
    if matter.level is Level.CITY:
        return best.id == matter.office
    return best == offices.at(matter.level, scene.area)


def _told(rule: str, matter: Matter | None, best: OfficeArea, scene: Scene, words: tuple[str, ...]) -> Competence:
    area = "、".join("".join(choice) for choice in scene.choices) if rule == "several_places" else "".join(scene.area)
    zh, en = (
        _SENTENCES[rule][language].format(matter=name, place=scene.place, area=area, office=office)
        for language, name, office in (
            ("zh", matter.zh if matter else "", best.zh),
            ("en", matter.en if matter else "", best.en),
        )
    )
    return Competence(
        rule=matter.id if matter else rule,
        level=best.level,
        zh=zh,
        en=en,
        place=scene.place,
        area=scene.area,
        words=words if matter else (),
    )
