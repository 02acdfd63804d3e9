"""Conversations that nobody needs any more are deleted with all that was said in them; what is owed never is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from support.chat import CITIZEN, HANDLER, KNOWN, NOBODY, ChatCity, open_chat_city
from support.web import OFFICE

from minxin.consult.assistant.records import AnswerMark, Mark
from minxin.consult.chat import decisions
from minxin.consult.chat.forgetting import forget_old
from minxin.consult.chat.records import Author, Conversation, Message, Stage
from minxin.consult.chat.rules import ChatRules
from minxin.consult.ports import LetterStore
from minxin.core.changes import Changes
from minxin.store.sqlite.store import SqliteStore

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


async def test_what_was_said_of_an_answer_stays_when_its_conversation_goes(city: ChatCity) -> None:
    """It holds the question without personal data, and the knowledge base is measured by it."""
    now = city.clock.now()
    begun, message = decisions.say(decisions.begin("browser", None, now), Author.VISITOR, "居住证怎么办", now)
    mark = AnswerMark(
        id="mark",
        conversation_id=begun.id,
        passage_id="knowledge:a",
        mark=Mark.NOT_SOLVED,
        question="居住证怎么办",
        office_id=OFFICE.id,
        at=now,
    )
    await city.store.commit(decisions.written(begun, [message]) + Changes(inserts=[mark]))
    city.clock.advance(timedelta(days=31))
    assert await forget(city) == 1

    assert await city.store.get(Conversation, begun.id) is None
    assert [one.id for one in await city.store.gap_marks(now, 10)] == ["mark"]
    assert (await city.store.mark_tallies(["knowledge:a"]))["knowledge:a"].not_solved == 1


async def test_more_than_one_batch_can_hold_goes_batch_by_batch_the_oldest_first(city: ChatCity) -> None:
    begun = []
    for number in range(7):
        now = city.clock.now()
        one, message = decisions.say(decisions.begin(f"browser {number}", None, now), Author.VISITOR, "在吗", now)
        await city.store.commit(decisions.written(one, [message]))
        begun.append(one)
        city.clock.advance(timedelta(minutes=1))
    city.clock.advance(timedelta(days=31))

    async def left() -> list[int]:
        found = [await city.store.get(Conversation, one.id) for one in begun]
        return [number for number, one in enumerate(found) if one is not None]

    assert await forget_old(city.store, RULES, city.clock.now(), limit=3) == 3
    assert await left() == [3, 4, 5, 6]
    assert [await forget_old(city.store, RULES, city.clock.now(), limit=3) for _ in range(3)] == [3, 1, 0]
    assert await left() == []


async def test_one_in_which_something_is_said_at_that_moment_stays_and_the_others_of_its_batch_go(
    city: ChatCity,
) -> None:
    now = city.clock.now()
    begun = [decisions.begin(f"browser {number}", None, now) for number in range(3)]
    await city.store.commit(Changes(inserts=list(begun)))
    city.clock.advance(timedelta(days=31))
    store = SpokenMeanwhile(city.store, begun[1], city.clock.now())

    assert await forget_old(cast(LetterStore, store), RULES, city.clock.now()) == 2
    assert [await city.store.get(Conversation, one.id) is None for one in begun] == [True, False, True]
    assert len(await city.store.messages_of(begun[1].id)) == 1


class SpokenMeanwhile:
    """A store in which the visitor of one conversation speaks between its being found old and its being deleted."""

    def __init__(self, store: SqliteStore, spoken_in: Conversation, now: datetime) -> None:
        self._store = store
        self._spoken_in = spoken_in
        self._now = now

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def messages_of(self, conversation_id: str) -> list[Message]:
        found = await self._store.messages_of(conversation_id)
        if conversation_id == self._spoken_in.id:
            known = await self._store.get(Conversation, conversation_id)
            assert known is not None
            spoken, message = decisions.say(known, Author.VISITOR, "我又来了", self._now)
            await self._store.commit(decisions.written(spoken, [message]))
        return found
