"""The gap list: what visitors asked and nobody answered, as the offices and the centre see it."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

from msgspec import structs
from support.assistant import answer_mark, passage
from support.desk import Staff
from support.web import City

from minxin.consult.assistant.records import AnswerMark, Mark
from minxin.consult.chat.decisions import begin
from minxin.consult.chat.records import HandOver
from minxin.core.actor import Role
from minxin.core.changes import Changes

PERMIT = passage("permit", "居住证申领").id


async def mark(
    city: City,
    question: str,
    kind: Mark = Mark.UNANSWERED,
    *,
    passage_id: str = "",
    office: str | None = "cgj",
    **ago: float,
) -> AnswerMark:
    at = city.clock.now() - timedelta(**ago)
    kept = answer_mark(at, question, kind, passage_id=passage_id, office=office)
    await city.store.commit(Changes(inserts=[kept]))
    return kept


async def test_office_sees_its_gaps_grouped_counted_and_with_a_limit(city: City, staff: Staff) -> None:
    for number, question in enumerate(("共享单车乱停怎么投诉", "共享单车乱停放投诉哪里", "投诉共享单车乱停")):
        await mark(city, question, days=3 - number)
    await mark(city, "燃气表怎么换", office="ranqi")
    handler = await staff(Role.HANDLER)
    page = unescape(await handler.get("/desk/gaps"))
    assert "3 次会话" in page
    assert "燃气表" not in page
    # Asked for the third time on Sunday 1 March 2026: five working days.
    assert "2026年3月6日" in page
    assert 'href="/desk/knowledge/new?gap=' in page


async def test_limit_begins_only_when_enough_have_asked(city: City, staff: Staff) -> None:
    await mark(city, "共享单车乱停怎么投诉")
    page = unescape(await (await staff(Role.HANDLER)).get("/desk/gaps"))
    assert "未到" in page


async def test_settled_gap_is_gone_for_all(city: City, staff: Staff) -> None:
    await mark(city, "共享单车乱停怎么投诉")
    handler = await staff(Role.HANDLER)
    await handler.get("/desk/gaps")
    await handler.submit("/desk/gaps")
    assert "已从缺口清单中移出" in handler.text
    assert "共享单车" not in handler.text
    manager = await staff(Role.MANAGER)
    assert "共享单车" not in await manager.get("/manage/gaps")


async def test_office_settles_no_gap_of_another(city: City, staff: Staff) -> None:
    other = await mark(city, "燃气表怎么换", office="ranqi")
    own = await mark(city, "共享单车乱停怎么投诉")
    handler = await staff(Role.HANDLER)
    await handler.get("/desk/gaps")
    await handler.submit("/desk/gaps", gap=other.id)
    assert handler.status == 404
    assert {gap.id for gap in await city.store.gap_marks(own.at - timedelta(days=1), 9)} == {other.id, own.id}


async def test_centre_sees_rates_and_wrong_entries_and_gaps_of_no_office(city: City, staff: Staff) -> None:
    now = city.clock.now()
    talks = [begin("visitor", None, now) for _ in range(3)]
    called = structs.replace(begin("visitor", None, now), reason=HandOver.ASKED)
    await city.store.commit(Changes(inserts=[*talks, called]))
    for _ in range(3):
        await mark(city, "居住证", Mark.SOLVED, passage_id=PERMIT)
    await mark(city, "居住证怎么续签", Mark.NOT_SOLVED, passage_id=PERMIT)
    await mark(city, "火星移民怎么办", office=None)
    manager = await staff(Role.MANAGER)
    page = unescape(await manager.get("/manage/gaps"))
    for words in ("75.0%", "火星移民怎么办", "未定", "居住证怎么续签", "已不再展示的条目", "—"):
        assert words in page
    picture = await manager.get("/manage/gaps/rates.svg")
    assert picture.startswith("<?xml")
    assert "<script" not in picture


async def test_empty_list_says_so(staff: Staff) -> None:
    page = await (await staff(Role.HANDLER)).get("/desk/gaps")
    assert "目前没有缺口" in page


async def test_questions_of_a_gap_stand_in_the_form_of_its_entry(city: City, staff: Staff) -> None:
    for question in ("共享单车乱停怎么投诉", "共享单车乱停放投诉哪里"):
        await mark(city, question)
    handler = await staff(Role.HANDLER)
    page = unescape(await handler.get("/desk/gaps"))
    link = page.split('href="/desk/knowledge/new?')[1].split('"')[0]
    form = unescape(await handler.get(f"/desk/knowledge/new?{link}"))
    assert handler.status == 200
    assert 'value="共享单车乱停' in form
    assert "共享单车乱停" in form.split("<textarea")[1]
