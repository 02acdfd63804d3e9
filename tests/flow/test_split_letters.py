"""A letter of two matters at two offices (拆分派单): split up, returned in part, answered in part, closed as one."""

from __future__ import annotations

import pytest
from support.desk import DISCIPLINE, REPLY, Staff, judged, move, open_offices
from support.letters import become_citizen, send_letter
from support.split import FEES, LAMPS, SUBJECT, TEXT, of_two_matters
from support.web import Browser, City

from minxin.consult import routing
from minxin.consult.decision import Deed, stream_of
from minxin.consult.notices import CHANNEL
from minxin.consult.ports import CaseFile
from minxin.consult.records import Letter, LetterState, OrderState, RoutedBy, WorkOrder
from minxin.consult.replay import replay
from minxin.consult.telling import NoticeWriter
from minxin.consult.verify import first_problem
from minxin.core.actor import SYSTEM, Role
from minxin.core.changes import OutboxEntry
from minxin.core.judgement import Judgement, Urgency
from minxin.core.store import Queue

ALONE = {**REPLY, "finding": "经现场检查，小区门口的路灯电缆损坏。", "result": "已更换电缆，路灯已经恢复照明。"}
OF_FEES = {**REPLY, "finding": "经查，物业公司多收停车费属实。", "result": "已责令物业公司退还多收的停车费。"}


async def take(city: City, letter_id: str, advice: Judgement) -> list[WorkOrder]:
    letter = await city.store.get(Letter, letter_id)
    assert letter is not None
    deed = Deed(SYSTEM, city.clock.now(), "worker")
    await city.store.commit(routing.judged(deed, letter, advice, city.services.desk.limits, DISCIPLINE.id))
    return await city.store.orders_of(letter_id)


async def letter_of(city: City, letter_id: str) -> Letter:
    letter = await city.store.get(Letter, letter_id)
    assert letter is not None
    return letter


@pytest.fixture
async def letter_id(city: City, browser: Browser) -> str:
    """A letter of two matters in the tray; ``browser`` is its writer's."""
    await open_offices(city)
    await become_citizen(browser, city)
    letter_id = await send_letter(browser, subject=SUBJECT, text=TEXT)
    letter = await letter_of(city, letter_id)
    (order,) = await take(city, letter_id, of_two_matters(letter, "cgj", "zjj", sure=(True, False)))
    assert order.state is OrderState.TO_DISPATCH
    return letter_id


async def split(city: City, clerk: Browser, letter_id: str, *offices: str) -> list[WorkOrder]:
    (order,) = await city.store.orders_of(letter_id)
    await clerk.get(f"/desk/orders/{order.id}")
    await clerk.submit(f"/desk/orders/{order.id}/moves/split", split_offices=",".join(offices))
    return await city.store.orders_of(letter_id)


async def answer(order: WorkOrder, handler: Browser, reviewer: Browser, signer: Browser, reply: dict[str, str]) -> None:
    await move(handler, order.id, "sign_for")
    await handler.get(f"/desk/orders/{order.id}/reply")
    await handler.submit(f"/desk/orders/{order.id}/reply", **reply, action="submit")
    await move(reviewer, order.id, "approve")
    await move(signer, order.id, "sign_off")


async def rate(browser: Browser, letter_id: str, order: WorkOrder) -> None:
    path = f"/letters/{letter_id}/orders/{order.id}/follow-up"
    await browser.get(path)
    await browser.submit(path, contacted="yes", solved="yes", level="satisfied")


async def state_of(city: City, order: WorkOrder) -> OrderState:
    found = await city.store.get(WorkOrder, order.id)
    assert found is not None
    return found.state


async def told(city: City) -> list[str]:
    """Return the words of every notice that waits, as the writer reads them."""
    writer = NoticeWriter(city.store, city.services.letterbox, {"zh": "滨海市市长信箱", "en": "Mayor"})
    claims = await city.store.claim(Queue.OUTBOX, [CHANNEL], city.clock.now(), city.services.settings.body_deadline, 50)
    entries = [claim.work for claim in claims if isinstance(claim.work, OutboxEntry)]
    return [(await writer.write(entry.payload, "zh")).text.text for entry in entries]


async def test_tray_suggests_the_split_and_one_tap_accepts_it(city: City, letter_id: str, staff: Staff) -> None:
    clerk = await staff(Role.CLERK)
    text = await clerk.get("/desk?list=to_dispatch")
    assert "拆分派单" in text and 'value="cgj,zjj"' in text
    (order,) = await city.store.orders_of(letter_id)
    await clerk.submit(f"/desk/orders/{order.id}/moves/split", split_offices="cgj,zjj")
    assert "已拆分派单" in clerk.text and SUBJECT not in clerk.text
    orders = await city.store.orders_of(letter_id)
    assert [(one.office_id, one.state) for one in orders] == [("cgj", OrderState.TO_SIGN), ("zjj", OrderState.TO_SIGN)]


async def test_clerk_chooses_other_offices_and_all_of_one_office_is_a_dispatch(
    city: City, letter_id: str, staff: Staff
) -> None:
    clerk = await staff(Role.CLERK)
    (order,) = await split(city, clerk, letter_id, "zjj", "zjj")
    assert (order.office_id, order.points, order.state) == ("zjj", (), OrderState.TO_SIGN)


@pytest.mark.parametrize(("offices", "words"), [(("cgj", ""), "为每个诉求点"), (("cgj", "nobody"), "没有这个承办单位")])
async def test_split_without_an_office_for_each_point_is_told_on_the_same_page(
    city: City, letter_id: str, staff: Staff, offices: tuple[str, ...], words: str
) -> None:
    clerk = await staff(Role.CLERK)
    (order,) = await split(city, clerk, letter_id, *offices)
    assert clerk.status == 422
    assert words in clerk.text
    assert order.state is OrderState.TO_DISPATCH


async def test_desk_marks_the_points_and_says_of_each_why_which_office(
    city: City, letter_id: str, staff: Staff
) -> None:
    clerk = await staff(Role.CLERK)
    (order,) = await city.store.orders_of(letter_id)
    text = await clerk.get(f"/desk/orders/{order.id}")
    assert 'id="point-1"><span class="point-number"><span class="visually-hidden">[诉求点 </span>1' in text
    assert f"<strong>{LAMPS[:2]}</strong>{LAMPS[2:]}</mark>" in text
    assert "96 %" in text and "97 %" in text
    assert f"负责{FEES[:4]}" in text


async def test_letter_text_is_escaped_inside_and_between_its_points(city: City, browser: Browser, staff: Staff) -> None:
    await open_offices(city)
    await become_citizen(browser, city)
    hostile = TEXT.replace("您好", "<b>您好</b>").replace("没人修", "<script>alert(1)</script>")
    letter_id = await send_letter(browser, subject=SUBJECT, text=hostile)
    order = await judged(city, letter_id)
    clerk = await staff(Role.CLERK)
    text = await clerk.get(f"/desk/orders/{order.id}")
    assert 'id="point-1"' in text
    assert "&lt;script&gt;" in text and "<script>alert" not in text and "<b>您好" not in text


async def test_whole_way_of_a_letter_at_two_offices(city: City, browser: Browser, letter_id: str, staff: Staff) -> None:
    clerk = await staff(Role.CLERK)
    lamps, fees = await split(city, clerk, letter_id, "cgj", "zjj")
    number = (await letter_of(city, letter_id)).number
    assert [one.number for one in (lamps, fees)] == [f"{number}-1", f"{number}-2"]

    page = await browser.get(f"/letters/{letter_id}")
    assert "您的来信反映多个问题" in page and LAMPS[:12] in page and f"{number}-2" in page
    assert any(f"（{number}-2，关于“{FEES[:12]}”）" in text for text in await told(city))

    team = [await staff(role, office_id="cgj") for role in (Role.HANDLER, Role.REVIEWER, Role.SIGNER)]
    others = [await staff(role, office_id="zjj") for role in (Role.HANDLER, Role.REVIEWER, Role.SIGNER)]
    page = await team[0].get(f"/desk/orders/{lamps.id}")
    assert "本信的其他工单" in page and f"{number}-2" in page and "协办" in page
    assert f"/desk/orders/{fees.id}" not in page
    await team[0].get(f"/desk/orders/{fees.id}")
    assert team[0].status == 404

    await move(others[0], fees.id, "return", reason="停车收费归城管局管", office_id="cgj")
    assert await state_of(city, fees) is OrderState.RETURNED
    assert await state_of(city, lamps) is OrderState.TO_SIGN

    await answer(lamps, *team, ALONE)
    assert await state_of(city, lamps) is OrderState.ANSWERED
    page = await browser.get(f"/letters/{letter_id}")
    assert "已更换电缆" in page and "重新确定承办单位" in page

    await rate(browser, letter_id, lamps)
    assert (await letter_of(city, letter_id)).state is LetterState.ACCEPTED

    await move(clerk, fees.id, "rule", office_id="zjj", reason="物业收费由住建部门监管")
    await answer(fees, *others, OF_FEES)
    await rate(browser, letter_id, fees)
    assert (await letter_of(city, letter_id)).state is LetterState.CLOSED
    assert {await state_of(city, one) for one in (lamps, fees)} == {OrderState.CLOSED}

    events = await city.store.events(stream_of(letter_id))
    replayed = replay(letter_id, events)
    assert [(one.number, one.state, one.office_id) for one in replayed.orders] == [
        (f"{number}-1", OrderState.CLOSED, "cgj"),
        (f"{number}-2", OrderState.CLOSED, "zjj"),
    ]
    assert len(replayed.turns) == 3
    orders = tuple(await city.store.orders_of(letter_id))
    case = CaseFile(letter_id, await letter_of(city, letter_id), tuple(one.event for one in events), orders, None)
    assert first_problem(case) is None


async def test_gate_asks_each_office_for_its_own_point_only(city: City, letter_id: str, staff: Staff) -> None:
    clerk = await staff(Role.CLERK)
    lamps, _ = await split(city, clerk, letter_id, "cgj", "zjj")
    handler = await staff(Role.HANDLER)
    await move(handler, lamps.id, "sign_for")
    path = f"/desk/orders/{lamps.id}/reply"
    await handler.get(path)
    text = await handler.submit(path, **ALONE, action="check")
    assert "质检没有发现需要修改的地方。" in text
    assert "没有回应诉求点" not in text


async def test_letter_is_split_by_itself_when_every_point_is_sure(city: City, browser: Browser) -> None:
    await open_offices(city)
    await become_citizen(browser, city)
    letter_id = await send_letter(browser, subject=SUBJECT, text=TEXT)
    letter = await letter_of(city, letter_id)
    orders = await take(city, letter_id, of_two_matters(letter, "cgj", "zjj"))
    assert [one.office_id for one in orders] == ["cgj", "zjj"]
    turns = [turn for one in orders for turn in await city.store.assignments_of(one.id)]
    assert {turn.routed_by for turn in turns} == {RoutedBy.JUDGE}


async def test_sealed_letter_is_never_split(city: City, browser: Browser, staff: Staff) -> None:
    await open_offices(city)
    await become_citizen(browser, city)
    letter_id = await send_letter(browser, subject=SUBJECT, text=TEXT)
    letter = await letter_of(city, letter_id)
    advice = of_two_matters(letter, "cgj", "zjj", denounces=True, urgency=Urgency.NORMAL)
    (order,) = await take(city, letter_id, advice)
    assert (order.office_id, order.sealed) == (DISCIPLINE.id, True)
    for role, office in ((Role.CLERK, "centre"), (Role.DISCIPLINE, DISCIPLINE.id)):
        person = await staff(role, office_id=office)
        await person.get("/desk")
        await person.submit(f"/desk/orders/{order.id}/moves/split", split_offices="cgj,zjj")
        assert person.status in (404, 409)
    assert len(await city.store.orders_of(letter_id)) == 1


async def test_status_page_of_a_split_letter_shows_no_word_of_it(
    city: City, browser: Browser, other_browser: Browser, letter_id: str, staff: Staff
) -> None:
    clerk = await staff(Role.CLERK)
    await split(city, clerk, letter_id, "cgj", "zjj")
    number = (await letter_of(city, letter_id)).number
    code = city.services.letterbox.query_code(letter_id)
    await other_browser.get("/query")
    text = await other_browser.submit("/query", number=number, code=code)
    assert f"{number}-2" in text
    assert LAMPS[:6] not in text and FEES[:6] not in text
