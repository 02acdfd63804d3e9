"""Like letters where people meet them: before a letter is sent, and on the desk, with what each may see."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from support.desk import Staff, judged, open_offices
from support.letters import LETTER, TEXT, become_citizen, send_letter, signed_for, to_tray
from support.web import Browser, City

from minxin.consult.records import Letter, PublicCopy, PublicState
from minxin.core.actor import Actor, Role
from minxin.core.changes import Changes

AGAIN = {**LETTER, "subject": "烧烤店油烟还是很大", "text": TEXT + "上次说会来检查，到现在也没有人来。"}
NEIGHBOUR = Actor("neighbour", frozenset({Role.CITIZEN}))


@pytest.fixture
async def letter_id(city: City, browser: Browser) -> str:
    """A letter of the citizen in ``browser``."""
    await open_offices(city)
    await become_citizen(browser, city)
    return await send_letter(browser)


async def mark(city: City) -> None:
    while await city.services.like_letters.mark(10):
        pass


async def publish(city: City, letter_id: str) -> None:
    letter = await city.store.get(Letter, letter_id)
    assert letter is not None
    copy = PublicCopy(
        id=letter_id,
        number=letter.number,
        office_id="cgj",
        state=PublicState.PUBLISHED,
        subject=letter.subject,
        text=letter.text,
        answer="已责令限期改正。",
        proposed_at=city.clock.now(),
        proposed_by="clerk",
        decided_at=city.clock.now(),
    )
    await city.store.commit(Changes(inserts=[copy]))


async def seal(city: City, letter_id: str) -> None:
    letter = await city.store.get(Letter, letter_id)
    assert letter is not None
    await city.store.commit(Changes(puts=[replace(letter, sealed=True)]))


async def test_a_writer_is_shown_his_own_letter_before_he_sends_the_same_again(
    city: City, browser: Browser, letter_id: str
) -> None:
    await to_tray(city, letter_id)
    await mark(city)
    await browser.get("/write")
    await browser.submit("/write/check", **AGAIN)
    assert "您以前反映过" in browser.text
    assert f'href="/letters/{letter_id}"' in browser.text
    assert "内容重复" in browser.text
    await browser.submit("/write")
    assert browser.path.endswith("/receipt")


async def test_nobody_is_shown_the_unpublished_letter_of_another(city: City, letter_id: str) -> None:
    await to_tray(city, letter_id)
    await mark(city)
    like = city.services.like_letters
    words = (AGAIN["subject"], AGAIN["text"], AGAIN["place"])
    offer = await like.while_writing(NEIGHBOUR, *words)
    assert (offer.published, offer.own) == ((), ())
    await publish(city, letter_id)
    offer = await like.while_writing(NEIGHBOUR, *words)
    assert [one.copy.id for one in offer.published] == [letter_id]
    assert offer.own == ()


async def test_a_published_answer_is_offered_with_its_address(city: City, browser: Browser, letter_id: str) -> None:
    await to_tray(city, letter_id)
    await mark(city)
    await publish(city, letter_id)
    await browser.get("/write")
    await browser.submit("/write/suggestion", **AGAIN)
    assert "类似问题已有答复" in browser.text
    assert f'href="/published/{letter_id}"' in browser.text


async def test_the_desk_shows_like_letters_to_those_who_may_see_them(
    city: City, browser: Browser, letter_id: str, staff: Staff
) -> None:
    first = await signed_for(city, letter_id)
    other = await to_tray(city, await send_letter(browser, **AGAIN))
    await mark(city)
    clerk, handler = await staff(Role.CLERK), await staff(Role.HANDLER)
    text = await clerk.get(f"/desk/orders/{other.id}")
    assert 'id="alike"' in text
    assert "同一来信人" in text
    assert f'href="/desk/letters/{letter_id}"' in text
    # The other letter is still in the tray, so that no office may see it.
    assert 'id="alike"' not in await handler.get(f"/desk/orders/{first.id}")
    assert handler.status == 200


async def test_a_sealed_letter_is_like_none_even_when_it_was_marked_before(
    city: City, browser: Browser, letter_id: str, staff: Staff
) -> None:
    first = await to_tray(city, letter_id)
    other_id = await send_letter(browser, **AGAIN)
    await to_tray(city, other_id)
    await mark(city)
    clerk, discipline = await staff(Role.CLERK), await staff(Role.DISCIPLINE, office_id="jiwei")
    assert 'id="alike"' in await clerk.get(f"/desk/orders/{first.id}")
    await seal(city, other_id)
    assert 'id="alike"' not in await clerk.get(f"/desk/orders/{first.id}")
    sealed = await judged(city, await send_letter(browser, **AGAIN), denounces=True)
    await mark(city)
    assert 'id="alike"' not in await discipline.get(f"/desk/orders/{sealed.id}")
    assert discipline.status == 200


async def test_empty_words_are_like_nothing(city: City, browser: Browser, letter_id: str) -> None:
    await to_tray(city, letter_id)
    await mark(city)
    offer = await city.services.like_letters.while_writing(NEIGHBOUR, "", "", "")
    assert (offer.published, offer.own) == ((), ())


async def test_marking_again_changes_nothing(city: City, letter_id: str) -> None:
    await to_tray(city, letter_id)
    assert await city.services.like_letters.mark(10) == 1
    assert await city.services.like_letters.mark(10) == 0
