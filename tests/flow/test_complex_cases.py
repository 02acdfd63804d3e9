"""The centre marks a letter as a complex case on its page; the limit follows, and the writer reads why."""

from __future__ import annotations

from support.desk import Staff, open_offices
from support.letters import become_citizen, send_letter, signed_for
from support.web import Browser, City

from minxin.consult.records import Letter, WorkOrder
from minxin.consult.replay import replay
from minxin.core.actor import Role

REASON = "涉及三个单位，须现场检测"


async def test_clerk_marks_it_with_a_reason_and_the_writer_sees_the_new_limit(
    city: City, browser: Browser, staff: Staff
) -> None:
    await open_offices(city)
    await become_citizen(browser, city)
    letter_id = await send_letter(browser)
    order = await signed_for(city, letter_id)
    clerk, handler = await staff(Role.CLERK), await staff(Role.HANDLER)
    path = f"/desk/orders/{order.id}"
    assert "mark_complex" not in await handler.get(path)
    await clerk.get(path)
    text = await clerk.submit(f"{path}/moves/mark_complex", mark_complex_reason="难")
    assert 'id="error-mark_complex_reason"' in text
    await clerk.get(path)
    text = await clerk.submit(f"{path}/moves/mark_complex", mark_complex_reason=REASON)
    assert clerk.path == path
    assert REASON in text
    assert "/moves/mark_complex" not in text
    letter, after = await city.store.get(Letter, letter_id), await city.store.get(WorkOrder, order.id)
    assert letter is not None
    assert letter.complex
    assert after is not None
    assert after.answer_due is not None
    assert after.answer_due.rule_id == "answer.complex"
    (facts,) = replay(letter_id, await city.store.events(f"letter:{letter_id}")).orders
    assert facts.answer_due == after.answer_due.instant
    assert "认定为复杂事项" in await browser.get(f"/letters/{letter_id}")
