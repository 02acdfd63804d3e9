"""The conversation page through HTTP, as a browser without scripts uses it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from html import unescape

import pytest
from support.assistant import ListedPassages, assistant_over, hit, passage
from support.letters import become_citizen
from support.web import Browser, City, application_of, open_browser, serve

from minxin.core.passages import Passage

PERMIT = passage("permit", "居住证申领", "到居住地派出所申领。\n15 个工作日内办结。")
CHILD = passage("child", "未成年子女居住证", for_whom="未成年子女")
ADULT = passage("adult", "成年人居住证", for_whom="本人")


@pytest.fixture
def retriever() -> ListedPassages:
    known = ListedPassages(PERMIT, CHILD, ADULT)
    known.finds("居住证", hit("permit", 0.9))
    known.finds("哪种证", hit("permit", 0.4), hit("child", 0.3), hit("adult", 0.2))
    known.finds("给谁办", hit("adult", 0.8), hit("child", 0.7))
    return known


@pytest.fixture
async def asker(city: City, retriever: ListedPassages) -> AsyncIterator[Browser]:
    city.services = replace(city.services, assistant=assistant_over(city.store, city.clock, retriever))
    async with serve(application_of(city)) as base, open_browser(base) as opened:
        await opened.get("/ask")
        yield opened


async def ask(browser: Browser, words: str) -> str:
    return unescape(await browser.submit("/ask", q=words))


async def tap(browser: Browser, do: str) -> str:
    assert f'value="{do}"' in unescape(browser.text), do
    return unescape(await browser.submit("/ask", do=do))


async def test_answer_stands_with_its_source_and_is_marked_by_a_tap(asker: Browser) -> None:
    page = await ask(asker, "居住证怎么办")
    assert asker.path == "/ask"
    for words in (
        "居住证怎么办",
        "<p>15 个工作日内办结。</p>",
        PERMIT.basis,
        "滨海市城市管理局",
        'href="/knowledge/permit"',
    ):
        assert words in page
    page = await tap(asker, "solved:knowledge:permit")
    assert "您的评价：已解决" in page
    page = await tap(asker, "take_back:knowledge:permit")
    assert "您的评价" not in page


async def test_readings_are_buttons_that_hold_under_the_last_message_alone(asker: Browser) -> None:
    page = await ask(asker, "哪种证")
    assert page.count('value="reading:') == 3
    await tap(asker, "reading:knowledge:child")
    assert CHILD.text in unescape(asker.text)
    assert 'value="reading:' not in asker.text


async def test_question_is_answered_by_a_button(asker: Browser) -> None:
    page = await ask(asker, "给谁办")
    assert "是为谁办？" in page
    await tap(asker, "value:未成年子女")
    assert CHILD.text in unescape(asker.text)


async def test_button_that_is_out_of_date_is_told_so(asker: Browser) -> None:
    await ask(asker, "哪种证")
    await asker.submit("/ask", do="value:本人")
    assert asker.status == 422
    assert "这个按钮已经过时" in asker.text


async def test_reload_of_the_posted_form_changes_nothing(asker: Browser) -> None:
    sent = {**asker.hidden("/ask"), "q": "居住证怎么办"}
    first = await asker.post("/ask", sent)
    again = await asker.post("/ask", sent)
    assert again.count("居住证怎么办") == first.count("居住证怎么办")
    assert again.count('class="said said-') == 2


async def test_what_is_not_known_leads_to_a_letter_with_the_words(asker: Browser, city: City) -> None:
    page = await ask(asker, "火星移民怎么办")
    assert "没有找到可靠的答案" in page
    assert "可能的承办单位" in page
    await asker.submit("/write/begin")
    assert asker.path == "/login?next=/write"


async def test_carried_words_are_questions_without_taps(asker: Browser, city: City) -> None:
    await become_citizen(asker, city)
    await asker.get("/ask")
    await ask(asker, "哪种证")
    await tap(asker, "none")
    await asker.submit("/write/begin")
    assert asker.path == "/write"
    assert "哪种证</textarea>" in asker.text
    assert "没有我要的" not in asker.text


async def test_person_is_called_by_the_button(asker: Browser) -> None:
    page = await tap(asker, "person")
    assert "正在为您转人工" in page


async def test_entry_that_was_withdrawn_is_not_shown_in_the_transcript(
    asker: Browser, retriever: ListedPassages
) -> None:
    await ask(asker, "居住证怎么办")
    del retriever.known[PERMIT.id]
    page = await asker.get("/ask")
    assert "15 个工作日内办结" not in page
    assert "现已失效" in page


async def test_conversation_is_one_browsers(asker: Browser) -> None:
    await ask(asker, "居住证怎么办")
    async with open_browser(asker.base) as other:
        await other.get("/ask")
        assert "居住证怎么办" not in other.text


async def test_page_speaks_english_around_the_citys_own_words(asker: Browser) -> None:
    await ask(asker, "哪种证")
    page = unescape(await asker.get("/ask?lang=en"))
    for words in ("Is it one of these?", "None of these", PERMIT.title):
        assert words in page


async def test_words_are_shown_as_words(asker: Browser, retriever: ListedPassages) -> None:
    evil = Passage(**{name: getattr(PERMIT, name) for name in PERMIT.__struct_fields__} | {"text": "<b>x</b>"})
    retriever.known[PERMIT.id] = evil
    await asker.submit("/ask", q="<script>居住证</script>")
    assert "<script>居住" not in asker.text
    assert "<b>x</b>" not in asker.text
