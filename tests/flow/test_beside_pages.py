"""Entries beside a letter that is being written, and ending without a letter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from html import unescape

import pytest
from support.assistant import ListedPassages, beside_over, hit, passage
from support.letters import LETTER, become_citizen, with_judge
from support.web import Browser, City, application_of, open_browser, serve

from minxin.consult.assistant.ranking import Tally

SMOKE = passage("smoke", "烧烤店油烟扰民怎么投诉", "餐饮油烟由城市管理部门查处。")


@pytest.fixture
def retriever() -> ListedPassages:
    known = ListedPassages(SMOKE)
    known.finds("", hit("smoke", 0.5), hit("gone", 0.4))
    return known


@pytest.fixture
async def writer(city: City, retriever: ListedPassages) -> AsyncIterator[Browser]:
    with_judge(city)
    city.services = replace(city.services, beside=beside_over(city.store, city.clock, retriever))
    async with serve(application_of(city)) as base, open_browser(base) as opened:
        await become_citizen(opened, city)
        await opened.get("/write")
        yield opened


async def test_entries_stand_beside_what_is_typed(writer: Browser) -> None:
    fields = writer.hidden("/write/check")
    page = unescape(await writer.post("/write/suggestion", {**fields, "subject": "油烟", "text": "烧烤店油烟大"}))
    for words in (SMOKE.title, SMOKE.text, SMOKE.basis, 'formaction="/write/solved"', "这就解决了"):
        assert words in page


async def test_denunciation_has_no_entries_beside_it(writer: Browser) -> None:
    fields = writer.hidden("/write/check")
    page = await writer.post("/write/suggestion", {**fields, "subject": "举报", "text": "城管队员收受烧烤店的好处"})
    assert SMOKE.title not in page


async def test_entry_that_is_enough_ends_without_a_letter_and_is_counted(writer: Browser, city: City) -> None:
    await writer.submit("/write/check", **LETTER)
    assert SMOKE.title in unescape(writer.text)
    await writer.submit("/write/solved", taken=SMOKE.id)
    assert "不用写信了吗？" in writer.text
    await writer.submit("/write/solved/end")
    assert writer.path == "/"
    assert "草稿已删除" in writer.text
    assert await city.store.mark_tallies([SMOKE.id]) == {SMOKE.id: Tally(taken=1)}
    await writer.get("/letters")
    assert LETTER["subject"] not in writer.text


async def test_ending_twice_is_counted_once(writer: Browser, city: City) -> None:
    await writer.submit("/write/check", **LETTER)
    await writer.submit("/write/solved", taken=SMOKE.id)
    sent = writer.hidden("/write/solved/end")
    for _ in range(2):
        await writer.post("/write/solved/end", sent)
        assert writer.path == "/"
        sent["csrf_token"] = writer.hidden("/logout")["csrf_token"]
    assert await city.store.mark_tallies([SMOKE.id]) == {SMOKE.id: Tally(taken=1)}


async def test_whoever_goes_on_writing_has_everything(writer: Browser) -> None:
    await writer.submit("/write/check", **LETTER)
    await writer.submit("/write/solved", taken=SMOKE.id)
    draft = writer.hidden("/write/solved/end")["form_token"]
    await writer.get(f"/drafts/{draft}")
    assert LETTER["text"] in unescape(writer.text)


async def test_letter_is_written_all_the_same_while_nothing_can_be_searched(
    writer: Browser, retriever: ListedPassages
) -> None:
    retriever.down = True
    await writer.submit("/write/check", **LETTER)
    assert writer.status == 200
    assert SMOKE.title not in writer.text
    await writer.submit("/write")
    assert writer.path.endswith("/receipt")
