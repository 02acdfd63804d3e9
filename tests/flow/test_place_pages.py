"""Places of a letter on the desk and over the API: what was found, the rule that decided, and a clerk's new place."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession
from msgspec.structs import replace
from support.api import Program, staff_key
from support.desk import DISCIPLINE, log_in_staff, open_offices, order_of, unsure
from support.letters import become_citizen, send_letter
from support.web import Browser, City

from minxin.consult import routing
from minxin.consult.place_records import KnownPlace
from minxin.consult.records import Letter
from minxin.core.actor import SYSTEM, Role
from minxin.core.clock import SHANGHAI
from minxin.core.paging import PageRequest
from minxin.core.places import Competence, Level, Place, PlaceKind

NORTH, SOUTH = ("海晏区", "鼓楼街道"), ("望洲区", "学府街道")
PLACES = (
    Place(-1, -1, "文庙街", "文庙街", PlaceKind.ROAD, NORTH),
    Place(3, 7, "阳光花园", "阳光花园", PlaceKind.ESTATE, (), (NORTH, SOUTH)),
    Place(8, 12, "翠湖小区", "翠湖小区", PlaceKind.ESTATE, (), known=False),
)
RULE = Competence(
    "territory", Level.STREET, "文庙街在海晏区鼓楼街道。", "Wenmiao Street lies in Gulou.", "文庙街", NORTH
)


async def place_letter(city: City, browser: Browser) -> str:
    """Return the work order of a letter with places, in the tray."""
    await open_offices(city)
    await become_citizen(browser, city)
    letter = await city.store.get(Letter, await send_letter(browser))
    assert letter is not None
    advice = replace(unsure(letter), places=PLACES, rule=RULE)
    deed = routing.Deed(SYSTEM, city.clock.now(), "worker")
    await city.store.commit(routing.judged(deed, letter, advice, city.services.desk.limits, DISCIPLINE.id))
    return (await order_of(city, letter.id)).id


@pytest.fixture
async def order_id(city: City, browser: Browser) -> str:
    return await place_letter(city, browser)


async def learn(browser: Browser, order_id: str, **fields: str) -> str:
    """Open the work order and send the form of its new place."""
    await browser.get(f"/desk/orders/{order_id}")
    given = {"place_kind": "estate", "place_within": "海晏区/鼓楼街道"} | fields
    return await browser.submit(f"/desk/orders/{order_id}/places", **given)


async def test_tray_shows_the_places_and_the_rule_in_the_reader_s_language(
    city: City, order_id: str, other_browser: Browser
) -> None:
    await log_in_staff(other_browser, city, "clerk1", Role.CLERK)
    text = await other_browser.get("/desk")
    assert "文庙街在海晏区鼓楼街道。" in text
    assert "阳光花园 (海晏区鼓楼街道 或 望洲区学府街道)" in text
    text = await other_browser.get("/desk?lang=en")
    assert "Wenmiao Street lies in Gulou." in text


async def test_work_order_shows_kind_and_area_of_every_place(city: City, order_id: str, other_browser: Browser) -> None:
    await log_in_staff(other_browser, city, "clerk1", Role.CLERK)
    text = await other_browser.get(f"/desk/orders/{order_id}")
    assert "地点与管辖" in text
    assert "文庙街在海晏区鼓楼街道。" in text
    assert "<strong>文庙街</strong> · 道路 · 海晏区鼓楼街道" in text
    assert "<strong>翠湖小区</strong> · 小区 · 尚不知道在哪里" in text
    assert "新地名：翠湖小区，属于哪里？" in text
    assert "新地名：文庙街" not in text


async def test_clerk_says_where_a_new_place_lies_and_it_is_kept_told_and_logged(
    city: City, order_id: str, other_browser: Browser
) -> None:
    clerk_id = await log_in_staff(other_browser, city, "clerk1", Role.CLERK)
    text = await learn(other_browser, order_id, place_kind="estate", place_within="海晏区/鼓楼街道")
    assert "已记住这个地名" in text
    (place,) = await city.store.places_since(city.clock.now())
    assert (place.name, place.within, place.by) == ("翠湖小区", NORTH, clerk_id)
    entries = (await city.store.audit_page(PageRequest(size=5))).items
    assert "place.learned" in {one.entry.action for one in entries}


async def test_saying_it_twice_is_the_same(city: City, order_id: str, other_browser: Browser) -> None:
    await log_in_staff(other_browser, city, "manager1", Role.MANAGER)
    await learn(other_browser, order_id)
    await learn(other_browser, order_id)
    assert other_browser.status == 200
    assert len(await city.store.places_since(city.clock.now())) == 1


async def test_place_is_taken_back_and_taught_again(city: City, order_id: str, other_browser: Browser) -> None:
    await log_in_staff(other_browser, city, "clerk1", Role.CLERK)
    await learn(other_browser, order_id)
    (place,) = await city.store.places_since(city.clock.now())
    assert "翠湖小区" in await other_browser.get("/desk/taught-places")
    await other_browser.submit(f"/desk/taught-places/{place.id}/take-back")
    assert "已收回，下一封来信不再认识这个地名。" in other_browser.text
    (place,) = await city.store.places_since(city.clock.now())
    assert place.taken_back
    await learn(other_browser, order_id)
    (place,) = await city.store.places_since(city.clock.now())
    assert not place.taken_back
    entries = (await city.store.audit_page(PageRequest(size=5))).items
    assert [one.entry.action for one in entries][:3] == ["place.learned", "place.taken_back", "place.learned"]


async def test_street_that_was_not_chosen_is_told_beside_the_field(
    city: City, order_id: str, other_browser: Browser
) -> None:
    await log_in_staff(other_browser, city, "clerk1", Role.CLERK)
    text = await learn(other_browser, order_id, place_kind="road", place_within="")
    assert other_browser.status == 422
    assert "请选择它属于哪个街道或镇。" in text
    assert '<option value="road" selected>' in text
    assert await city.store.places_since(city.clock.now()) == []


async def test_office_reads_the_places_and_is_not_asked(
    city: City, order_id: str, other_browser: Browser, browser: Browser
) -> None:
    await log_in_staff(other_browser, city, "clerk1", Role.CLERK)
    await other_browser.get(f"/desk/orders/{order_id}")
    await other_browser.submit(f"/desk/orders/{order_id}/moves/dispatch", dispatch_office_id="cgj")
    await browser.submit("/logout")
    await log_in_staff(browser, city, "handler1", Role.HANDLER)
    text = await browser.get(f"/desk/orders/{order_id}")
    assert "地点与管辖" in text
    assert "新地名：" not in text


async def test_program_reads_places_and_rule_and_teaches(city: City, site: str, order_id: str) -> None:
    async with ClientSession() as session:
        clerk = Program(session, site, await staff_key(city, Role.CLERK))
        letter_id = (await clerk.get(f"/orders/{order_id}")).body["letter_id"]
        advice = (await clerk.get(f"/letters/{letter_id}")).body["advice"]
        assert advice["rule"]["id"] == "territory"
        assert advice["rule"]["area"] == list(NORTH)
        assert [(one["name"], len(one["areas"]), one["known"]) for one in advice["places"]] == [
            ("文庙街", 1, True),
            ("阳光花园", 2, True),
            ("翠湖小区", 0, False),
        ]
        wrong = {"name": "翠湖小区", "kind": "estate", "within": ["海晏区"]}
        assert (await clerk.post(f"/orders/{order_id}/places", wrong)).status == 422
        right = {"name": "翠湖小区", "kind": "estate", "within": list(NORTH)}
        assert (await clerk.post(f"/orders/{order_id}/places", right)).status == 204
        handler = Program(session, site, await staff_key(city, Role.HANDLER))
        assert (await handler.post(f"/orders/{order_id}/places", right)).status == 404
    (place,) = await city.store.places_since(city.clock.now())
    assert isinstance(place, KnownPlace)
    assert place.at.astimezone(SHANGHAI) == city.clock.now()
