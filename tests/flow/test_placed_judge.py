"""The judge of the office: places from the city, from clerks and from other processes; a city's list from a file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from minxin.consult.place_records import KnownPlace, PlaceSource
from minxin.consult.places import place_id
from minxin.core.changes import Changes
from minxin.core.clock import FixedClock
from minxin.core.judgement import Candidate, Judgement, Kind, Urgency
from minxin.core.paging import PageRequest
from minxin.core.places import PlaceKind
from minxin.deploy.house import House, open_house
from minxin.deploy.place_import import import_places
from minxin.deploy.placed_judge import PlacedJudge
from minxin.deploy.settings import load_settings
from minxin.deploy.territory import load_territory

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
SOUTH = ("望洲区", "金沙街道")
HEADER = "name,type,within,aliases\n"


class StreetJudge:
    """Holds every letter for a matter of the first street."""

    async def judge(self, subject: str, body: str) -> Judgement:
        candidates = (Candidate("gulou", 0.9), Candidate("chengguan", 0.05))
        return Judgement(
            candidates,
            Kind.HELP,
            0.9,
            Urgency.NORMAL,
            (),
            denounces=False,
            confident=True,
            model="test",
            threshold=0.95,
        )


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    settings = load_settings(None, {}, data=tmp_path / "city", demo=True)
    async with open_house(settings, clock=FixedClock(NOON)) as opened:
        yield opened


@pytest.fixture
def judge(house: House) -> PlacedJudge:
    return PlacedJudge(StreetJudge(), load_territory(house.city), house.store, fresh=timedelta())


def lake(**changed: object) -> KnownPlace:
    given = {
        "id": place_id("翠湖小区", SOUTH),
        "name": "翠湖小区",
        "kind": PlaceKind.ESTATE,
        "within": SOUTH,
        "source": PlaceSource.CLERK,
        "by": "clerk",
        "at": NOON,
    }
    return KnownPlace(**(given | changed))  # type: ignore[arg-type]


async def test_letter_goes_to_the_street_of_its_place(judge: PlacedJudge) -> None:
    judgement = await judge.judge("邻居吵架", "住在星海名邸", "")
    assert judgement.candidates[0].office_id == "jinsha"
    assert judgement.confident
    assert judgement.rule is not None
    assert judgement.rule.zh == "街道（镇）事项按属地办理：星海名邸在望洲区金沙街道星海社区，由金沙街道承办。"


async def test_place_field_decides_where_the_text_does_not(judge: PlacedJudge) -> None:
    assert (await judge.judge("邻居吵架", "天天吵", "阳光花园")).confident is False
    assert (await judge.judge("邻居吵架", "天天吵", "望洲区阳光花园")).candidates[0].office_id == "jinsha"


async def test_place_that_is_taught_decides_the_next_letter(judge: PlacedJudge) -> None:
    before = await judge.judge("翠湖小区邻居吵架", "")
    assert (before.candidates[0].office_id, before.confident, before.places[0].known) == ("gulou", False, False)
    judge.learn_place(lake())
    after = await judge.judge("翠湖小区邻居吵架", "")
    assert (after.candidates[0].office_id, after.confident, after.places[0].known) == ("jinsha", True, True)


async def test_place_that_is_taken_back_is_unknown_again(judge: PlacedJudge) -> None:
    before = await judge.judge("翠湖小区邻居吵架", "")
    judge.learn_place(lake())
    judge.learn_place(lake(taken_back=True))
    judge.learn_place(lake(taken_back=True))
    assert await judge.judge("翠湖小区邻居吵架", "") == before


async def test_place_that_another_process_kept_decides_the_next_letter(house: House, judge: PlacedJudge) -> None:
    await judge.judge("翠湖小区邻居吵架", "")
    await house.store.commit(Changes(inserts=[lake()]))
    assert (await judge.judge("翠湖小区邻居吵架", "")).candidates[0].office_id == "jinsha"
    late = lake(id="late", name="长风小区", at=NOON - timedelta(seconds=5))
    await house.store.commit(Changes(inserts=[late]))
    assert (await judge.judge("长风小区邻居吵架", "")).candidates[0].office_id == "jinsha"


async def test_streets_stand_together_by_district(judge: PlacedJudge) -> None:
    streets = judge.streets()
    districts = [area[0] for area in streets]
    assert len(streets) == 12
    assert list(dict.fromkeys(districts)) == ["海晏区", "潮东区", "望洲区", "青屿区"]
    assert districts == sorted(districts, key=list(dict.fromkeys(districts)).index)


async def test_list_of_a_city_is_kept_as_a_whole_and_known_at_once(
    house: House, judge: PlacedJudge, tmp_path: Path
) -> None:
    file = tmp_path / "places.csv"
    file.write_text(HEADER + "翠湖小区,小区,望洲区/金沙街道,翠湖\n长风路,road,望洲区/金沙街道,\n", encoding="utf-8")
    assert (await import_places(house, file)).added == 2
    assert (await judge.judge("翠湖邻居吵架", "")).candidates[0].office_id == "jinsha"
    again = await import_places(house, file)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    entries = (await house.store.audit_page(PageRequest(size=5))).items
    assert [one.entry.action for one in entries] == ["place.imported", "place.imported"]


async def test_wrong_line_keeps_the_whole_list_out(house: House, tmp_path: Path) -> None:
    file = tmp_path / "places.csv"
    file.write_text(HEADER + "翠湖小区,小区,望洲区/金沙街道,\n长风路,road,望洲区/无此街道,\n", encoding="utf-8")
    result = await import_places(house, file)
    assert [line for line, _ in result.errors] == [3]
    assert await house.store.places_since(NOON) == []
