"""The citizen's side over real HTTP, with the office's side driven by its own services."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from support.letters import (
    CLERK,
    HANDLER,
    PHONE,
    TEXT,
    answer,
    answered,
    become_citizen,
    send_letter,
    signed_for,
    to_tray,
    with_judge,
)
from support.web import STAFF_PASSWORD, Browser, City, application_of, open_browser, serve

from minxin.consult.records import Letter, LetterState, OrderState, Satisfaction
from minxin.core.actor import Role
from minxin.core.paging import PageRequest
from minxin.mailbox.boxes import message_id


@pytest.fixture
async def writer(browser: Browser, city: City) -> Browser:
    await become_citizen(browser, city)
    return browser


@pytest.fixture
async def knowing_site(city: City) -> AsyncIterator[Browser]:
    async with serve(application_of(with_judge(city))) as base, open_browser(base) as opened:
        yield opened


async def test_home_page_asks_queries_and_speaks_two_languages(browser: Browser) -> None:
    await browser.get("/")
    for words in ("给市长写信", 'action="/ask"', 'action="/query"', 'href="/write"', "大字版", 'href="/published"'):
        assert words in browser.text
    await browser.get("/?lang=en&text=large")
    assert "Write to the mayor" in browser.text
    assert 'class="large-print"' in browser.text


async def test_ask_box_names_the_office_the_words_and_the_duty_without_log_in(knowing_site: Browser) -> None:
    await knowing_site.get("/")
    await knowing_site.submit("/ask", q="楼下烧烤店油烟大,孩子咳嗽,物业还乱收停车费")
    assert knowing_site.path == "/ask"
    assert "滨海市城市管理局" in knowing_site.text
    assert "楼下<mark>烧烤</mark>店<mark>油烟</mark>大" in knowing_site.text
    await knowing_site.get("/ask?q=%E6%B2%B9%E7%83%9F")
    assert "滨海市城市管理局" in knowing_site.text


async def test_denunciation_gets_no_suggestion_of_an_office(knowing_site: Browser) -> None:
    await knowing_site.get("/ask")
    await knowing_site.submit("/ask", q="城管队员收受烧烤店的好处")
    assert "密封处理" in knowing_site.text
    assert "滨海市城市管理局" not in knowing_site.text


async def test_empty_question_and_html_in_it_are_harmless(browser: Browser) -> None:
    await browser.get("/ask")
    await browser.submit("/ask", q=" ")
    assert browser.status == 422
    assert "请先写下您要反映或咨询的事" in browser.text
    await browser.submit("/ask", q="<script>alert(1)</script>")
    assert "<script>alert" not in browser.text


async def test_receipt_explains_every_day_of_a_limit(writer: Browser) -> None:
    letter_id = await send_letter(writer)
    await writer.get(f"/letters/{letter_id}/why/answer")
    assert "2026年3月16日" in writer.text
    assert writer.text.count('class="day-counted"') == 10
    assert writer.text.count('class="day-skipped"') == 4
    assert "周末" in writer.text
    assert "依据：" in writer.text
    await writer.get(f"/letters/{letter_id}/why/answer?lang=en")
    assert "Why this date?" in writer.text
    assert "working day" in writer.text
    await writer.get(f"/letters/{letter_id}/why/sign")
    assert writer.status == 404


async def test_letter_is_followed_from_the_tray_to_the_answer(writer: Browser, city: City) -> None:
    letter_id = await send_letter(writer)
    await writer.get(f"/letters/{letter_id}")
    assert "已收到，待审查" in writer.text
    await signed_for(city, letter_id)
    await writer.get(f"/letters/{letter_id}")
    assert "滨海市城市管理局签收" in writer.text
    assert "由综合科承办人承办" in writer.text
    assert "在期限内" in writer.text
    order = (await city.store.orders_of(letter_id))[0]
    await answer(city, order.id)
    await writer.get(f"/letters/{letter_id}")
    for words in ("调查情况", "依据", "处理结果", "联系方式", "救济途径", "装好油烟净化器", "2026年6月30日", "朗读"):
        assert words in writer.text
    assert f"/letters/{letter_id}/orders/{order.id}/follow-up" in writer.text


async def test_moved_letter_is_told_in_words_and_its_limit_stays(writer: Browser, city: City) -> None:
    letter_id = await send_letter(writer)
    order = await to_tray(city, letter_id)
    desk = city.services.desk
    await desk.dispatch(CLERK, order.id, "cgj", "油烟归城管", origin="test")
    await desk.give_back(HANDLER, order.id, "停车收费不归我们管", None, origin="test")
    await desk.rule(CLERK, order.id, "cgj", "占道经营归城管", origin="test")
    await writer.get(f"/letters/{letter_id}")
    assert "认为不属于其职责" in writer.text
    assert "经裁定，改由滨海市城市管理局办理，答复期限不变" in writer.text
    assert "2026年3月16日" in writer.text


async def test_papers_are_asked_for_the_clock_stands_and_runs_again(writer: Browser, city: City) -> None:
    letter_id = await send_letter(writer)
    order = await signed_for(city, letter_id)
    await city.services.desk.ask_papers(HANDLER, order.id, "请提供停车费收据", origin="test")
    await writer.get(f"/letters/{letter_id}")
    assert "请提供停车费收据" in writer.text
    assert "暂停计时" in writer.text
    path = f"/letters/{letter_id}/orders/{order.id}/papers"
    await writer.get(path)
    await writer.submit(path, text="")
    assert writer.status == 422
    await writer.send_files(path, [("收据.txt", "停车费 10 元".encode())], text="这是收据")
    assert writer.path == f"/letters/{letter_id}"
    assert "收据.txt" in writer.text
    assert "恢复计时" in writer.text
    (order,) = await city.store.orders_of(letter_id)
    assert order.state is OrderState.IN_PROGRESS
    await writer.get(path)
    assert writer.status == 409


async def test_bad_rating_needs_a_reason_and_has_the_letter_done_again(writer: Browser, city: City) -> None:
    letter_id = await send_letter(writer)
    order = await answered(city, letter_id)
    path = f"/letters/{letter_id}/orders/{order.id}/follow-up"
    await writer.get(path)
    await writer.submit(path)
    assert "请选择满意程度" in writer.text
    await writer.submit(path, contacted="yes", solved="no", level="dissatisfied")
    assert writer.status == 422
    assert 'id="error-reason"' in writer.text
    assert 'value="dissatisfied" checked' in writer.text
    await writer.submit(path, contacted="yes", solved="no", level="dissatisfied", reason="油烟还是很大")
    assert writer.path == f"/letters/{letter_id}"
    assert "将重新办理" in writer.text
    assert "油烟还是很大" in writer.text
    (order,) = await city.store.orders_of(letter_id)
    assert order.redo is not None
    assert order.redo.first_rating.level is Satisfaction.DISSATISFIED
    assert (order.redo.first_rating.contacted, order.redo.first_rating.solved) == (True, False)


async def test_good_rating_closes_the_letter(writer: Browser, city: City) -> None:
    letter_id = await send_letter(writer)
    order = await answered(city, letter_id)
    path = f"/letters/{letter_id}/orders/{order.id}/follow-up"
    await writer.get(path)
    await writer.submit(path, contacted="yes", solved="yes", level="satisfied")
    assert "谢谢您的评价" in writer.text
    assert "已办结" in writer.text
    await writer.get(path)
    assert writer.status == 409
    assert "不能评价" in writer.text
    await writer.get(path + "?lang=en")
    assert "it is not possible to rate the answer" in writer.text


async def test_letter_is_withdrawn_and_reminded(writer: Browser, city: City) -> None:
    letter_id = await send_letter(writer)
    order = await signed_for(city, letter_id)
    await writer.get(f"/letters/{letter_id}")
    await writer.submit(f"/letters/{letter_id}/orders/{order.id}/remind")
    assert "已催办" in writer.text
    await writer.submit(f"/letters/{letter_id}/withdraw")
    assert "来信已撤回" in writer.text
    letter = await city.store.get(Letter, letter_id)
    assert letter is not None
    assert letter.state is LetterState.WITHDRAWN
    await writer.get("/letters")
    await writer.get("/")
    await writer.submit(f"/letters/{letter_id}/withdraw")
    assert writer.status == 409
    assert "不能撤回" in writer.text


async def test_refused_letter_says_why_and_where_to_go(writer: Browser, city: City) -> None:
    letter_id = await send_letter(writer)
    order = await to_tray(city, letter_id)
    await city.services.desk.refuse(CLERK, order.id, "in_court", "请向受理法院反映", origin="test")
    await writer.get(f"/letters/{letter_id}")
    assert "已进入诉讼" in writer.text
    assert "请向受理法院反映" in writer.text


async def test_letter_of_another_looks_as_if_it_was_not_there(
    writer: Browser, other_browser: Browser, city: City
) -> None:
    letter_id = await send_letter(writer)
    await city.staff("clerk", Role.CLERK)
    await other_browser.log_in("clerk", STAFF_PASSWORD)
    await other_browser.submit("/login/code", code=await city.sms_code("13900000001"))
    for path in ("", "/receipt", "/why/answer"):
        await other_browser.get(f"/letters/{letter_id}{path}")
        assert other_browser.status == 404


async def test_status_page_needs_number_and_code_and_shows_no_word(
    writer: Browser, other_browser: Browser, city: City
) -> None:
    letter_id = await send_letter(writer)
    await signed_for(city, letter_id)
    letter = await city.store.get(Letter, letter_id)
    assert letter is not None
    code = city.services.letterbox.query_code(letter_id)
    await other_browser.get("/query")
    await other_browser.submit("/query", number=letter.number, code=code.lower())
    assert other_browser.status == 200
    assert other_browser.path == "/query"
    assert "办理中" in other_browser.text
    assert "由综合科承办人承办" in other_browser.text
    assert "为什么是这一天" in other_browser.text
    for hidden in (TEXT, letter.subject, "王", code, "听涛路"):
        assert hidden not in other_browser.text


async def test_wrong_code_is_told_and_throttled_by_network(writer: Browser, other_browser: Browser, city: City) -> None:
    letter = await city.store.get(Letter, await send_letter(writer))
    assert letter is not None
    await other_browser.get("/query")
    await other_browser.submit("/query", number="", code="")
    assert 'id="error-number"' in other_browser.text
    assert 'id="error-code"' in other_browser.text
    for _ in range(10):
        await other_browser.submit("/query", number=letter.number, code="ABCDEFGHJK")
        assert other_browser.status == 422
        assert "编号或查询码不对" in other_browser.text
        assert f'value="{letter.number}"' in other_browser.text
    right = city.services.letterbox.query_code(letter.id)
    await other_browser.submit("/query", number=letter.number, code=right)
    assert other_browser.status == 429
    assert int(other_browser.headers["Retry-After"]) == 900


async def test_mailbox_page_shows_opens_and_counts_messages(writer: Browser, city: City) -> None:
    letter_id = await send_letter(writer)
    account = await city.accounts.people.find_citizen(CLERK, PHONE, "127.0.0.1")
    house = city.services.mailroom.house
    for number, owner in enumerate([account.id, account.id, "somebody"]):
        words = {"sender": "市长信箱", "subject": f"第{number}条", "text": "已签收", "letter_id": letter_id}
        await city.store.commit(house.notice(owner, city.clock.now(), key=f"m{number}", **words))
    first, second, other = (
        message_id(owner, f"m{number}") for number, owner in enumerate([account.id, account.id, "somebody"])
    )
    await writer.get("/")
    assert "2 条未读消息" in writer.text
    await writer.get("/box")
    assert writer.text.count("message-unread") == 2
    await writer.submit(f"/box/{first}/open")
    assert writer.path == f"/box/{first}"
    assert "已签收" in writer.text
    assert f'href="/letters/{letter_id}"' in writer.text
    await writer.get(f"/box/{second}")
    await writer.get("/box")
    assert "1 条未读" in writer.text
    await writer.get(f"/box/{other}")
    assert writer.status == 404


async def test_clerk_writes_for_a_citizen_at_the_counter(writer: Browser, other_browser: Browser, city: City) -> None:
    clerk = await city.staff("clerk", Role.CLERK)
    await other_browser.log_in("clerk", STAFF_PASSWORD)
    await other_browser.submit("/login/code", code=await city.sms_code("13900000001"))
    await other_browser.get("/counter")
    await other_browser.submit("/counter", citizen="13811110000")
    assert other_browser.status == 422
    await other_browser.submit("/counter", citizen="abc")
    assert "完整的手机号或身份证号" in other_browser.text
    await other_browser.submit("/counter", citizen=PHONE)
    assert PHONE not in other_browser.path
    assert "王**" in other_browser.text
    assert PHONE not in other_browser.text
    path = other_browser.path
    letter = {"kind": "help", "subject": "下水道堵塞", "text": "老人来访反映下水道堵了。"}
    await other_browser.submit(path, **letter)
    assert "来访还是来电" in other_browser.text
    assert "下水道堵塞" in other_browser.text
    fields = {**other_browser.hidden(path), **letter, "came_by": "visit"}
    await other_browser.post(path, fields)
    first = other_browser.text
    assert "来信已登记" in first
    await other_browser.post(path, fields)
    account = await city.accounts.people.find_citizen(CLERK, PHONE, "127.0.0.1")
    (stored,) = (await city.store.letters_of(account.id, PageRequest())).items
    assert stored.entered_by == clerk.id
    assert stored.number in other_browser.text
    assert city.services.letterbox.query_code(stored.id) in other_browser.text
    raw = await city.store.blob(stored.raw_blob)
    assert raw is not None
    assert b'"came_by":"visit"' in raw
    await writer.get("/letters")
    assert "下水道堵塞" in writer.text


async def test_counter_is_not_there_for_others(writer: Browser) -> None:
    await writer.get("/counter")
    assert writer.status == 404
