"""The catalogue that ships with Binhai, and the requests that others are measured by."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from pathlib import Path

import pytest

from minxin.consult.matters.entries import MatterEntry
from minxin.consult.matters.reading import read_matters
from minxin.consult.matters.records import LifeEvent
from minxin.deploy.city import load_city

ROOT = Path(__file__).parents[2]
CITY = ROOT / "deploy" / "cities" / "binhai"
REQUESTS = ROOT / "tests" / "bench" / "data" / "matter_requests.csv"


@pytest.fixture(scope="module")
def entries() -> tuple[MatterEntry, ...]:
    read = read_matters((CITY / "matters.json").read_bytes(), [office.id for office in load_city(CITY).offices])
    assert read.faults == ()
    return read.entries


def test_the_catalogue_holds_everyday_life(entries: tuple[MatterEntry, ...]) -> None:
    assert len(entries) >= 66
    assert {event for one in entries for event in one.life} == set(LifeEvent)
    for one in entries:
        assert 3 <= len(one.also_called) <= 8, one.code
        assert one.papers or one.code == "RS-012", one.code
        assert not one.online or one.online.startswith("https://zwfw.binhai.example/"), one.code


def test_the_requests_are_those_that_were_written_before_any_ranking() -> None:
    digest = hashlib.sha256(REQUESTS.read_bytes()).hexdigest()
    assert digest == "d1c38e97081d34bbb97c8435e2e3bc59628935298516d0254b889349d77a3b5e"


def test_every_matter_has_requests_and_none_is_one_of_its_own_names(entries: tuple[MatterEntry, ...]) -> None:
    with REQUESTS.open(encoding="utf-8", newline="") as file:
        rows = [(row["request"], row["code"]) for row in csv.DictReader(file)]
    assert len(rows) >= 160
    counts = Counter(code for _, code in rows)
    assert min(counts[one.code] for one in entries) >= 2
    assert set(counts) == {one.code for one in entries}
    names = {name for one in entries for name in (one.name, *one.also_called)}
    assert names.isdisjoint(request for request, _ in rows)
