"""Who is competent: the matter, the place and the level decide, and what decided is told."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from minxin.classifier.places.competence import OfficeArea, Offices, competent
from minxin.classifier.places.gazetteer import Entry, Gazetteer
from minxin.classifier.places.matters import Matter, Matters
from minxin.classifier.places.placing import Atlas, placed
from minxin.classifier.places.scene import NOWHERE, Scene
from minxin.core.errors import ConfigError
from minxin.core.judgement import Candidate, Judgement, Kind, Urgency, judged_text
from minxin.core.places import Level, PlaceKind

NORTH, SOUTH = ("北区", "鼓楼街道"), ("南区", "金沙街道")
OFFICES = Offices(
    [
        OfficeArea("roads", Level.CITY, (), "市城管局", "Urban Management"),
        OfficeArea("fire", Level.CITY, (), "市消防", "Fire Service"),
        OfficeArea("enforcement", Level.DISTRICT, ("北区",), "北区执法局", "Enforcement of North"),
        OfficeArea("north", Level.STREET, NORTH, "鼓楼街道", "Gulou"),
        OfficeArea("south", Level.STREET, SOUTH, "金沙街道", "Jinsha"),
    ]
)
AT_NORTH = Scene(NORTH, "鼓楼大街", (), True)


def matter(level: Level, office: str = "", weight: float = 0.9) -> Matter:
    return Matter(
        id="clutter",
        zh="楼道杂物",
        en="Clutter",
        level=level,
        cues=("楼道.{0,4}堆",),
        unless=("充电",),
        taken_from=("fire", "roads"),
        weight=weight,
        office=office,
        basis="",
    )


def candidates(**chances: float) -> tuple[Candidate, ...]:
    return tuple(Candidate(office, chance) for office, chance in chances.items())


def test_matter_of_the_city_stays_where_the_topic_put_it() -> None:
    ruling = competent(candidates(roads=0.8, north=0.1), None, AT_NORTH, OFFICES)
    assert [one.office_id for one in ruling.candidates] == ["roads", "north"]
    assert (ruling.competence.rule, ruling.competence.level, ruling.sure) == ("function", Level.CITY, True)
    assert "市城管局" in ruling.competence.zh


def test_what_streets_handle_goes_to_the_street_of_the_place() -> None:
    ruling = competent(candidates(south=0.5, north=0.2, roads=0.2), None, AT_NORTH, OFFICES)
    assert [(one.office_id, round(one.probability, 3)) for one in ruling.candidates] == [("north", 0.7), ("roads", 0.2)]
    assert ruling.competence.rule == "territory"
    assert ruling.competence.zh == "街道（镇）事项按属地办理：鼓楼大街在北区鼓楼街道，由鼓楼街道承办。"
    assert (ruling.competence.place, ruling.competence.area, ruling.sure) == ("鼓楼大街", NORTH, True)


def test_matter_of_streets_is_taken_from_the_departments_it_is_mistaken_for() -> None:
    ruling = competent(candidates(fire=0.8, roads=0.1), matter(Level.STREET), AT_NORTH, OFFICES, ("楼道里堆",))
    assert ruling.candidates[0].office_id == "north"
    assert ruling.candidates[0].probability == pytest.approx(0.81)
    assert (ruling.competence.rule, ruling.competence.words) == ("clutter", ("楼道里堆",))
    assert "楼道杂物由街道（镇）办理" in ruling.competence.zh
    assert "Clutter: a street office handles it" in ruling.competence.en


def test_matter_of_a_district_goes_to_its_office_and_without_one_stays() -> None:
    ruling = competent(candidates(fire=0.8, roads=0.1), matter(Level.DISTRICT), AT_NORTH, OFFICES)
    assert (ruling.candidates[0].office_id, ruling.competence.level) == ("enforcement", Level.DISTRICT)
    there = Scene(SOUTH, "金沙路", (), True)
    assert competent(candidates(fire=0.8), matter(Level.DISTRICT), there, OFFICES).candidates[0].office_id == "fire"


def test_matter_of_a_department_leaves_the_streets() -> None:
    ruling = competent(candidates(north=0.6, roads=0.2), matter(Level.CITY, "roads"), AT_NORTH, OFFICES)
    assert ruling.candidates[0].office_id == "roads"
    assert (ruling.competence.rule, ruling.sure) == ("clutter", True)


def test_without_a_place_nothing_moves_and_a_clerk_must_look() -> None:
    before = candidates(north=0.5, south=0.3)
    ruling = competent(before, matter(Level.STREET), NOWHERE, OFFICES)
    assert ruling.candidates == before
    assert (ruling.competence.rule, ruling.sure) == ("no_place", False)


def test_place_in_two_streets_is_told_and_not_chosen() -> None:
    scene = Scene((), "阳光花园", (NORTH, SOUTH))
    ruling = competent(candidates(north=0.5, south=0.3), None, scene, OFFICES)
    assert (ruling.competence.rule, ruling.sure) == ("several_places", False)
    assert "北区鼓楼街道、南区金沙街道" in ruling.competence.zh


def test_two_streets_named_as_much_are_ranked_but_not_sure() -> None:
    ruling = competent(candidates(south=0.5, north=0.3), None, Scene(NORTH, "鼓楼大街", (NORTH, SOUTH)), OFFICES)
    assert (ruling.candidates[0].office_id, ruling.sure) == ("north", False)


def test_no_probability_is_made_or_lost() -> None:
    before = candidates(fire=0.3, south=0.3, north=0.2, roads=0.1)
    for scene in (AT_NORTH, NOWHERE, Scene(SOUTH, "金沙路", (), True)):
        for level in (Level.STREET, Level.DISTRICT):
            after = competent(before, matter(level), scene, OFFICES).candidates
            assert sum(one.probability for one in after) == pytest.approx(0.9)


def test_cue_is_found_unless_something_else_is_said() -> None:
    matters = Matters([matter(Level.STREET)])
    found = matters.found("三楼楼道里堆满纸箱")
    assert found is not None
    assert (found.matter.id, found.spans) == ("clutter", ((2, 6),))
    assert matters.found("楼道里堆着电动车充电") is None
    assert matters.found("路灯不亮") is None


def test_pattern_that_is_none_is_refused_by_the_matter_s_name() -> None:
    broken = Matter(id="broken", zh="", en="", level=Level.STREET, cues=("(",), taken_from=(), weight=0.5, basis="")
    with pytest.raises(ConfigError, match="matter 'broken'"):
        Matters([broken])


def judgement(*offices: Candidate, confident: bool = False) -> Judgement:
    return Judgement(
        offices,
        Kind.COMPLAINT,
        0.9,
        Urgency.NORMAL,
        (),
        denounces=False,
        confident=confident,
        model="test",
        threshold=0.95,
    )


def atlas() -> Atlas:
    return Atlas(
        Gazetteer([Entry("鼓楼大街", PlaceKind.ROAD, NORTH), Entry("金沙路", PlaceKind.ROAD, SOUTH)]),
        Matters([matter(Level.STREET)]),
        OFFICES,
    )


def test_judgement_gets_the_place_the_rule_and_their_words_as_evidence() -> None:
    subject, body = "楼道里堆满纸箱", "鼓楼大街五号的邻居"
    before = judgement(*candidates(fire=0.7, south=0.2), confident=True)
    after = placed(before, atlas(), subject, body, "")
    text = judged_text(subject, body)
    assert [text[one.start : one.end] for one in after.candidates[0].evidence] == ["楼道里堆", "鼓楼大街"]
    assert (after.candidates[0].office_id, after.rule and after.rule.rule) == ("north", "clutter")
    assert [place.name for place in after.places] == ["鼓楼大街"]
    assert not after.confident, "0.83 is under the threshold"
    assert placed(replace(before, threshold=0.8), atlas(), subject, body, "").confident


def test_sure_topic_stays_sure_only_with_a_place_where_the_place_decides() -> None:
    before = judgement(*candidates(north=0.97), confident=True)
    assert placed(before, atlas(), "邻居吵架", "", "鼓楼大街").confident
    assert not placed(before, atlas(), "邻居吵架", "", "").confident
    roads = judgement(*candidates(roads=0.9), confident=True)
    assert placed(roads, atlas(), "路面大坑", "", "").confident


def test_judgement_without_offices_only_gets_its_places() -> None:
    after = placed(judgement(), atlas(), "", "鼓楼大街", "")
    assert (after.candidates, after.rule, len(after.places)) == ((), None, 1)


def test_judgement_stored_before_there_were_places_is_still_read() -> None:
    stored = msgspec.to_builtins(judgement(*candidates(fire=0.7)))
    del stored["places"], stored["rule"]
    read = msgspec.convert(stored, Judgement)
    assert (read.places, read.rule) == ((), None)
    whole = placed(judgement(*candidates(north=0.7)), atlas(), "", "鼓楼大街", "")
    assert msgspec.json.decode(msgspec.json.encode(whole), type=Judgement) == whole
