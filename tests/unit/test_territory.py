"""The territory of the city that ships with the product, and a city whose rules are wrong."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from minxin.classifier.places.finder import find_places
from minxin.core.errors import ConfigError
from minxin.core.places import Level, PlaceKind
from minxin.deploy.city import City, load_city
from minxin.deploy.settings import BUILTIN_CITY
from minxin.deploy.territory import Territory, load_territory

CORPUS = Path(__file__).parents[1] / "corpus" / "places"


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(BUILTIN_CITY)


@pytest.fixture(scope="module")
def territory(city: City) -> Territory:
    return load_territory(city)


def test_gazetteer_knows_three_hundred_places_and_some_names_twice(territory: Territory) -> None:
    assert len(territory.entries) >= 300
    areas: dict[str, set[str]] = {}
    for entry in territory.entries:
        areas.setdefault(entry.name, set()).update(entry.area[:1])
    assert sum(len(districts) > 1 for districts in areas.values()) >= 5
    assert {entry.kind for entry in territory.entries} >= set(PlaceKind) - {PlaceKind.COMPANY}


def test_every_street_and_town_has_its_office(city: City, territory: Territory) -> None:
    streets = territory.gazetteer().streets()
    assert len(streets) >= 12
    assert set(streets) == {(district.name, street.name) for district in city.districts for street in district.streets}
    offices = {street: territory.offices.at(Level.STREET, street) for street in streets}
    assert {office.zh for office in offices.values() if office} == {street for _, street in streets}


def test_rules_name_levels_and_bases(territory: Territory) -> None:
    levels = Counter(matter.level for matter in territory.matters.matters)
    assert levels[Level.STREET] >= 6
    assert levels[Level.CITY] >= 1
    assert all(matter.basis and matter.zh and matter.en for matter in territory.matters.matters)


@pytest.mark.parametrize("part", ["dev", "held"])
def test_letters_for_measuring_name_offices_of_the_city(city: City, territory: Territory, part: str) -> None:
    letters = [json.loads(line) for line in (CORPUS / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(letters) >= 60
    assert {letter["office"] for letter in letters} <= {office.id for office in city.offices if office.routable}
    book = territory.gazetteer()
    assert all(find_places(book, letter["subject"], letter["body"], letter["place"]) for letter in letters)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"office": "chengguan"', '"office": "nobody"', "there is no office 'nobody'"),
        ('"level": "street"', '"level": "stret"', "Invalid enum value 'stret'"),
        ('"weight": 0.9,', '"weight": 9,', "matter 'stairwell'"),
        ('"level": "city"', '"level": "street"', "do not fit"),
        ("公共收益", "(公共收益", "matter 'owners'"),
    ],
)
def test_wrong_rule_is_refused_with_its_file(tmp_path: Path, old: str, new: str, told: str) -> None:
    folder = Path(shutil.copytree(BUILTIN_CITY, tmp_path / "city"))
    rules = folder / "competence.json"
    text = rules.read_text(encoding="utf-8")
    assert old in text
    rules.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"competence\.json") as caught:
        load_territory(load_city(folder))
    assert told in str(caught.value.reason)


def test_city_without_places_and_rules_routes_by_topic_alone(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(BUILTIN_CITY, tmp_path / "city"))
    (folder / "competence.json").unlink()
    (folder / "places.csv").unlink()
    territory = load_territory(load_city(folder))
    assert (territory.entries, territory.matters.matters) == ((), ())
