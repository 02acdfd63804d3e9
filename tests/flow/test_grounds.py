"""A letter that may have to be refused, on the clerk's desk: advice with its words, and never more than advice."""

from __future__ import annotations

from msgspec.structs import replace
from support.desk import log_in_staff, move, open_offices, unsure
from support.letters import CLERK, become_citizen, send_letter
from support.web import Browser, City

from minxin.classifier.words.advice import rules_only
from minxin.consult import routing
from minxin.consult.decision import Deed
from minxin.consult.records import Letter, LetterState, OrderState
from minxin.core.actor import SYSTEM, Role

COURT = {
    "subject": "开发商逾期交房",
    "text": "我买的房子逾期一年没有交，我已经起诉开发商，区法院已立案，请市长催一下。",
}
FIRE = {"subject": "快来人", "text": "三单元着火了，楼上还有两个老人出不来，快来救人。"}


async def _judged(city: City, letter_id: str, *, confident: bool) -> str:
    letter = await city.store.get(Letter, letter_id)
    assert letter is not None
    grounds = rules_only(letter.subject, letter.text).out_of_power
    advice = replace(unsure(letter), confident=confident, points=(), out_of_power=grounds)
    deed = Deed(SYSTEM, city.clock.now(), "worker")
    await city.store.commit(routing.judged(deed, letter, advice, city.services.limits, "jiwei"))
    (order,) = await city.store.orders_of(letter_id)
    return order.id


async def test_clerk_is_shown_the_ground_and_its_words_and_finds_it_chosen(
    city: City, browser: Browser, other_browser: Browser
) -> None:
    await open_offices(city)
    await become_citizen(browser, city)
    order_id = await _judged(city, await send_letter(browser, **COURT), confident=True)
    await log_in_staff(other_browser, city, "clerk1", Role.CLERK)
    tray = await other_browser.get("/desk?list=to_dispatch")
    assert "已进入诉讼、仲裁或者行政复议程序" in tray
    assert "<mark>已经起诉</mark>" in tray
    text = await other_browser.get(f"/desk/orders/{order_id}")
    assert 'value="in_court" id="field-refuse_ground" checked' in text
    await move(other_browser, order_id, "refuse", ground="in_court", advice="请等候法院判决")
    case, _ = await city.services.desk.case(CLERK, order_id)
    assert case.letter.state is LetterState.REFUSED


async def test_sure_letter_waits_for_a_person_when_it_may_have_to_be_refused(city: City, browser: Browser) -> None:
    await open_offices(city)
    await become_citizen(browser, city)
    order_id = await _judged(city, await send_letter(browser, **COURT), confident=True)
    _, order = await city.services.desk.case(CLERK, order_id)
    assert (order.state, order.office_id) == (OrderState.TO_DISPATCH, None)


async def test_emergency_is_routed_at_once_all_the_same(city: City, browser: Browser) -> None:
    await open_offices(city)
    await become_citizen(browser, city)
    order_id = await _judged(city, await send_letter(browser, **FIRE), confident=True)
    _, order = await city.services.desk.case(CLERK, order_id)
    assert (order.state, order.office_id) == (OrderState.TO_SIGN, "cgj")
