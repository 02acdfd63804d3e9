"""From a question that nothing answered to the entry that answers it: asked, listed, written, reviewed, gone, found."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from aiohttp import FormData
from msgspec import structs
from support.assistant import PROMISED, SureJudge, answer_mark, gaps_over
from support.desk import Staff, log_in_staff
from support.knowledge import published_entry
from support.web import Browser, City, application_of, open_browser, serve

from minxin.classifier.personal.finder import PersonalFinder
from minxin.classifier.words.advice import rules_only
from minxin.consult.assistant.gap_list import GapList
from minxin.consult.assistant.gaps import Gap
from minxin.consult.assistant.records import AnswerMark, Mark
from minxin.consult.assistant.service import Assistant
from minxin.consult.knowledge.ports import EntryFilter
from minxin.consult.knowledge.records import EntryState, KnowledgeEntry
from minxin.core.actor import Role
from minxin.core.changes import Changes
from minxin.core.paging import PageRequest
from minxin.deploy.passages import PassageFeed, PassageSearch
from minxin.deploy.retrieval_process import RetrievalProcess, retrieval_command
from minxin.deploy.vectors import encoder_at

DESK = "/desk/knowledge"
QUESTION = "共享单车乱停堵住盲道找谁处理"
OTHERS = ("共享单车乱停堵住盲道怎么投诉", "共享单车乱停堵住盲道归谁管")
WORDS = {
    "answer": "拨打 12345 或在本站写信，市城市管理局通知运营企业，一小时内清走。",
    "basis": "《滨海市停车管理办法》第九条",
}


@pytest.fixture
async def desk(city: City, staff: Staff) -> tuple[Browser, Browser]:
    """A member of the office who writes, and another who reviews."""
    return await staff(Role.HANDLER), await staff(Role.REVIEWER)


async def asked(city: City, question: str, kind: Mark = Mark.UNANSWERED, *, passage_id: str = "") -> AnswerMark:
    """Keep that somebody asked, yesterday, and had no good answer."""
    kept = answer_mark(city.clock.now() - timedelta(days=1), question, kind, passage_id=passage_id)
    await city.store.commit(Changes(inserts=[kept]))
    return kept


async def open_ones(city: City) -> list[Gap]:
    return await gaps_over(city.store, city.clock).all()


async def newest(city: City) -> KnowledgeEntry:
    return (await city.store.knowledge_entries(EntryFilter(), PageRequest())).items[0]


async def follow(browser: Browser, words: str) -> str:
    """Open the office's list, follow the link with these words on it, and return the path of the form."""
    row = unescape(await browser.get("/desk/gaps"))
    link = row.split(f">{words}")[0].rpartition('href="')[2].split('"')[0]
    form = await browser.get(link)
    assert browser.status == 200
    assert "发布后该缺口自动销号" in form
    return link.partition("?")[0]


async def write(city: City, handler: Browser, action: str = "submit", **changed: str) -> KnowledgeEntry:
    """Write the entry of the first gap, with the questions that the form brings unless others are given."""
    path = await follow(handler, "编写条目")
    value = unescape(handler.text.split('name="question"')[1].split('value="')[1].split('"')[0])
    ways = unescape(handler.text.split('name="other_ways"')[1].split(">", 1)[1].split("</textarea>")[0]).strip()
    fields = {"question": value, "other_ways": ways, "checked_on": "2026-01-05", **WORDS}
    await handler.submit(path, **{**fields, "action": action, **changed})
    return await newest(city)


async def approve(city: City, reviewer: Browser, entry: KnowledgeEntry) -> str:
    await reviewer.get(f"{DESK}/{entry.id}")
    return await reviewer.submit(f"{DESK}/{entry.id}/approve")


async def send_back(reviewer: Browser, entry: KnowledgeEntry) -> str:
    await reviewer.get(f"{DESK}/{entry.id}")
    return await reviewer.submit(f"{DESK}/{entry.id}/send-back", comment="依据写错了条款。")


async def test_published_entry_closes_the_gap_that_it_was_written_for_whatever_it_is_called_now(
    city: City, desk: tuple[Browser, Browser]
) -> None:
    handler, reviewer = desk
    for question in (QUESTION, *OTHERS):
        await asked(city, question)
    assert [gap.asked_by for gap in await open_ones(city)] == [3]
    entry = await write(city, handler, question="单车停放问题怎么反映？", other_ways="")
    later = await asked(city, OTHERS[0])
    text = await approve(city, reviewer, entry)
    assert "已发布。" in text
    assert await open_ones(city) == []
    assert "目前没有缺口" in await handler.get("/desk/gaps")
    closed = await city.store.get(AnswerMark, later.id)
    assert closed is not None
    assert (closed.entry_id, closed.settled_at) == (entry.id, city.clock.now())
    audit = (await city.store.audit_page(PageRequest())).items
    settled = [one.entry for one in audit if one.entry.action == "gap.settled"]
    assert [(one.data["marks"], one.data["in_time"], one.data["entry"]) for one in settled] == [(4, True, entry.id)]


async def test_list_says_what_is_written_and_opens_the_gap_again_when_that_comes_to_nothing(
    city: City, desk: tuple[Browser, Browser]
) -> None:
    handler, reviewer = desk
    await asked(city, QUESTION)
    entry = await write(city, handler)
    listed = await handler.get("/desk/gaps")
    assert "条目待审核" in listed and f'href="{DESK}/{entry.id}"' in listed
    assert ">编写条目" not in listed
    await send_back(reviewer, entry)
    assert "条目撰写中" in await handler.get("/desk/gaps")
    await handler.get(f"{DESK}/{entry.id}")
    assert "发布后该缺口自动销号" in handler.text
    await handler.submit(f"{DESK}/{entry.id}/drop")
    listed = await handler.get("/desk/gaps")
    assert ">编写条目" in listed and "条目撰写中" not in listed
    assert len(await open_ones(city)) == 1


async def test_draft_that_is_written_anew_is_still_for_its_gap(city: City, desk: tuple[Browser, Browser]) -> None:
    handler, reviewer = desk
    await asked(city, QUESTION)
    entry = await write(city, handler, "save")
    await handler.get(f"{DESK}/{entry.id}/edit")
    fields = {"question": "单车停放问题怎么反映？", "checked_on": "2026-01-05", **WORDS}
    await handler.submit(f"{DESK}/{entry.id}/edit", action="submit", **fields)
    await approve(city, reviewer, entry)
    assert await open_ones(city) == []


async def test_shown_entry_that_did_not_help_is_put_right_for_its_gap(
    city: City, desk: tuple[Browser, Browser]
) -> None:
    handler, reviewer = desk
    await city.store.commit(Changes(inserts=[published_entry("parking", question="停车管理")]))
    await asked(city, QUESTION, Mark.NOT_SOLVED, passage_id="knowledge:parking")
    path = await follow(handler, "修改条目：停车管理")
    assert path == f"{DESK}/parking/edit"
    assert f"大学生怎么迁户口\n{QUESTION}</textarea>" in handler.text
    fields = {"question": "停车管理", "other_ways": "单车", "checked_on": "2026-01-05", **WORDS}
    await handler.submit(path, action="submit", **fields)
    assert len(await open_ones(city)) == 1
    entry = await newest(city)
    assert entry.id == "parking"
    await approve(city, reviewer, entry)
    assert await open_ones(city) == []


async def test_entry_that_gets_the_question_as_another_way_to_ask_closes_the_gap(
    city: City, desk: tuple[Browser, Browser]
) -> None:
    handler, reviewer = desk
    await city.store.commit(Changes(inserts=[published_entry("parking", question="停车管理")]))
    await asked(city, QUESTION)
    await handler.get(f"{DESK}/parking/edit")
    fields = {"question": "停车管理", "checked_on": "2026-01-05", **WORDS}
    await handler.submit(f"{DESK}/parking/edit", action="submit", other_ways=f" {QUESTION}？", **fields)
    await approve(city, reviewer, await newest(city))
    assert await open_ones(city) == []


async def test_file_that_is_published_closes_the_gaps_that_it_answers(city: City, staff: Staff) -> None:
    await asked(city, QUESTION)
    await asked(city, "燃气表怎么换")
    reviewer = await staff(Role.REVIEWER)
    for publish, left in (({}, 2), ({"publish": "1"}, 1)):
        await reviewer.get(f"{DESK}/import")
        form = FormData(quote_fields=False)
        rows = f"问题,答案,依据\n{QUESTION},{WORDS['answer']},{WORDS['basis']}\n"
        for field, value in {**reviewer.hidden(f"{DESK}/import"), **publish}.items():
            form.add_field(field, value)
        form.add_field("file", rows.encode(), filename="knowledge.csv")
        assert "新增 1 条" in (await reviewer._go("POST", f"{DESK}/import", form, {})) or publish
        assert len(await open_ones(city)) == left
    assert (await open_ones(city))[0].questions == ("燃气表怎么换",)


async def test_gap_that_was_closed_meanwhile_loses_nothing_that_was_typed(
    city: City, desk: tuple[Browser, Browser]
) -> None:
    handler, reviewer = desk
    mark = await asked(city, QUESTION)
    await reviewer.get("/desk/gaps")
    path = await follow(handler, "编写条目")
    await reviewer.submit("/desk/gaps", gap=mark.id)
    fields = {"question": QUESTION, "checked_on": "2026-01-05", **WORDS}
    await handler.submit(path, action="submit", **fields)
    entry = await newest(city)
    assert entry.state is EntryState.IN_REVIEW
    assert "已发布。" in await approve(city, reviewer, entry)


async def test_office_writes_for_no_gap_of_another(city: City, desk: tuple[Browser, Browser]) -> None:
    handler, _ = desk
    other = structs.replace(await asked(city, "燃气表怎么换"), version=1, office_id="ranqi")
    await city.store.commit(Changes(puts=[other]))
    await handler.get(f"{DESK}/new?gap={other.id}")
    assert handler.status == 404


async def test_personal_data_of_a_question_does_not_reach_the_form(city: City, staff: Staff) -> None:
    await asked(city, "我的电话13812345678，共享单车乱停找谁")
    handler = await staff(Role.HANDLER)
    await follow(handler, "编写条目")
    assert "13812345678" not in handler.text
    assert "〔电话〕" in handler.text


@pytest.fixture
async def search(city: City, tmp_path: Path) -> AsyncIterator[PassageSearch]:
    models = tmp_path / "models"
    await asyncio.to_thread(encoder_at, models, lambda _: None)
    command = retrieval_command(models, tmp_path / "vectors")
    process = RetrievalProcess(command, lambda: PassageFeed(city.store, city.clock, fresh=timedelta()))
    yield PassageSearch(city.store, city.clock, process)
    await process.close()


async def test_question_that_nothing_answered_is_answered_when_its_entry_is_published(
    city: City, search: PassageSearch
) -> None:
    gaps = gaps_over(city.store, city.clock)
    judge, finder = SureJudge("cgj"), PersonalFinder()
    assistant = Assistant(city.store, city.clock, search, rules_only, judge, finder, PROMISED)
    services = replace(city.services, assistant=assistant, gap_list=GapList(city.store, city.clock, search, gaps))
    application = application_of(replace(city, services=services))
    async with AsyncExitStack() as stack:
        base = await stack.enter_async_context(serve(application))
        citizen, again, handler, reviewer = [await stack.enter_async_context(open_browser(base)) for _ in range(4)]
        await citizen.get("/ask")
        text = await citizen.submit("/ask", q=QUESTION)
        assert "没有找到可靠的答案" in text
        await log_in_staff(handler, city, "writer", Role.HANDLER)
        await log_in_staff(reviewer, city, "reader", Role.REVIEWER)
        assert QUESTION in await handler.get("/desk/gaps")
        entry = await write(city, handler)
        assert "已发布。" in await approve(city, reviewer, entry)
        assert QUESTION not in await handler.get("/desk/gaps")
        await again.get("/ask")
        text = await again.submit("/ask", q=QUESTION)
        assert "一小时内清走" in text
        assert f'href="/knowledge/{entry.id}"' in text
