"""The clerk's tray of letters that the judge was not sure of, over real HTTP and the real store."""

from __future__ import annotations

import pytest
from support.desk import judged, log_in_staff, move, open_offices, order_of
from support.letters import CLERK, become_citizen, send_letter
from support.web import Browser, City

from minxin.consult.records import ExampleSource, Letter, LetterState, OrderState
from minxin.core.actor import Role
from minxin.core.paging import PageRequest


@pytest.fixture
async def order_id(city: City, browser: Browser, other_browser: Browser) -> str:
    """A letter in the tray; ``other_browser`` is the clerk's."""
    await open_offices(city)
    await become_citizen(browser, city)
    letter_id = await send_letter(browser)
    order = await judged(city, letter_id)
    await log_in_staff(other_browser, city, "clerk1", Role.CLERK)
    return order.id


async def test_tray_shows_the_first_offices_and_the_words_that_decided(
    city: City, order_id: str, other_browser: Browser
) -> None:
    text = await other_browser.get("/desk")
    assert "烧烤店油烟扰民" in text
    assert "<mark>油烟</mark>" in text
    assert text.index("市城管局") < text.index("48 %") < text.index("市住建局") < text.index("31 %")
    assert "王**" in text
    assert "王小明" not in text


async def test_one_tap_sends_the_letter_on_and_teaches_the_judge(
    city: City, order_id: str, other_browser: Browser
) -> None:
    await other_browser.get("/desk?list=to_dispatch")
    path = f"/desk/orders/{order_id}/moves/dispatch"
    await other_browser.submit(path, dispatch_office_id="zjj")
    assert other_browser.path == "/desk?list=to_dispatch"
    assert "已派单" in other_browser.text
    assert "烧烤店油烟扰民" not in other_browser.text
    examples = (await city.store.examples(PageRequest())).items
    assert [(one.office_id, one.right, one.source) for one in examples] == [("zjj", True, ExampleSource.CLERK)]


async def test_clerk_chooses_any_office_of_the_list_on_the_letter_s_own_page(
    city: City, order_id: str, other_browser: Browser
) -> None:
    text = await other_browser.get(f"/desk/orders/{order_id}?list=to_dispatch")
    assert 'data-words="市住建局 物业管理"' in text
    assert 'value="jiwei"' not in text
    await move(other_browser, order_id, "dispatch", office_id="zjj", reason="物业管理")
    assert other_browser.status == 200
    assert (await city.store.assignments_of(order_id))[0].office_id == "zjj"


async def test_dispatch_without_an_office_is_told_beside_the_field(
    city: City, order_id: str, other_browser: Browser
) -> None:
    await move(other_browser, order_id, "dispatch", office_id="", reason="说明写了一半")
    assert other_browser.status == 422
    assert 'id="error-dispatch_office_id"' in other_browser.text
    assert 'value="说明写了一半"' in other_browser.text


async def test_letter_that_a_colleague_sent_on_meanwhile_is_told_with_a_sentence(
    city: City, order_id: str, other_browser: Browser
) -> None:
    await move(other_browser, order_id, "dispatch", office_id="zjj")
    await move(other_browser, order_id, "dispatch", office_id="cgj")
    assert other_browser.status == 409
    assert "不能派单" in other_browser.text
    assert (await city.store.assignments_of(order_id))[0].office_id == "zjj"


async def test_refusal_needs_a_ground_and_where_to_go_instead(
    city: City, order_id: str, other_browser: Browser
) -> None:
    await move(other_browser, order_id, "refuse", advice="可以向法院起诉或者申请仲裁")
    assert other_browser.status == 422
    assert 'id="error-refuse_ground"' in other_browser.text
    await move(other_browser, order_id, "refuse", ground="in_court", advice="不行")
    assert 'id="error-refuse_advice"' in other_browser.text
    await move(other_browser, order_id, "refuse", ground="in_court", advice="可以向法院起诉或者申请仲裁")
    assert other_browser.path == "/desk"
    order = await city.services.desk.case(CLERK, order_id)
    assert order[0].letter.state is LetterState.REFUSED


async def test_returned_letter_is_ruled_on_and_bound(
    city: City, order_id: str, other_browser: Browser, browser: Browser
) -> None:
    await move(other_browser, order_id, "dispatch", office_id="cgj")
    await browser.submit("/logout")
    await log_in_staff(browser, city, "handler1", Role.HANDLER)
    await move(browser, order_id, "return", reason="短", office_id="zjj")
    assert 'id="error-return_reason"' in browser.text
    await move(browser, order_id, "return", reason="烧烤店归物业管理单位", office_id="zjj")
    assert browser.path == "/desk"
    text = await other_browser.get("/desk?list=to_rule")
    assert "烧烤店油烟扰民" in text
    text = await other_browser.get(f"/desk/orders/{order_id}")
    assert "烧烤店归物业管理单位" in text
    assert '<option value="zjj" data-words="市住建局 物业管理" selected>' in text
    await move(other_browser, order_id, "rule", office_id="cgj", reason="油烟由城管负责，见职责表")
    assert other_browser.status == 200
    order = await order_of(city, (await city.services.desk.case(CLERK, order_id))[0].letter.id)
    assert (order.state, order.office_id, order.binding) == (OrderState.TO_SIGN, "cgj", True)
    text = await browser.get(f"/desk/orders/{order_id}")
    assert "/moves/sign_for" in text
    assert "/moves/return" not in text
    await browser.submit(f"/desk/orders/{order_id}/moves/return", return_reason="还是不归我们")
    assert browser.status == 409
    assert "已经裁定" in browser.text


async def test_tray_is_the_centre_s_alone(city: City, order_id: str, browser: Browser) -> None:
    await browser.get("/desk")
    assert browser.status == 404  # a citizen
    await browser.submit("/logout")
    await log_in_staff(browser, city, "handler1", Role.HANDLER)
    await browser.get("/desk?list=to_dispatch")
    assert browser.status == 404
    await browser.get(f"/desk/orders/{order_id}")
    assert browser.status == 404
    letter = await city.store.get(Letter, (await city.services.desk.case(CLERK, order_id))[0].letter.id)
    assert letter is not None
    assert letter.subject not in browser.text
