"""The city that ships with the product is complete, and a city with wrong data says where it is wrong."""

from __future__ import annotations

import csv
import re
import shutil
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from minxin.core.actor import Role
from minxin.core.errors import ConfigError
from minxin.core.judgement import Kind
from minxin.deploy.city import POSTS_NEEDED, City, Function, Sample, load_city
from minxin.deploy.settings import BUILTIN_CITY
from minxin.mailbox.idnumber import parse_id_number

NEAR = 0.6


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(BUILTIN_CITY)


@pytest.fixture(scope="module")
def samples(city: City) -> tuple[Sample, ...]:
    return city.samples()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BUILTIN_CITY, tmp_path / "city"))


def _words(sample: Sample) -> str:
    return re.sub(r"\W", "", unicodedata.normalize("NFKC", sample.subject + sample.body)).lower()


def test_city_has_thirty_departments_and_twelve_street_offices(city: City) -> None:
    levels = Counter(office.level for office in city.offices if office.routable)
    assert levels["city"] >= 30
    assert levels["street"] >= 12
    assert {city.office(office.parent).level for office in city.offices if office.level == "street"} == {"district"}
    assert len(city.districts) == 4


def test_every_role_of_staff_has_a_post_and_names_are_not_shared(city: City) -> None:
    posts = [post for office in city.offices for post in office.posts]
    assert {post.role for post in posts} == set(Role) - {Role.CITIZEN}
    assert len({post.name for post in posts}) == len(posts)
    for office in city.offices:
        assert POSTS_NEEDED[office.function] <= {post.role for post in office.posts}, office.id


def test_duties_are_six_to_fifteen_clauses_that_no_other_office_has(city: City) -> None:
    duties = [duty for office in city.offices if office.routable for duty in office.duties]
    assert all(6 <= len(office.duties) <= 15 for office in city.offices)
    assert len(set(duties)) == len(duties)


def test_phones_are_of_an_area_code_that_nobody_has(city: City) -> None:
    phones = {office.phone for office in city.offices}
    assert len(phones) == len(city.offices)
    assert all(re.fullmatch(r"0399-5550\d{3}", phone) for phone in phones)


def test_every_routable_office_has_twenty_samples(city: City, samples: tuple[Sample, ...]) -> None:
    counts = Counter(sample.office for sample in samples)
    assert {office.id: counts[office.id] for office in city.offices if office.routable and counts[office.id] < 20} == {}


def test_samples_hold_all_kinds_in_lifelike_shares(samples: tuple[Sample, ...]) -> None:
    kinds = Counter(sample.kind for sample in samples)
    assert set(kinds) == set(Kind)
    assert kinds[Kind.COMPLAINT] + kinds[Kind.HELP] + kinds[Kind.INQUIRY] > len(samples) / 2
    assert sum(sample.urgent for sample in samples) >= 40
    assert sum(sample.denounces for sample in samples) >= 30


def test_letters_that_denounce_go_to_the_discipline_desk_alone(city: City, samples: tuple[Sample, ...]) -> None:
    sealed = [sample for sample in samples if sample.office == city.discipline_office]
    assert sealed == [sample for sample in samples if sample.denounces]
    assert any(sample.accused == city.centre for sample in sealed)
    assert not city.office(city.discipline_office).routable


def test_no_two_samples_say_the_same(samples: tuple[Sample, ...]) -> None:
    grams = [{text[i : i + 3] for i in range(len(text) - 2)} for text in map(_words, samples)]
    holders: dict[str, list[int]] = defaultdict(list)
    near = []
    for number, mine in enumerate(grams):
        shared = Counter(other for gram in mine for other in holders[gram])
        near += [
            (samples[number].body, samples[other].body)
            for other, count in shared.items()
            if count / len(mine | grams[other]) > NEAR
        ]
        for gram in mine:
            holders[gram].append(number)
    assert near == []


def test_samples_do_not_all_begin_alike(samples: tuple[Sample, ...]) -> None:
    beginnings = Counter(sample.body[:2] for sample in samples)
    assert max(beginnings.values()) < len(samples) / 20


def test_register_holds_300_people_of_a_region_that_does_not_exist() -> None:
    with (BUILTIN_CITY / "register.csv").open(encoding="utf-8", newline="") as file:
        people = list(csv.DictReader(file))
    numbers = [person["id_number"] for person in people]
    assert [parse_id_number(number, date(2026, 1, 1)) for number in numbers] == numbers
    assert all(number.startswith("399") for number in numbers)
    assert all(re.fullmatch(r"1990000\d{4}", person["phone"]) for person in people)
    for column in ("name", "id_number", "phone"):
        assert len({person[column] for person in people}) == 300


def test_every_routable_office_has_a_whole_reply_to_every_kind(city: City) -> None:
    for office in city.offices:
        for kind in Kind if office.routable else ():
            replies = city.replies(office.id, kind)
            assert replies, (office.id, kind)
            assert all(
                getattr(reply, part)
                for reply in replies
                for part in ("finding", "basis", "result", "contact", "remedy")
            )
            assert all(office.phone in reply.contact for reply in replies)


def test_special_offices_are_found_by_what_they_do(city: City) -> None:
    assert city.office(city.centre).function is Function.CENTRE
    assert city.office(city.discipline_office).function is Function.DISCIPLINE
    with pytest.raises(KeyError):
        city.office("nowhere")


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("offices.json", '"level": "street"', '"level": "stret"', r"offices\.json:\d+: Invalid enum value 'stret'"),
        ("offices.json", '"id": "gongan"', '"id": "Gong An"', r"offices\.json:\d+: office 'Gong An': its id"),
        ("offices.json", '"id": "jiaoyu"', '"id": "gongan"', r"offices\.json:\d+: office 'gongan': .* twice"),
        ("offices.json", '"parent": "qingyu"', '"parent": "lost"', r"offices\.json:\d+: office 'yuliao': .*'lost'"),
        ("offices.json", '"role": "discipline"', '"role": "clerk"', r"offices\.json:\d+: office 'jiwei': .*discipline"),
        ("offices.json", '"function": "centre"', '"function": "oversees"', r"offices\.json:1: .*'centre', not 0"),
        ("offices.json", '"role": "caller"', '"role": "citizen"', r"offices\.json:2: office 'zhongxin': .*caller"),
        ("offices.json", '"posts"', '"post"', r"offices\.json:2: Object contains unknown field `post`"),
        ("offices.json", "[", "[,", r"offices\.json:1: JSON is malformed"),
        ("city.json", '"office": "gulou"', '"office": "gulo"', r"city\.json:\d\d+: there is no office 'gulo'"),
        ("city.json", '"office": "gulou"', '"office": "xuefu"', r"city\.json:\d\d+: office 'xuefu' is not under"),
        ("city.json", "mayor@", "mayor", r"city\.json:\d+: 'mayorbinhai\.example' is no mail address"),
        ("replies.json", '"jiaoyu": [', '"nobody": [', r"replies\.json:\d+: there is no office 'nobody'"),
        ("replies.json", '"kinds": ["complaint"', '"kinds": ["anger"', r"replies\.json:2: Invalid enum value 'anger'"),
    ],
)
def test_wrong_data_is_refused_with_file_line_and_value(folder: Path, name: str, old: str, new: str, told: str) -> None:
    _edit(folder / name, lambda text: text.replace(old, new))
    with pytest.raises(ConfigError, match=told):
        load_city(folder)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"office": "renshe"', '"office": "zhongxin"', "there is no office 'zhongxin' with the function 'answers'"),
        ('"kind": "praise"', '"kind": "joy"', "Invalid enum value 'joy'"),
        ('"accused": "gongan"', '"accused": "nobody"', "the accused 'nobody' is no office"),
        ('"urgent": true', '"urgent": "yes"', "Expected `bool`, got `str`"),
    ],
)
def test_wrong_sample_is_refused_with_its_line(folder: Path, old: str, new: str, told: str) -> None:
    path = folder / "samples.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    wrong = next(number for number, line in enumerate(lines, start=1) if old in line)
    _edit(path, lambda text: text.replace(old, new, 1))
    with pytest.raises(ConfigError, match=rf"samples\.jsonl:{wrong}: .*{re.escape(told)}"):
        load_city(folder).samples()


@pytest.mark.parametrize("name", ["city.json", "offices.json", "replies.json"])
def test_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ConfigError, match=rf"{re.escape(name)}: can't be read"):
        load_city(folder)


def _edit(path: Path, change: Callable[[str], str]) -> None:
    before = path.read_text(encoding="utf-8")
    after = change(before)
    assert after != before
    path.write_text(after, encoding="utf-8")
