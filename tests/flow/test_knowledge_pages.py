"""The knowledge base from the draft to the public page, over real HTTP and the real store."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from support.desk import DISCIPLINE, Staff, judged, open_offices
from support.knowledge import published_entry
from support.letters import CLERK, HANDLER, answer, answered, become_citizen, send_letter
from support.web import Browser, City

from minxin.consult.knowledge.expiry import CHANNEL, Expiry
from minxin.consult.knowledge.ports import EntryFilter
from minxin.consult.knowledge.records import EntryState, KnowledgeEntry
from minxin.core.actor import Role
from minxin.core.changes import Changes
from minxin.core.paging import PageRequest
from minxin.core.store import Queue
from minxin.deploy.office_notices import OfficeMessenger

WORDS = {
    "question": "烧烤店油烟扰民找谁？",
    "other_ways": "楼下烧烤店烟大怎么办\n餐馆油烟投诉",
    "answer": "向市城管局投诉，三个工作日内到现场检查，未装净化设施的责令改正。",
    "basis": "《中华人民共和国大气污染防治法》第八十一条",
    "document_number": "滨政规〔2024〕9号",
    "checked_on": "2026-01-05",
    "valid_until": "",
    "conditions": "哪种情形=餐饮油烟",
}
DESK = "/desk/knowledge"


async def entries(city: City) -> list[KnowledgeEntry]:
    """Return all entries, the last changed first."""
    return (await city.store.knowledge_entries(EntryFilter(), PageRequest())).items


async def only(city: City) -> KnowledgeEntry:
    (found,) = await entries(city)
    return found


async def write(browser: Browser, action: str = "submit", **changed: str) -> str:
    """Write a new entry through the form."""
    await browser.get(f"{DESK}/new")
    return await browser.submit(f"{DESK}/new", **{**WORDS, "action": action, **changed})


async def publish(city: City, handler: Browser, reviewer: Browser, **changed: str) -> KnowledgeEntry:
    """Write an entry and have it published."""
    await write(handler, **changed)
    (entry,) = [one for one in await entries(city) if one.state is EntryState.IN_REVIEW]
    await reviewer.get(f"{DESK}/{entry.id}")
    await reviewer.submit(f"{DESK}/{entry.id}/approve")
    found = await city.store.get(KnowledgeEntry, entry.id)
    assert found is not None
    assert found.state is EntryState.PUBLISHED
    return found


async def test_entry_is_written_reviewed_by_a_second_person_and_read_by_everybody(
    city: City, staff: Staff, browser: Browser
) -> None:
    handler, reviewer = await staff(Role.HANDLER), await staff(Role.REVIEWER)
    text = await write(handler)
    entry = await only(city)
    assert handler.path == f"{DESK}/{entry.id}"
    assert "待审核" in text and "审核人正在审核草稿" in text
    await browser.get(f"/knowledge/{entry.id}")
    assert browser.status == 404
    text = await reviewer.get(f"{DESK}/{entry.id}")
    assert "<ins>" in text and "答案与依据的规定一致" in text
    text = await reviewer.submit(f"{DESK}/{entry.id}/approve")
    assert "已发布。" in text
    text = await browser.get(f"/knowledge/{entry.id}")
    for shown in ("烧烤店油烟扰民找谁？", "责令改正", "第八十一条", "滨政规〔2024〕9号", "2026年1月5日", "长期有效"):
        assert shown in text
    assert "哪种情形: 餐饮油烟" in text
    steps = [sealed.event.kind for sealed in await city.store.events(f"knowledge:{entry.id}")]
    assert steps == ["drafted", "submitted", "published"]


async def test_who_wrote_it_can_not_publish_it_and_handlers_review_nothing(city: City, staff: Staff) -> None:
    both, handler = await staff(Role.REVIEWER), await staff(Role.HANDLER)
    await write(both)
    entry = await only(city)
    assert "请由另一位同事审核" in await both.get(f"{DESK}/{entry.id}")
    assert f"{DESK}/{entry.id}/approve" not in await handler.get(f"{DESK}/{entry.id}")
    for nobody in (both, handler):
        await nobody.submit(f"{DESK}/{entry.id}/approve", seen=str(entry.version))
        assert nobody.status == 409
    assert (await only(city)).state is EntryState.IN_REVIEW


async def test_reviewer_can_not_publish_words_that_he_did_not_read(city: City, staff: Staff) -> None:
    handler, reviewer, other = await staff(Role.HANDLER), await staff(Role.REVIEWER), await staff(Role.SIGNER)
    await write(handler)
    entry = await only(city)
    await reviewer.get(f"{DESK}/{entry.id}")
    await other.get(f"{DESK}/{entry.id}")
    await other.submit(f"{DESK}/{entry.id}/send-back", comment="请写明条款")
    assert "请写明条款" in await handler.get(f"{DESK}/{entry.id}")
    await handler.get(f"{DESK}/{entry.id}/edit")
    unread = {**WORDS, "answer": "另一个没有人读过的答案，请勿发布。"}
    await handler.submit(f"{DESK}/{entry.id}/edit", action="submit", **unread)
    text = await reviewer.submit(f"{DESK}/{entry.id}/approve")
    assert reviewer.status == 409
    assert "刚刚被别人修改过" in text
    assert (await only(city)).state is EntryState.IN_REVIEW


async def test_nobody_overwrites_what_a_colleague_wrote_meanwhile(city: City, staff: Staff) -> None:
    first, second = await staff(Role.HANDLER), await staff(Role.SIGNER)
    await write(first, action="save")
    entry = await only(city)
    await second.get(f"{DESK}/{entry.id}/edit")
    await first.get(f"{DESK}/{entry.id}/edit")
    await first.submit(f"{DESK}/{entry.id}/edit", **{**WORDS, "basis": "第一个人写的依据"})
    text = await second.submit(f"{DESK}/{entry.id}/edit", **{**WORDS, "basis": "第二个人写的依据"})
    assert second.status == 409
    assert "第二个人写的依据" in text
    proposed = (await only(city)).proposed
    assert proposed is not None
    assert proposed.basis == "第一个人写的依据"


async def test_wrong_fields_are_told_beside_them_and_nothing_typed_is_lost(city: City, staff: Staff) -> None:
    handler = await staff(Role.HANDLER)
    text = await write(handler, question="", checked_on="三月", valid_until="2026-13-01", conditions="天气=晴")
    assert handler.status == 422
    assert text.count("请填写有效的日期") >= 2
    assert "看不懂适用条件“天气=晴”" in text
    assert "楼下烧烤店烟大怎么办" in text
    text = await write(handler, question="", basis="")
    assert "请填写问题" in text
    assert await entries(city) == []


async def test_draft_is_kept_when_it_can_not_be_reviewed_yet(city: City, staff: Staff) -> None:
    handler = await staff(Role.HANDLER)
    text = await write(handler, basis="", answer="请拨打王某某手机13812345678咨询办理。")
    assert handler.status == 422
    assert "没有依据的答案不能发布" in text and "含有个人信息" in text
    assert (await only(city)).state is EntryState.DRAFT


async def test_new_version_replaces_the_old_one_which_can_be_read_and_taken_over(
    city: City, staff: Staff, browser: Browser
) -> None:
    handler, reviewer = await staff(Role.HANDLER), await staff(Role.REVIEWER)
    entry = await publish(city, handler, reviewer)
    page = f"{DESK}/{entry.id}"
    await handler.get(f"{page}/edit")
    again = {**WORDS, "answer": "改由街道受理，两个工作日内到现场检查。"}
    await handler.submit(f"{page}/edit", action="submit", **again)
    assert "责令改正" in await browser.get(f"/knowledge/{entry.id}")
    await reviewer.get(page)
    await reviewer.submit(f"{page}/approve")
    assert "改由街道受理" in await browser.get(f"/knowledge/{entry.id}")
    text = await handler.get(f"{page}?version=2")
    assert "第 2 版改动了什么" in text and "<del>" in text
    await handler.get(f"{page}?version=3")
    assert handler.status == 404
    await handler.get(page)
    text = await handler.submit(f"{page}/take-over")
    assert handler.path == f"{page}/edit"
    assert "责令改正" in text
    await handler.get(page)
    assert "草稿已放弃" in await handler.submit(f"{page}/drop")
    assert (await only(city)).state is EntryState.PUBLISHED


async def test_withdrawn_entry_is_gone_at_once_with_its_reason_for_the_staff(
    city: City, staff: Staff, browser: Browser
) -> None:
    handler, reviewer = await staff(Role.HANDLER), await staff(Role.REVIEWER)
    entry = await publish(city, handler, reviewer)
    await handler.get(f"{DESK}/{entry.id}")
    text = await handler.submit(f"{DESK}/{entry.id}/withdraw", reason="")
    assert handler.status == 422 and "请说明原因" in text
    text = await handler.submit(f"{DESK}/{entry.id}/withdraw", reason="文件已废止")
    assert "已撤下" in text and "文件已废止" in text
    await browser.get(f"/knowledge/{entry.id}")
    assert browser.status == 404


async def test_ended_entry_is_shown_to_nobody(city: City, browser: Browser, staff: Staff) -> None:
    today = city.services.knowledge.today
    await city.store.commit(Changes(inserts=[published_entry("ends", valid_until=today)]))
    await browser.get("/knowledge/ends")
    assert browser.status == 200
    city.clock.advance(timedelta(days=1))
    await browser.get("/knowledge/ends")
    assert browser.status == 404
    handler = await staff(Role.HANDLER)
    assert "已过有效期，不再显示" in await handler.get(f"{DESK}/ends")


async def test_list_is_of_the_own_office_and_the_centre_sees_all(city: City, staff: Staff) -> None:
    await open_offices(city)
    today = city.services.knowledge.today
    own = published_entry("own", question="本单位的问题？", valid_until=today + timedelta(days=9))
    other = published_entry("other", "zjj", question="外单位的问题？")
    await city.store.commit(Changes(inserts=[own, other]))
    handler, clerk = await staff(Role.HANDLER), await staff(Role.CLERK, office_id="centre")
    text = await handler.get(DESK)
    assert "本单位的问题" in text and "外单位的问题" not in text and "即将到期" in text
    assert "外单位的问题" not in await handler.get(f"{DESK}?office=zjj")
    for path in (f"{DESK}/other", f"{DESK}/other/edit"):
        await handler.get(path)
        assert handler.status == 404
    text = await clerk.get(DESK)
    assert "本单位的问题" in text and "外单位的问题" in text
    assert "本单位的问题" not in await clerk.get(f"{DESK}?office=zjj")
    assert "外单位的问题" not in await clerk.get(f"{DESK}?ending=1")
    assert "外单位的问题" in await clerk.get(f"{DESK}?q=外单位")
    assert "单位的问题" not in await clerk.get(f"{DESK}?state=withdrawn")


async def test_centre_writes_for_an_office_and_chooses_it(city: City, staff: Staff) -> None:
    await open_offices(city)
    clerk = await staff(Role.CLERK, office_id="centre")
    text = await write(clerk, office_id="")
    assert clerk.status == 422 and "请选择您可以维护知识的单位" in text
    await write(clerk, office_id="zjj")
    assert (await only(city)).office_id == "zjj"


@pytest.fixture
async def letter_id(city: City, browser: Browser) -> str:
    """A letter of the citizen in ``browser`` with his name and phone in it."""
    await open_offices(city)
    await become_citizen(browser, city)
    return await send_letter(browser, subject="王小明反映烧烤店油烟扰民")


async def test_solved_letter_becomes_a_draft_in_one_step_without_its_writer(
    city: City, letter_id: str, staff: Staff
) -> None:
    order = await answered(city, letter_id)
    handler = await staff(Role.HANDLER)
    assert "知识条目草稿" in await handler.get(f"/desk/orders/{order.id}")
    text = await handler.submit(f"/desk/orders/{order.id}/knowledge")
    entry = await only(city)
    assert handler.path == f"{DESK}/{entry.id}/edit"
    assert entry.proposed is not None
    assert (entry.office_id, entry.letter_id, entry.state) == ("cgj", letter_id, EntryState.DRAFT)
    assert entry.proposed.question == "某某反映烧烤店油烟扰民"
    assert "王小明" not in entry.proposed.answer
    assert "已责令限期改正" in entry.proposed.answer
    assert "第八十一条" in entry.proposed.basis
    assert "<del>" in text and "姓名 1" in text
    text = await handler.get(f"/desk/orders/{order.id}")
    assert f"{DESK}/{entry.id}" in text
    assert f"/desk/orders/{order.id}/knowledge" not in text


async def test_letter_without_answer_and_sealed_letter_become_no_entry(
    city: City, letter_id: str, staff: Staff, browser: Browser
) -> None:
    handler = await staff(Role.HANDLER)
    order = await judged(city, letter_id)
    clerk = await staff(Role.CLERK, office_id="centre")
    desk = city.services.desk
    await desk.dispatch(CLERK, order.id, "cgj", "油烟归城管", origin="test")
    await handler.get(f"/desk/orders/{order.id}")
    await handler.submit(f"/desk/orders/{order.id}/knowledge")
    assert handler.status == 409
    sealed_id = await send_letter(browser, subject="科长收受好处")
    sealed = await judged(city, sealed_id, denounces=True)
    discipline = await staff(Role.DISCIPLINE, office_id=DISCIPLINE.id)
    for viewer in (handler, clerk, discipline):
        await viewer.get(DESK if viewer is not discipline else "/desk")
        await viewer.submit(f"/desk/orders/{sealed.id}/knowledge")
        assert viewer.status == 404
    assert await entries(city) == []
    await desk.sign_for(HANDLER, order.id, origin="test")
    await answer(city, order.id)
    await clerk.get(f"/desk/orders/{order.id}")
    await clerk.submit(f"/desk/orders/{order.id}/knowledge")
    assert (await only(city)).letter_id == letter_id


async def test_office_is_told_once_of_what_ends_within_thirty_days(city: City, staff: Staff) -> None:
    handler, elsewhere = await staff(Role.HANDLER), await staff(Role.HANDLER, office_id="zjj")
    today = city.services.knowledge.today
    soon = published_entry("soon", question="即将到期的问题？", valid_until=today + timedelta(days=30))
    later = published_entry("later", question="以后到期的问题？", valid_until=today + timedelta(days=31))
    await city.store.commit(Changes(inserts=[soon, later]))
    expiry = Expiry(city.store, city.clock)
    await expiry.watch()
    await expiry.watch()
    told = await outbox(city)
    assert [payload["entry_ids"] for payload in told] == [["soon"]]
    messenger = OfficeMessenger(
        city.store, city.services.mailroom.house, city.clock, expiry.write, {"zh": "市长信箱", "en": "Letters"}
    )
    await city.store.commit(await messenger.notice("key", told[0]))
    assert "有 1 条知识条目即将到期" in await handler.get("/box")
    assert "到期" not in await elsewhere.get("/box")
    city.clock.advance(timedelta(days=1))
    await expiry.watch()
    assert sorted(payload["entry_ids"] for payload in await outbox(city)) == [["later"], ["soon"]]


async def outbox(city: City) -> list[dict[str, Any]]:
    """Return what waits in the channel of office notices."""
    claims = await city.store.claim(Queue.OUTBOX, (CHANNEL,), city.clock.now(), timedelta(seconds=0), 10)
    return [claim.work.payload for claim in claims]
