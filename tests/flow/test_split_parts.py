"""The parts of a letter that was split up, for those who see only one of them, or all of them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from support.desk import DISCIPLINE, Staff, move, open_offices
from support.letters import CLERK, HANDLER, PARTS, REVIEWER, SIGNER, become_citizen, send_letter
from support.split import FEES, LAMPS, SUBJECT, TEXT, of_two_matters
from support.web import Browser, City

from minxin.consult import routing
from minxin.consult.access import access_letter
from minxin.consult.decision import Deed
from minxin.consult.publication import Words, answer_text
from minxin.consult.records import Letter, LetterState, OrderState, PublicState, Satisfaction, Share, WorkOrder
from minxin.core.actor import SYSTEM, Actor, Role
from minxin.core.errors import IllegalMoveError, NotFoundError

CALLER = Actor("caller", frozenset({Role.CALLER}), "zhongxin", "回访专员")
MANAGER = Actor("manager", frozenset({Role.MANAGER}), "zhongxin", "主任")
WORDS = Words("反映两个问题", "路灯坏了，物业乱收停车费。", "都已处理。")


async def letter_of(city: City, letter_id: str) -> Letter:
    letter = await city.store.get(Letter, letter_id)
    assert letter is not None
    return letter


@pytest.fixture
async def parts(city: City, browser: Browser) -> list[WorkOrder]:
    """A public letter that was split up by itself; ``browser`` is its writer's."""
    await open_offices(city)
    await become_citizen(browser, city)
    letter_id = await send_letter(browser, subject=SUBJECT, text=TEXT, public="1")
    letter = await letter_of(city, letter_id)
    deed = Deed(SYSTEM, city.clock.now(), "worker")
    advice = of_two_matters(letter, "cgj", "zjj")
    await city.store.commit(routing.judged(deed, letter, advice, city.services.desk.limits, DISCIPLINE.id))
    return await city.store.orders_of(letter_id)


async def answer(city: City, order: WorkOrder) -> WorkOrder:
    """Take a part to its answer, by its office's people."""
    handler, reviewer, signer = (replace(one, office_id=order.office_id) for one in (HANDLER, REVIEWER, SIGNER))
    desk = city.services.desk
    await desk.sign_for(handler, order.id, origin="test")
    await desk.submit_reply(handler, order.id, PARTS, (), origin="test")
    await desk.approve(reviewer, order.id, origin="test")
    await desk.sign_off(signer, order.id, reason="已与来信人当面核实", origin="test")
    found = await city.store.get(WorkOrder, order.id)
    assert found is not None
    return found


async def test_office_sees_how_far_the_other_part_is_and_nothing_from_inside(
    city: City, parts: list[WorkOrder], staff: Staff
) -> None:
    lamps, fees = parts
    await city.services.desk.sign_for(replace(HANDLER, office_id="zjj"), fees.id, origin="test")
    case = await access_letter(city.store, HANDLER, lamps.letter_id)
    assert [one.id for one in case.orders] == [lamps.id]
    (other,) = case.beside
    assert (other.number, other.share, other.state) == (fees.number, Share.SUPPORT, OrderState.IN_PROGRESS)
    with pytest.raises(NotFoundError):
        case.order(fees.id)
    handler = replace(HANDLER, office_id="zjj")
    await city.services.desk.save_reply(
        handler, fees.id, replace(PARTS, finding="不该让别人看到的草稿"), (), origin="test"
    )
    browser = await staff(Role.HANDLER)
    text = await browser.get(f"/desk/orders/{lamps.id}")
    assert fees.number in text and "办理中" in text
    assert "不该让别人看到的草稿" not in text


async def test_rating_that_a_caller_records_closes_only_its_part(city: City, parts: list[WorkOrder]) -> None:
    lamps, _ = parts
    await answer(city, lamps)
    case = await access_letter(city.store, CALLER, lamps.letter_id)
    assert [one.id for one in case.orders] == [lamps.id]
    await city.services.desk.rate(
        CALLER, lamps.id, Satisfaction.SATISFIED, contacted=True, solved=True, reason="", origin="test"
    )
    assert (await letter_of(city, lamps.letter_id)).state is LetterState.ACCEPTED


async def test_writer_reads_why_one_part_was_not_accepted(
    city: City, browser: Browser, parts: list[WorkOrder], staff: Staff
) -> None:
    _, fees = parts
    handler = await staff(Role.HANDLER, office_id="zjj")
    await move(handler, fees.id, "return", reason="已经进入诉讼程序")
    clerk = await staff(Role.CLERK)
    await move(clerk, fees.id, "refuse", ground="in_court", advice="请向审理法院反映。")
    text = await browser.get(f"/letters/{fees.letter_id}")
    assert "请向审理法院反映。" in text and f"{fees.number}: {FEES[:12]}" in text
    assert (await letter_of(city, fees.letter_id)).state is LetterState.ACCEPTED


async def test_reminder_and_papers_belong_to_one_part(
    city: City, browser: Browser, parts: list[WorkOrder], staff: Staff
) -> None:
    lamps, fees = parts
    handler = await staff(Role.HANDLER)
    await move(handler, lamps.id, "sign_for")
    await move(handler, lamps.id, "ask_papers", text="请告诉我们路灯杆上的编号。")
    text = await browser.get(f"/letters/{lamps.letter_id}")
    assert "请告诉我们路灯杆上的编号。" in text
    found = await city.store.orders_of(lamps.letter_id)
    assert [one.state for one in found] == [OrderState.WAITING, OrderState.TO_SIGN]
    assert found[0].answer_due is not None and found[0].answer_due.instant is None
    assert found[1].answer_due == fees.answer_due
    await browser.get(f"/letters/{lamps.letter_id}/orders/{lamps.id}/papers")
    assert lamps.number in browser.text and LAMPS[:12] in browser.text


async def test_answers_of_all_parts_are_published_together_and_by_the_centre(
    city: City, parts: list[WorkOrder]
) -> None:
    lamps, fees = parts
    copies = city.services.publications
    await answer(city, lamps)
    with pytest.raises(IllegalMoveError, match=r"publication\.no_answer"):
        await copies.propose(CLERK, lamps.id, WORDS, origin="test")
    await answer(city, fees)
    with pytest.raises(NotFoundError):
        await copies.suggestion(HANDLER, lamps.id)
    proposal = await copies.suggestion(CLERK, lamps.id)
    assert proposal.original.answer == "\n\n".join([answer_text(PARTS)] * 2)
    await copies.propose(CLERK, lamps.id, WORDS, origin="test")
    with pytest.raises(IllegalMoveError, match=r"publication\.actor"):
        await copies.decide(replace(REVIEWER, office_id="cgj"), lamps.letter_id, True, "", origin="test")
    await copies.decide(MANAGER, lamps.letter_id, True, "", origin="test")
    copy = await copies.published_one(lamps.letter_id)
    assert (copy.state, copy.office_id) == (PublicState.PUBLISHED, "")


async def test_withdrawal_ends_every_part(city: City, browser: Browser, parts: list[WorkOrder]) -> None:
    letter_id = parts[0].letter_id
    await browser.get(f"/letters/{letter_id}")
    await browser.submit(f"/letters/{letter_id}/withdraw")
    assert {one.state for one in await city.store.orders_of(letter_id)} == {OrderState.CANCELLED}
    assert (await letter_of(city, letter_id)).state is LetterState.WITHDRAWN
