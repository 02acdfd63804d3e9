"""Publication from the proposal to the public page, over real HTTP and the real store."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace
from support.desk import Staff, open_offices
from support.letters import HANDLER, SIGNER, answered, become_citizen, send_letter
from support.web import Browser, City

from minxin.consult.publication import Words
from minxin.consult.records import PublicCopy, PublicState, WorkOrder
from minxin.core.actor import Role
from minxin.core.changes import Changes

PHONE = "13812345678"


@pytest.fixture
async def letter_id(city: City, browser: Browser) -> str:
    """A letter of the citizen in ``browser``, who agrees to its publication."""
    await open_offices(city)
    await become_citizen(browser, city)
    return await send_letter(browser, public="1", text=f"我叫王小明，电话{PHONE}。楼下烧烤店油烟很大。")


async def test_public_copy_needs_a_second_person_and_holds_no_name(
    city: City, letter_id: str, staff: Staff, browser: Browser
) -> None:
    order = await answered(city, letter_id)
    reviewer, signer = await staff(Role.REVIEWER), await staff(Role.SIGNER)
    path = f"/desk/orders/{order.id}/publication"
    text = await reviewer.get(path)
    assert "我叫某某" in text
    assert "<del>" in text and "<ins>" in text
    copy = {"subject": "烧烤店油烟扰民", "answer": "已责令限期改正。"}
    await reviewer.submit(path, **copy, text=f"电话{PHONE}，油烟很大", action="propose")
    assert reviewer.status == 422
    assert "这里还有电话号码" in reviewer.text
    assert f"电话{PHONE}，油烟很大" in reviewer.text
    await reviewer.submit(path, **copy, text="王小明家楼下油烟很大", action="propose")
    assert "这里还有姓名" in reviewer.text
    await reviewer.submit(path, **copy, text="居民楼下油烟很大。", action="compare")
    assert reviewer.status == 200
    await reviewer.submit(path, **copy, text="居民楼下油烟很大。", action="propose")
    assert reviewer.path == f"/desk/orders/{order.id}"
    assert "居民楼下油烟很大" not in await browser.get("/published")
    await browser.get(f"/published/{letter_id}")
    assert browser.status == 404
    await _decide(reviewer, letter_id, "yes")
    assert reviewer.status == 409
    assert "拟稿人不能复核" in reviewer.text
    assert "烧烤店油烟扰民" in await signer.get("/desk/publications")
    await _decide(signer, letter_id, "no")
    assert 'id="error-reason"' in signer.text
    await _decide(signer, letter_id, "yes")
    assert "已公开" in signer.text
    await browser.submit("/logout")
    text = await browser.get("/published") + await browser.get(f"/published/{letter_id}")
    assert browser.status == 200
    assert "居民楼下油烟很大。" in text
    assert "已责令限期改正。" in text
    assert "小明" not in text
    await reviewer.get(path)
    await reviewer.submit(path, **copy, text="居民楼下油烟很大。", action="propose")
    assert reviewer.status == 409


async def test_second_person_is_shown_what_may_offend_somebody(city: City, letter_id: str, staff: Staff) -> None:
    order = await answered(city, letter_id)
    reviewer, signer = await staff(Role.REVIEWER), await staff(Role.SIGNER)
    path = f"/desk/orders/{order.id}/publication"
    await reviewer.get(path)
    copy = {"subject": "烧烤店油烟扰民", "answer": "已责令限期改正。"}
    await reviewer.submit(path, **copy, text="店主是个<b>人渣</b>。", action="propose")
    text = await signer.get(f"/desk/publications/{letter_id}")
    assert "可能含有辱骂或者威胁" in text
    assert "<mark>人渣</mark>" in text
    assert "<b>人渣" not in text


async def _decide(browser: Browser, letter_id: str, approve: str) -> None:
    path = f"/desk/publications/{letter_id}"
    await browser.get(path)
    token = browser.hidden("/logout")["csrf_token"]
    await browser.post(path, {"csrf_token": token, "approve": approve})


async def test_letter_is_never_published_against_its_writer_s_wish(city: City, browser: Browser, staff: Staff) -> None:
    await open_offices(city)
    await become_citizen(browser, city)
    order = await answered(city, await send_letter(browser))
    clerk = await staff(Role.CLERK)
    assert "/publication" not in await clerk.get(f"/desk/orders/{order.id}")
    await clerk.get(f"/desk/orders/{order.id}/publication")
    assert clerk.status == 409
    assert "没有同意公开" in clerk.text


async def test_refused_copy_keeps_its_reason_and_may_be_proposed_anew(city: City, letter_id: str, staff: Staff) -> None:
    order = await answered(city, letter_id)
    publications = city.services.publications
    words = (await publications.suggestion(HANDLER, order.id)).suggested
    await publications.propose(HANDLER, order.id, words, origin="test")
    await publications.decide(SIGNER, letter_id, False, "邻里能认出来信人", origin="test")
    handler = await staff(Role.HANDLER)
    assert "邻里能认出来信人" in await handler.get(f"/desk/publications/{letter_id}")
    assert "/publication" in await handler.get(f"/desk/orders/{order.id}")
    await publications.propose(HANDLER, order.id, words, origin="test")
    copy = await city.store.get(PublicCopy, letter_id)
    assert copy is not None
    assert (copy.state, copy.refusal) == (PublicState.PROPOSED, "")


async def test_page_shows_the_answer_of_the_redo_with_the_first_one_folded_below(
    city: City, letter_id: str, staff: Staff, browser: Browser
) -> None:
    order = await answered(city, letter_id)
    publications = city.services.publications
    await publications.propose(HANDLER, order.id, Words("油烟", "油烟很大。", "第一次已查处。"), origin="test")
    await publications.decide(SIGNER, letter_id, True, "", origin="test")
    city.clock.advance(timedelta(days=3))
    kept = await city.store.get(WorkOrder, order.id)
    assert kept is not None
    assert kept.reply is not None
    again = replace(kept, reply=replace(kept.reply, at=city.clock.now()))
    await city.store.commit(Changes(puts=[again]))
    city.clock.advance(timedelta(hours=1))
    reviewer, signer = await staff(Role.REVIEWER), await staff(Role.SIGNER)
    path = f"/desk/orders/{order.id}/publication"
    assert "拟公开新的答复" in await reviewer.get(f"/desk/orders/{order.id}")
    await reviewer.get(path)
    words = {"subject": "油烟", "text": "油烟很大。", "answer": "重办后已装净化器。"}
    await reviewer.submit(path, **words, action="propose")
    assert reviewer.path == f"/desk/orders/{order.id}"
    assert "第一次已查处。" in await browser.get(f"/published/{letter_id}")
    assert "重办后已装净化器。" not in browser.text
    assert "新的答复" in await signer.get("/desk/publications")
    assert "公开的仍是原来的答复" in await signer.get(f"/desk/publications/{letter_id}")
    await _decide(signer, letter_id, "yes")
    text = await browser.get(f"/published/{letter_id}")
    assert text.index("重办后已装净化器。") < text.index("<details") < text.index("第一次已查处。")
    assert "的答复（重办之前）" in text
    shown = await browser.get(f"/api/v1/public/{letter_id}")
    assert '"earlier":[{"answer":"第一次已查处。"' in shown
