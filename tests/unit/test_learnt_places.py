"""What a clerk says of a new place, and what a list changes."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from support.office import CLERK, Case, at, judgement

from minxin.consult.decision import Deed
from minxin.consult.kept_judgement import as_kept
from minxin.consult.place_records import PlaceSource
from minxin.consult.places import NamedPlace, imported, learn, place_id, unknown_places
from minxin.consult.records import Letter
from minxin.core.errors import InvalidInputError
from minxin.core.places import Place, PlaceKind

NORTH = ("海晏区", "鼓楼街道")
LAKE = Place(0, 4, "翠湖小区", "翠湖小区", PlaceKind.ESTATE, (), known=False)
TEMPLE = Place(5, 9, "文庙小区", "文庙小区", PlaceKind.ESTATE, NORTH)


def deed() -> Deed:
    return Deed(CLERK, at(hours=1), "127.0.0.1")


def letter() -> Letter:
    return replace(Case().letter, judged=as_kept(replace(judgement(), places=(LAKE, TEMPLE, LAKE))))


def test_clerk_is_asked_once_about_each_name_that_nobody_knows() -> None:
    assert unknown_places(letter()) == (LAKE,)
    assert unknown_places(Case().letter) == ()


def test_what_a_clerk_says_is_kept_with_who_said_it() -> None:
    place, changes = learn(deed(), letter(), "翠湖小区", "estate", NORTH, [NORTH])
    assert changes.inserts == [place]
    assert (place.name, place.kind, place.within, place.source) == ("翠湖小区", "estate", NORTH, PlaceSource.CLERK)
    (entry,) = changes.audit
    assert (entry.actor, entry.action) == (CLERK.id, "place.learned")
    assert entry.data == {"name": "翠湖小区", "kind": "estate", "within": list(NORTH)}


@pytest.mark.parametrize(
    ("name", "kind", "within", "reason", "field"),
    [
        ("文庙小区", "estate", NORTH, "places.name", "name"),
        ("别的小区", "estate", NORTH, "places.name", "name"),
        ("翠湖小区", "district", NORTH, "places.kind", "kind"),
        ("翠湖小区", "", NORTH, "places.kind", "kind"),
        ("翠湖小区", "estate", ("海晏区",), "places.within", "within"),
        ("翠湖小区", "estate", ("",), "places.within", "within"),
    ],
)
def test_what_can_t_be_is_refused_beside_its_field(
    name: str, kind: str, within: tuple[str, ...], reason: str, field: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        learn(deed(), letter(), name, kind, within, [NORTH])
    assert (caught.value.reason, caught.value.field) == (reason, field)


def test_list_adds_changes_and_leaves_what_it_says_again() -> None:
    listed = [NamedPlace("翠湖小区", PlaceKind.ESTATE, NORTH), NamedPlace("长风路", PlaceKind.ROAD, NORTH)]
    first = imported(deed(), listed, [])
    kept = [replace(one, version=1) for one in first.inserts]
    assert [one.id for one in kept] == [place_id("翠湖小区", NORTH), place_id("长风路", NORTH)]
    again = imported(deed(), [listed[0], replace(listed[1], aliases=("老长风路",))], kept)
    assert again.inserts == []
    assert [(one.id, one.version) for one in again.puts] == [(place_id("长风路", NORTH), 1)]
    assert [entry.data for entry in again.audit] == [{"added": 0, "changed": 1}]
