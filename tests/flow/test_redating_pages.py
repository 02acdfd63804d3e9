"""The holiday notice of a new year: what moves is shown to a manager, confirmed, told and logged; figures follow."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace
from support.desk import Staff, open_offices
from support.letters import become_citizen, send_letter, to_tray
from support.web import Browser, City

from minxin.consult.limits import Limits
from minxin.consult.records import Assignment, Letter, WorkOrder
from minxin.consult.redating import Redating
from minxin.consult.replay import replay
from minxin.core.actor import Actor, Role
from minxin.core.calendar import Calendar, YearTable
from minxin.core.changes import Changes
from minxin.core.errors import NotFoundError
from minxin.core.paging import PageRequest

CLERK = Actor("clerk", frozenset({Role.CLERK}), "zhongxin")
MANAGER = Actor("manager", frozenset({Role.MANAGER}), "zhongxin", "主任")
LATE = datetime(2026, 12, 29, 4, 0, tzinfo=UTC)
NEW_YEAR = {date(2027, 1, day): "new_years_day" for day in (1, 2, 3, 4)}
TABLE = YearTable(2027, "国办发明电〔2026〕9号", True, NEW_YEAR, frozenset())


def with_the_notice(city: City) -> None:
    """Load the year's table, as a restart with the setting does."""
    limits = city.services.limits
    limits.calendar = Calendar.of((*limits.calendar.tables, TABLE))
    limits._of_day.cache_clear()


@pytest.fixture
async def order(city: City, browser: Browser) -> WorkOrder:
    """A letter of the last days of 2026, at an office that has not signed for it."""
    await open_offices(city)
    city.clock.move_to(LATE)
    await become_citizen(browser, city)
    letter_id = await send_letter(browser)
    found = await to_tray(city, letter_id)
    await city.services.desk.dispatch(CLERK, found.id, "cgj", "", origin="test")
    return await read(city, found.id)


async def read(city: City, order_id: str) -> WorkOrder:
    found = await city.store.get(WorkOrder, order_id)
    assert found is not None
    return found


async def test_manager_sees_what_moves_confirms_and_the_log_holds_both_dates(
    city: City, order: WorkOrder, staff: Staff, browser: Browser
) -> None:
    assert order.answer_due is not None
    assert order.answer_due.provisional
    manager, clerk = await staff(Role.MANAGER), await staff(Role.CLERK)
    assert "没有需要重新计算期限" in await manager.get("/manage/calendar")
    with_the_notice(city)
    text = await manager.get("/manage/calendar")
    assert order.number in text
    assert "1 件在办工单的期限有变化" in text
    assert "国办发明电〔2026〕9号" in text
    assert (await read(city, order.id)) == order
    await clerk.get("/manage/calendar")
    assert clerk.status == 404

    await manager.submit("/manage/calendar")
    assert "没有需要重新计算期限" in manager.text
    after = await read(city, order.id)
    assert after.answer_due is not None
    assert after.answer_due.last_day is not None
    assert order.answer_due.last_day is not None
    assert after.answer_due.last_day > order.answer_due.last_day
    assert not after.answer_due.provisional
    letter = await city.store.get(Letter, order.letter_id)
    assert letter is not None
    assert letter.answer_due is not None
    assert not letter.answer_due.provisional
    assert "按新的节假日安排重新计算" in await browser.get(f"/letters/{order.letter_id}")


async def test_log_holds_both_dates_and_the_figures_follow_it(city: City, order: WorkOrder) -> None:
    with_the_notice(city)
    await city.services.redating.confirm(MANAGER, origin="test")
    after = await read(city, order.id)
    assert order.answer_due is not None
    assert order.answer_due.instant is not None
    assert after.answer_due is not None
    assert after.answer_due.instant is not None
    events = await city.store.events(f"letter:{order.letter_id}")
    moved = events[-1].event
    assert moved.kind == "redated"
    assert moved.data["before_answer_due"] == order.answer_due.instant.isoformat()
    assert moved.data["answer_due"] == after.answer_due.instant.isoformat()
    (facts,) = replay(order.letter_id, events).orders
    assert facts.answer_due == after.answer_due.instant
    (turn,) = replay(order.letter_id, events).turns
    kept = await city.store.get(Assignment, order.assignment_id or "")
    assert kept is not None
    assert turn.sign_due == kept.sign_due.instant
    audit = [one.entry.action for one in (await city.store.audit_page(PageRequest(None, 5), None)).items]
    assert "calendar.redated" in audit
    assert "letter.redated" in audit


async def test_sealed_letters_are_re_dated_and_not_counted(city: City, order: WorkOrder) -> None:
    letter = await city.store.get(Letter, order.letter_id)
    assert letter is not None
    await city.store.commit(Changes(puts=[replace(letter, sealed=True), replace(order, sealed=True)]))
    with_the_notice(city)
    redating = city.services.redating
    preview = await redating.preview(MANAGER)
    assert (preview.shown, preview.moving, preview.settled) == ((), 0, 0)
    await redating.confirm(MANAGER, origin="test")
    due = (await read(city, order.id)).answer_due
    assert due is not None
    assert not due.provisional


async def test_confirmed_again_nothing_changes_and_only_a_manager_confirms(city: City, order: WorkOrder) -> None:
    with_the_notice(city)
    redating = Redating(city.store, city.clock, Limits(city.services.limits.pack, city.services.limits.calendar))
    for _ in range(2):
        await redating.confirm(MANAGER, origin="test")
    events = await city.store.events(f"letter:{order.letter_id}")
    assert [one.event.kind for one in events].count("redated") == 1
    with pytest.raises(NotFoundError):
        await redating.confirm(CLERK, origin="test")
    with pytest.raises(NotFoundError):
        await redating.preview(CLERK)
