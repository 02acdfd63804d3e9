"""What the judge learnt, and how right it must be alone: the clerk's and the administrator's pages."""

from __future__ import annotations

import pytest
from support.desk import OTHER, judged, log_in_staff, move, open_offices
from support.letters import become_citizen, send_letter
from support.web import Browser, City

from minxin.consult.precision_records import RoutedAlone
from minxin.core.actor import SYSTEM, Role
from minxin.core.paging import PageRequest

LESSONS = "/desk/lessons"
ROUTING = "/admin/routing"


@pytest.fixture
async def taught(city: City, browser: Browser, other_browser: Browser) -> None:
    """A clerk, in ``other_browser``, who chose an office for a letter."""
    await open_offices(city)
    await become_citizen(browser, city)
    order = await judged(city, await send_letter(browser))
    await log_in_staff(other_browser, city, "clerk1", Role.CLERK)
    await move(other_browser, order.id, "dispatch", office_id="zjj", reason="物业管理")


@pytest.mark.usefixtures("taught")
async def test_clerk_takes_back_what_the_judge_learnt_from_him(city: City, other_browser: Browser) -> None:
    text = await other_browser.get(LESSONS)
    assert "烧烤店油烟扰民" in text
    assert OTHER.name in text
    assert "受理员派单" in text
    (example,) = (await city.store.examples(PageRequest())).items
    await other_browser.submit(f"{LESSONS}/{example.id}/take-back")
    assert other_browser.path == LESSONS
    assert "已收回，下一封来信不再按它判断。" in other_browser.text
    assert "/take-back" not in other_browser.text
    (example,) = (await city.store.examples(PageRequest())).items
    assert example.taken_back_at is not None


async def test_without_a_choice_the_page_says_so(city: City, other_browser: Browser) -> None:
    await open_offices(city)
    await log_in_staff(other_browser, city, "manager1", Role.MANAGER)
    assert "还没有人选定过单位。" in await other_browser.get(LESSONS)


async def test_administrator_wishes_for_another_precision(city: City, other_browser: Browser) -> None:
    await log_in_staff(other_browser, city, "admin1", Role.ADMINISTRATOR)
    text = await other_browser.get(ROUTING)
    assert "95.00 %" in text
    assert "从未需要收紧。" in text
    await other_browser.submit(ROUTING, wished="97.5 %")
    assert "97.50 %" in other_browser.text
    assert (await city.services.precision.now()).wished == pytest.approx(0.975)


@pytest.mark.parametrize("wished", ["", "很高", "nan", "100", "-1"])
async def test_precision_that_is_none_is_told_beside_its_field(city: City, other_browser: Browser, wished: str) -> None:
    await log_in_staff(other_browser, city, "admin1", Role.ADMINISTRATOR)
    await other_browser.get(ROUTING)
    await other_browser.submit(ROUTING, wished=wished)
    assert other_browser.status == 422
    assert 'id="error-wished"' in other_browser.text
    assert "50 到 99.9" in other_browser.text


async def test_page_tells_when_the_judge_became_stricter_by_itself(
    city: City, other_browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def routed_alone(*_: object) -> RoutedAlone:
        return RoutedAlone(200, 20)

    monkeypatch.setattr(city.store, "routed_alone", routed_alone)
    await city.services.precision.watch()
    await city.services.precision.watch()
    await log_in_staff(other_browser, city, "admin1", Role.ADMINISTRATOR)
    text = await other_browser.get(ROUTING)
    assert text.count("200 封中 20 封被退回") == 2
    assert "98.75 %" in text
    assert (await city.services.precision.now()).by == SYSTEM.id
