"""The reply gate over real HTTP: the handler reads it while writing, the signer before signing; nothing is blocked."""

from __future__ import annotations

from typing import Any

import pytest
from support.desk import REPLY, Staff, judged, move, open_offices, order_of
from support.letters import CLERK, HANDLER, REVIEWER, become_citizen, send_letter
from support.web import Browser, City

from minxin.consult.decision import stream_of
from minxin.consult.records import OrderState, WorkOrder
from minxin.core.actor import Role

TEXT = "楼下烧烤店油烟很大，孩子天天咳嗽。另外，物业乱收停车费，每个月涨到三百块。"
POOR = {**REPLY, "finding": "经现场检查，该店没有安装油烟净化设施。", "result": "停车的事已转相关部门，请耐心等待。"}
GOOD = {**POOR, "result": "已责令该店限期安装净化设施；物业已退还多收的停车费。"}
POINT = "物业乱收停车费"
BRUSH_OFF = "这句话只是把人打发走。"


@pytest.fixture
async def order(city: City, browser: Browser) -> WorkOrder:
    """A letter of two points, signed for."""
    await open_offices(city)
    await become_citizen(browser, city)
    letter_id = await send_letter(browser, text=TEXT)
    order = await judged(city, letter_id)
    await city.services.desk.dispatch(CLERK, order.id, "cgj", "", origin="test")
    await city.services.desk.sign_for(HANDLER, order.id, origin="test")
    return await order_of(city, letter_id)


async def _state(city: City, order: WorkOrder) -> OrderState:
    return (await order_of(city, order.letter_id)).state


async def _answered_event(city: City, order: WorkOrder) -> dict[str, Any]:
    events = await city.store.events(stream_of(order.letter_id))
    return next(sealed.event.data for sealed in events if sealed.event.kind == "answered")


async def test_the_handler_reads_what_is_wrong_while_writing(city: City, order: WorkOrder, staff: Staff) -> None:
    handler = await staff(Role.HANDLER)
    path = f"/desk/orders/{order.id}/reply"
    assert "答复质检" not in await handler.get(path)
    text = await handler.submit(path, **POOR, action="check")
    assert f"没有回应诉求点“{POINT}”" in text and BRUSH_OFF in text
    assert (await order_of(city, order.letter_id)).drafts == ()
    await handler.submit(path, **POOR, action="save")
    assert BRUSH_OFF in handler.text
    text = await handler.submit(path, **GOOD, action="check")
    assert "质检没有发现需要修改的地方。" in text and BRUSH_OFF not in text
    await handler.submit(path, **GOOD, action="submit")
    assert await _state(city, order) is OrderState.IN_REVIEW


async def test_submitting_stops_once_at_warnings_and_goes_on_when_they_were_read(
    city: City, order: WorkOrder, staff: Staff
) -> None:
    handler = await staff(Role.HANDLER)
    path = f"/desk/orders/{order.id}/reply"
    await handler.get(path)
    text = await handler.submit(path, **POOR, action="submit")
    assert "质检对这份答复有提醒。" in text and POOR["result"] in text
    assert await _state(city, order) is OrderState.IN_PROGRESS
    other = {**POOR, "contact": "综合科王科长"}
    assert "联系方式里没有电话。" in await handler.submit(path, **other, action="submit")
    assert await _state(city, order) is OrderState.IN_PROGRESS
    await handler.submit(path, **other, action="submit")
    assert await _state(city, order) is OrderState.IN_REVIEW


async def test_signing_in_spite_of_warnings_needs_a_reason_that_the_letter_keeps(
    city: City, order: WorkOrder, staff: Staff, browser: Browser
) -> None:
    handler, signer = await staff(Role.HANDLER), await staff(Role.SIGNER)
    path = f"/desk/orders/{order.id}"
    await handler.get(path + "/reply")
    for _ in range(2):
        await handler.submit(path + "/reply", **POOR, action="submit")
    reviewer = await staff(Role.REVIEWER)
    assert BRUSH_OFF in await reviewer.get(path)
    await city.services.desk.approve(REVIEWER, order.id, origin="test")
    assert BRUSH_OFF in await signer.get(path)
    await move(signer, order.id, "sign_off")
    assert signer.status == 422
    assert "请修改后再签发，或者写明仍要签发的理由（至少 5 个字）。" in signer.text
    assert await _state(city, order) is OrderState.TO_SIGN_OFF
    await move(signer, order.id, "sign_off", reason="停车一事由住建局另行答复")
    assert await _state(city, order) is OrderState.ANSWERED
    event = await _answered_event(city, order)
    assert (event["in_spite_of"], event["reason"]) == (["point_unanswered", "brush_off"], "停车一事由住建局另行答复")
    assert "质检有提醒，仍签发。理由：停车一事由住建局另行答复" in await signer.get(path)
    assert "停车一事由住建局另行答复" not in await browser.get(f"/letters/{order.letter_id}")


async def test_an_answer_without_warnings_is_signed_without_a_reason(
    city: City, order: WorkOrder, staff: Staff
) -> None:
    handler, signer = await staff(Role.HANDLER), await staff(Role.SIGNER)
    await handler.get(f"/desk/orders/{order.id}/reply")
    await handler.submit(f"/desk/orders/{order.id}/reply", **GOOD, action="submit")
    await city.services.desk.approve(REVIEWER, order.id, origin="test")
    assert "sign_off_reason" not in await signer.get(f"/desk/orders/{order.id}")
    await move(signer, order.id, "sign_off")
    assert "in_spite_of" not in await _answered_event(city, order)


async def test_points_stand_beside_the_letter_and_in_the_interface(
    city: City, order: WorkOrder, staff: Staff, browser: Browser
) -> None:
    handler = await staff(Role.HANDLER)
    text = await handler.get(f"/desk/orders/{order.id}")
    assert "诉求点" in text and POINT in text
    for reader in (handler, browser):
        status, letter = await reader.json("GET", f"/api/v1/letters/{order.letter_id}", None, {})
        assert status == 200
        assert [(point["title"], point["kind"]) for point in letter["points"]] == [
            ("楼下烧烤店油烟很大", "complaint"),
            (POINT, "complaint"),
        ]
        whole = f"{letter['subject']}\n{letter['text']}"
        assert all(whole[point["start"] : point["end"]] == point["words"] for point in letter["points"])


async def test_programs_check_an_answer_and_the_writer_can_not(
    city: City, order: WorkOrder, staff: Staff, browser: Browser
) -> None:
    handler = await staff(Role.HANDLER)
    await handler.get("/account")
    token = {"X-CSRF-Token": handler.hidden("/logout")["csrf_token"]}
    address = f"/api/v1/orders/{order.id}/reply/check"
    body = {**POOR, "promises": []}
    status, check = await handler.json("POST", address, body, token)
    assert (status, check["reason_needed"]) == (200, True)
    assert [(one["flaw"], one["part"]) for one in check["findings"]] == [
        ("point_unanswered", ""),
        ("brush_off", "result"),
    ]
    found = check["findings"][1]
    assert POOR["result"][found["start"] : found["end"]] == found["quote"]
    assert [bool(answer["quote"]) for answer in check["answers"]] == [True, False]
    assert (await handler.json("GET", address, None, {}))[0] == 404
    await handler.json("PUT", f"/api/v1/orders/{order.id}/reply", body, token)
    status, kept = await handler.json("GET", address, None, {})
    assert (status, kept["findings"]) == (200, check["findings"])
    await browser.get("/account")
    own = {"X-CSRF-Token": browser.hidden("/logout")["csrf_token"]}
    assert (await browser.json("GET", address, None, {}))[0] == 404
    assert (await browser.json("POST", address, body, own))[0] == 404
