"""Conversations that nobody needs any more are deleted with all that was said in them; what is owed never is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.chat import CITIZEN, HANDLER, KNOWN, NOBODY, ChatCity, open_chat_city

from minxin.consult.chat import decisions
from minxin.consult.chat.forgetting import forget_old
from minxin.consult.chat.records import Author, Conversation, Stage
from minxin.consult.chat.rules import ChatRules

RULES = ChatRules(assistant_days=30, ended_days=180)


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[ChatCity]:
    async with open_chat_city(tmp_path) as opened:
        yield opened


async def forget(city: ChatCity) -> int:
    return await forget_old(city.store, RULES, city.clock.now())


async def test_what_was_asked_the_assistant_goes_after_its_days(city: ChatCity) -> None:
    begun, message = decisions.say(
        decisions.begin("browser", None, city.clock.now()), Author.VISITOR, "居住证怎么办", city.clock.now()
    )
    await city.store.commit(decisions.written(begun, [message]))

    city.clock.advance(timedelta(days=29))
    assert await forget(city) == 0
    city.clock.advance(timedelta(days=2))
    assert await forget(city) == 1
    assert await city.store.get(Conversation, begun.id) is None
    assert await city.store.messages_of(begun.id) == []


async def test_a_letter_stays_when_the_conversation_goes_that_it_was_made_of(city: ChatCity) -> None:
    one = await city.called(KNOWN, "楼下烧烤店每晚油烟很大")
    await city.chat.tending.tend()
    letter = await city.letter_of(one)

    city.clock.advance(timedelta(days=181))
    assert await forget(city) == 1
    assert await city.store.get(Conversation, one.id) is None
    assert await city.store.letter_by_number(letter.number) == letter
    assert letter.writer_id == CITIZEN.id


async def test_who_is_owed_an_answer_is_not_forgotten(city: ChatCity) -> None:
    one = await city.called(NOBODY, "没有人回答我")
    await city.chat.tending.tend()
    assert (await city.now(one)).stage is Stage.LEFT

    city.clock.advance(timedelta(days=1000))
    assert await forget(city) == 0
    assert (await city.now(one)).stage is Stage.LEFT


async def test_one_that_was_answered_and_ended_goes_after_its_days(city: ChatCity) -> None:
    await city.chat.desk.go_on_duty(HANDLER, 4)
    one = await city.called(KNOWN)
    await city.chat.tending.tend()
    await city.chat.desk.say(HANDLER, one.id, "您好，已经登记。")
    await city.chat.desk.end(HANDLER, one.id)

    city.clock.advance(timedelta(days=179))
    assert await forget(city) == 0
    city.clock.advance(timedelta(days=2))
    assert await forget(city) == 1
