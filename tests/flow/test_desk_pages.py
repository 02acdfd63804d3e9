"""The department's desk from signing for a letter to its publication, over real HTTP and the real store."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.desk import REPLY, Staff, judged, move, open_offices, order_of
from support.letters import CLERK, HANDLER, answered, become_citizen, send_letter, signed_for
from support.web import Browser, City

from minxin.consult.records import OrderState, WorkOrder
from minxin.consult.shelves import Shelf
from minxin.core.actor import Role
from minxin.core.judgement import Urgency

PHONE = "13812345678"


@pytest.fixture
async def letter_id(city: City, browser: Browser) -> str:
    """A letter of the citizen in ``browser``, who agrees to its publication."""
    await open_offices(city)
    await become_citizen(browser, city)
    return await send_letter(
        browser, public="1", text="我叫王小明，住3号楼2单元501室，电话13812345678。楼下烧烤店油烟很大。"
    )


async def _dispatched(city: City, letter_id: str) -> WorkOrder:
    order = await judged(city, letter_id)
    await city.services.desk.dispatch(CLERK, order.id, "cgj", "", origin="test")
    return await order_of(city, letter_id)


def _forms(text: str) -> set[str]:
    return {part.split('"')[0] for part in text.split("/moves/")[1:]}


async def test_letter_goes_from_the_queue_to_the_answer(
    city: City, letter_id: str, staff: Staff, browser: Browser
) -> None:
    order = await _dispatched(city, letter_id)
    path = f"/desk/orders/{order.id}"
    handler, reviewer, signer = await staff(Role.HANDLER), await staff(Role.REVIEWER), await staff(Role.SIGNER)
    text = await handler.get("/desk")
    assert "烧烤店油烟扰民" in text
    assert "王**" in text
    assert "王小明" not in text.replace("我叫王小明", "")
    text = await handler.get(path)
    assert _forms(text) == {"sign_for", "return"}
    assert "138****5678" in text
    await move(handler, order.id, "sign_for")
    assert handler.path == path
    assert "已签收" in handler.text
    assert _forms(handler.text) == {"ask_papers", "ask_extension", "return"}
    await handler.get(path + "/reply")
    await handler.submit(path + "/reply", **REPLY, action="submit")
    assert "答复已送审" in handler.text
    assert "烧烤店油烟扰民" in await reviewer.get("/desk")
    await move(reviewer, order.id, "send_back", comment="请写明改正的日期")
    assert "请写明改正的日期" in await handler.get(path + "/reply")
    assert REPLY["finding"] in handler.text
    await handler.submit(path + "/reply", **{**REPLY, "result": "已责令六月三十日前改正。"}, action="submit")
    text = await reviewer.get(path)
    assert "已责令六月三十日前改正。" in text
    assert "以前的稿" in text
    await move(reviewer, order.id, "approve")
    assert _forms(await signer.get(path)) == {"sign_off", "send_back"}
    await move(signer, order.id, "sign_off")
    assert "已签发" in signer.text
    assert "已责令六月三十日前改正。" in await browser.get(f"/letters/{letter_id}")
    text = await signer.get(path)
    for step in ("答复送审", "退回修改", "审核通过", "滨海市城市管理局答复"):
        assert step in text, step


async def test_missing_parts_are_named_beside_the_fields_and_nothing_typed_is_lost(
    city: City, letter_id: str, staff: Staff
) -> None:
    order = await signed_for(city, letter_id)
    handler = await staff(Role.HANDLER)
    path = f"/desk/orders/{order.id}/reply"
    await handler.get(path)
    await handler.submit(path, finding="现场检查过", promises="明天 一定装好", action="submit")
    assert handler.status == 422
    for name in ("basis", "result", "contact", "remedy", "promises"):
        assert f'id="error-{name}"' in handler.text, name
    assert 'id="error-finding"' not in handler.text
    assert "现场检查过" in handler.text
    assert "明天 一定装好" in handler.text
    await handler.submit(path, finding="现场检查过", basis="", promises="", action="save")
    assert (handler.status, handler.path) == (200, path)
    assert "草稿已保存" in handler.text
    assert "现场检查过" in handler.text
    assert (await order_of(city, letter_id)).state is OrderState.IN_PROGRESS


async def test_skeleton_fills_empty_parts_only_and_its_blanks_must_be_filled(
    city: City, letter_id: str, staff: Staff
) -> None:
    order = await signed_for(city, letter_id)
    handler = await staff(Role.HANDLER)
    path = f"/desk/orders/{order.id}/reply"
    await handler.get(path)
    await handler.submit(path, finding="我写的调查情况", skeleton="solved", action="skeleton")
    assert handler.status == 200
    assert "我写的调查情况" in handler.text
    assert "《＿＿》第＿＿条。" in handler.text
    await handler.submit(path, **{**REPLY, "basis": "《＿＿》第＿＿条。"}, action="submit")
    assert handler.status == 422
    assert "还有没填的空" in handler.text
    await handler.submit(path, finding="甲乙", skeleton="", action="skeleton")
    assert 'id="error-skeleton"' in handler.text


async def test_who_drafted_the_answer_can_not_approve_it(city: City, letter_id: str, staff: Staff) -> None:
    order = await _dispatched(city, letter_id)
    everybody = await staff(Role.HANDLER, Role.REVIEWER, Role.SIGNER)
    await move(everybody, order.id, "sign_for")
    path = f"/desk/orders/{order.id}/reply"
    await everybody.get(path)
    await everybody.submit(path, **REPLY, action="submit")
    await move(everybody, order.id, "approve")
    assert everybody.status == 409
    assert "起草人不能审核" in everybody.text


async def test_illegal_move_is_refused_with_a_sentence_and_an_unknown_one_is_not_there(
    city: City, letter_id: str, staff: Staff
) -> None:
    order = await _dispatched(city, letter_id)
    handler, reviewer = await staff(Role.HANDLER), await staff(Role.REVIEWER)
    await move(handler, order.id, "approve")
    assert handler.status == 409
    assert "目前是“待签收”，不能审核通过" in handler.text
    await move(reviewer, order.id, "sign_for")
    assert reviewer.status == 409
    assert "您的岗位不能签收" in reviewer.text
    await move(handler, order.id, "withdraw")
    assert handler.status == 404
    await handler.get(f"/desk/orders/{order.id}/reply")
    assert handler.status == 409


async def test_another_office_sees_neither_the_letter_nor_that_it_exists(
    city: City, letter_id: str, staff: Staff
) -> None:
    order = await signed_for(city, letter_id)
    other = await staff(Role.HANDLER, office_id="zjj")
    assert "烧烤店油烟扰民" not in await other.get("/desk")
    missing = await other.get("/desk/orders/nothing")
    for path in (f"/desk/orders/{order.id}", f"/desk/letters/{letter_id}", f"/desk/orders/{order.id}/reply"):
        text = await other.get(path)
        assert other.status == 404
        assert _plain(text) == _plain(missing)


def _plain(text: str) -> str:
    """Return what a page says, without the number of the request."""
    return text.split("<main")[1].split("求助时")[0]


async def test_papers_stop_the_clock_and_the_counter_may_bring_them(city: City, letter_id: str, staff: Staff) -> None:
    order = await signed_for(city, letter_id)
    handler, clerk = await staff(Role.HANDLER), await staff(Role.CLERK)
    await move(handler, order.id, "ask_papers", text="请提供")
    assert 'id="error-ask_papers_text"' in handler.text
    await move(handler, order.id, "ask_papers", text="请提供店铺门口的照片")
    assert "暂停计时" in handler.text
    assert "烧烤店油烟扰民" in await handler.get("/desk?list=waiting")
    await move(clerk, order.id, "supply_papers", text="来信人说晚上八点最严重")
    assert "来信人说晚上八点最严重" in await handler.get(f"/desk/orders/{order.id}")
    assert (await order_of(city, letter_id)).state is OrderState.IN_PROGRESS


async def test_extension_is_asked_for_and_decided_on_at_the_centre(city: City, letter_id: str, staff: Staff) -> None:
    order = await signed_for(city, letter_id)
    handler, clerk = await staff(Role.HANDLER), await staff(Role.CLERK)
    await move(handler, order.id, "ask_extension", working_days="很多", reason="需要检测油烟浓度")
    assert 'id="error-ask_extension_working_days"' in handler.text
    assert "需要检测油烟浓度" in handler.text
    await move(handler, order.id, "ask_extension", working_days="5", reason="需要检测油烟浓度")
    assert "ask_extension" not in _forms(handler.text)
    assert "烧烤店油烟扰民" in await clerk.get("/desk?list=extensions")
    before = (await order_of(city, letter_id)).answer_due
    await move(clerk, order.id, "decide_extension", approve="yes")
    after = (await order_of(city, letter_id)).answer_due
    assert before is not None and before.last_day is not None
    assert after is not None and after.last_day is not None
    assert after.last_day > before.last_day
    assert "烧烤店油烟扰民" not in await clerk.get("/desk?list=extensions")


async def test_lists_follow_the_limits(city: City, letter_id: str, staff: Staff) -> None:
    await signed_for(city, letter_id)
    lists = city.services.lists
    counts = await lists.shelf_counts(HANDLER)
    assert (counts[Shelf.IN_PROGRESS], counts[Shelf.DUE_SOON], counts[Shelf.OVERDUE]) == (1, 0, 0)
    city.clock.advance(timedelta(days=11))
    handler = await staff(Role.HANDLER)
    assert "烧烤店油烟扰民" in await handler.get("/desk?list=due_soon")
    assert "light-amber" in handler.text
    city.clock.advance(timedelta(days=6))
    counts = await lists.shelf_counts(HANDLER)
    assert (counts[Shelf.DUE_SOON], counts[Shelf.OVERDUE]) == (0, 1)


async def test_urgent_letter_lies_on_top_with_its_mark(
    city: City, letter_id: str, browser: Browser, staff: Staff
) -> None:
    await _dispatched(city, letter_id)
    urgent = await judged(city, await send_letter(browser, subject="燃气泄漏"), urgency=Urgency.URGENT)
    await city.services.desk.dispatch(CLERK, urgent.id, "cgj", "", origin="test")
    handler = await staff(Role.HANDLER)
    text = await handler.get("/desk")
    assert text.index("燃气泄漏") < text.index("烧烤店油烟扰民")
    assert text.count(">急<") == 1
    assert "还有 2 小时 0 分" in text


async def test_both_clocks_are_explained(city: City, letter_id: str, staff: Staff) -> None:
    order = await signed_for(city, letter_id)
    handler = await staff(Role.HANDLER)
    text = await handler.get(f"/desk/orders/{order.id}")
    assert "80 日红线" in text
    for name in ("answer", "alarm", "return"):
        text = await handler.get(f"/desk/orders/{order.id}/why/{name}")
        assert handler.status == 200
        assert "工作日" in text


async def test_identity_is_shown_once_and_the_writer_sees_who_looked(
    city: City, letter_id: str, staff: Staff, browser: Browser
) -> None:
    order = await _dispatched(city, letter_id)
    handler, reviewer = await staff(Role.HANDLER), await staff(Role.REVIEWER)
    path = f"/desk/orders/{order.id}"
    assert "/reveal" not in await handler.get(path)
    await handler.submit(path + "/reveal", reveal_what="phone", reveal_reason="上门前联系来信人")
    assert handler.status == 404
    assert PHONE not in handler.text.replace(f"电话{PHONE}", "")
    await move(handler, order.id, "sign_for")
    await handler.submit(path + "/reveal", reveal_what="phone", reveal_reason="看")
    assert 'id="error-reveal_reason"' in handler.text
    await handler.submit(path + "/reveal", reveal_reason="上门前联系来信人")
    assert 'id="error-reveal_what"' in handler.text
    await handler.submit(path + "/reveal", reveal_what="phone", reveal_reason="上门前联系来信人")
    assert (handler.status, handler.path) == (200, path + "/reveal")
    assert f'id="revealed">{PHONE}<' in handler.text
    assert "no-store" in handler.headers["Cache-Control"]
    assert 'id="revealed"' not in await handler.get(path)
    assert "/reveal" not in await reviewer.get(path)
    text = await browser.get("/account")
    assert "上门前联系来信人" in text
    assert "handler0岗" in text


async def test_sealed_letter_shows_nowhere_but_at_the_discipline_desk(city: City, letter_id: str, staff: Staff) -> None:
    order = await judged(city, letter_id, denounces=True)
    others = [
        await staff(Role.HANDLER, Role.REVIEWER, Role.SIGNER),
        await staff(Role.CLERK, Role.MANAGER),
        await staff(Role.CALLER),
    ]
    missing = [
        "/desk/orders/{order}",
        "/desk/letters/{letter}",
        "/desk/orders/{order}/why/answer",
        "/desk/orders/{order}/reply",
        "/desk/orders/{order}/publication",
        "/desk/orders/{order}/mail",
        "/desk/publications/{letter}",
        "/letters/{letter}",
        "/published/{letter}",
    ]
    for other in others:
        for shelf in Shelf:
            text = await other.get(f"/desk?list={shelf}")
            assert "烧烤店油烟扰民" not in text
            assert not [part for part in text.split('shelf-count">')[1:] if not part.startswith("0<")]
        for path in missing:
            text = await other.get(path.format(order=order.id, letter=letter_id))
            assert other.status == 404, path
        await other.get("/desk")
        for name in ("dispatch", "refuse", "sign_for", "remind", "return"):
            token = other.hidden("/logout")["csrf_token"]
            await other.post(f"/desk/orders/{order.id}/moves/{name}", {"csrf_token": token})
            assert other.status == 404, name
    discipline = await staff(Role.DISCIPLINE, office_id="jiwei")
    assert "烧烤店油烟扰民" in await discipline.get("/desk")
    text = await discipline.get(f"/desk/orders/{order.id}")
    assert _forms(text) == {"sign_for"}
    await move(discipline, order.id, "sign_for")
    assert discipline.status == 200


async def test_bad_rating_by_the_caller_has_it_done_again_one_level_higher(
    city: City, letter_id: str, staff: Staff
) -> None:
    order = await answered(city, letter_id)
    caller, handler = await staff(Role.CALLER), await staff(Role.HANDLER)
    manager = await staff(Role.MANAGER)
    assert "烧烤店油烟扰民" in await caller.get("/desk")
    await move(caller, order.id, "rate", contacted="yes", solved="no")
    assert 'id="error-rate_level"' in caller.text
    await move(caller, order.id, "rate", level="dissatisfied", contacted="yes", solved="no")
    assert 'id="error-rate_reason"' in caller.text
    await move(caller, order.id, "rate", level="dissatisfied", solved="no", reason="烟还是很大")
    assert (caller.status, caller.path) == (200, "/desk")
    assert "烧烤店油烟扰民" not in caller.text
    assert "烧烤店油烟扰民" in await handler.get("/desk?list=redone")
    assert "烟还是很大" in await handler.get(f"/desk/orders/{order.id}")
    desk = city.services.desk
    case, _ = await desk.case(HANDLER, order.id)
    parts = case.orders[0].redo
    assert parts is not None
    await desk.submit_reply(HANDLER, order.id, parts.first_reply.parts, (), origin="test")
    reviewer = await staff(Role.REVIEWER)
    await move(reviewer, order.id, "approve")
    assert "烧烤店油烟扰民" in await manager.get("/desk?list=redone_to_sign")
    await move(manager, order.id, "sign_off")
    assert 'id="error-sign_off_reason"' in manager.text, "the first answer once more"
    await move(manager, order.id, "sign_off", reason="已上门说明，结论不变")
    assert (await order_of(city, letter_id)).state is OrderState.ANSWERED
