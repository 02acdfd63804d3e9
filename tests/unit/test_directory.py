"""The offices for everybody: found by name, by duty and by place, each among the others."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pytest

from minxin.consult.assistant.passages import passage_of_duty
from minxin.consult.directory import Directory, card_of, clause_path, find_offices, locate
from minxin.consult.records import Office
from minxin.core.errors import NotFoundError, UnavailableError
from minxin.core.passages import Hit, Passage, Source
from minxin.core.places import Area, Place, PlaceKind


def office(office_id: str, name: str, *duties: str, parent: str | None = None, level: str = "city") -> Office:
    return Office(
        id=office_id, name=name, short=name, name_en=office_id.title(), level=level, duties=duties, parent=parent
    )


CITY = office("lamps", "滨海市城市管理局", "负责城市照明设施的维护管理", "查处占道经营和油烟扰民")
DISTRICT = office("haiyan", "海晏区人民政府", "领导本区各街道", parent="gov", level="district")
STREET = office("gulou", "鼓楼街道办事处", "负责小区物业的监督", parent="haiyan", level="street")
OTHER = office("xuefu", "学府街道办事处", parent="wangzhou", level="street")
OFFICES = {one.id: one for one in (CITY, DISTRICT, STREET, OTHER)}
AREAS: dict[str, Area] = {"gulou": ("海晏区", "鼓楼街道"), "xuefu": ("望洲区", "学府街道")}
ESTATE = Place(0, 4, "翠湖小区", "翠湖小区", PlaceKind.ESTATE, ("海晏区", "鼓楼街道"))


class Known:
    """A map of one estate."""

    async def known_places(self, words: str) -> list[Place]:
        return [ESTATE] if ESTATE.name in words else []

    def office_areas(self) -> dict[str, Area]:
        return AREAS


class Search:
    """A search that finds one duty, or is away."""

    def __init__(self, found: Sequence[str] | None = None) -> None:
        self._found = found

    async def search(self, question: str, limit: int = 10, sources: frozenset[Source] | None = None) -> list[Hit]:
        if self._found is None:
            raise UnavailableError
        return [Hit(f"duty:{one}", 1.0, 0.5) for one in self._found]

    async def passages(self, ids: Collection[str]) -> dict[str, Passage]:
        return {}


async def _all() -> list[Office]:
    return list(OFFICES.values())


def directory(found: Sequence[str] | None = None, **successors: str) -> Directory:
    return Directory(_all, successors, Known(), Search(found))


def test_an_office_is_found_by_its_name_and_by_the_words_of_a_duty() -> None:
    assert [one.office.id for one in find_offices(OFFICES.values(), "城市管理局")] == ["lamps"]
    assert [one.office.id for one in find_offices(OFFICES.values(), "GULOU")] == ["gulou"]
    found = find_offices(OFFICES.values(), "油煙擾民")
    assert [(one.office.id, one.clauses) for one in found] == [("lamps", (2,))]
    assert find_offices(OFFICES.values(), " ，") == ()
    assert find_offices(OFFICES.values(), "量子力学") == ()


def test_a_street_s_area_leads_up_to_the_district_whose_offices_all_lie_in_it() -> None:
    card = card_of(STREET, OFFICES, AREAS)
    assert [one.id for one in card.above] == ["haiyan"]
    district = card_of(DISTRICT, OFFICES, AREAS)
    assert (district.area, [one.id for one in district.below]) == (("海晏区",), ["gulou"])
    assert card_of(CITY, OFFICES, AREAS).area == ()


def test_a_place_leads_to_the_nearest_office_first_and_a_name_of_two_places_to_both() -> None:
    assert [one.id for one in locate([ESTATE], OFFICES, AREAS)[0].offices] == ["gulou", "haiyan"]
    twice = Place(0, 3, "文化路", "文化路", PlaceKind.ROAD, (), (("海晏区", "鼓楼街道"), ("望洲区", "学府街道")))
    assert [[one.id for one in found.offices] for found in locate([twice], OFFICES, AREAS)] == [
        ["gulou", "haiyan"],
        ["xuefu"],
    ]


def test_offices_that_stand_above_each_other_end_somewhere() -> None:
    one, two = office("one", "甲", parent="two"), office("two", "乙", parent="one")
    assert [above.id for above in card_of(one, {"one": one, "two": two}, {}).above] == ["one", "two"]


async def test_words_that_name_nothing_lead_to_the_nearest_duty_if_it_can_be_searched() -> None:
    found = await directory(["lamps", "gone"]).find("晚上太黑看不见路")
    assert [one.office.id for one in found.offices] == ["lamps"]
    assert (await directory().find("晚上太黑看不见路")).offices == ()
    assert (await directory(["lamps"]).find("翠湖小区")).offices == ()


async def test_a_closed_office_is_no_office_and_names_the_one_that_took_over() -> None:
    merged = directory(xuefu="older", older="gulou", round="about", about="round")
    assert "xuefu" not in await merged.all()
    with pytest.raises(NotFoundError):
        await merged.one("xuefu")
    successor = await merged.successor("xuefu")
    assert successor is not None
    assert successor.id == "gulou"
    assert await merged.successor("round") is None
    assert await merged.successor("never") is None


def test_a_duty_leads_to_its_clause_on_the_office_s_page() -> None:
    assert clause_path(CITY, "查处占道经营和油烟扰民") == "/offices/lamps#duty-2"
    assert clause_path(CITY, "") == "/offices/lamps"
    passage = passage_of_duty(CITY)
    assert passage is not None
    assert passage.path == "/offices/lamps#duties"
