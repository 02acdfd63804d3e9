"""Conversations over the interface for programs, as a mini-program or the hotline's desk uses it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
from aiohttp import ClientSession
from support.api import Answer, Program
from support.assistant import ListedPassages, assistant_over, hit, passage
from support.web import City, application_of, serve

PERMIT = passage("permit", "居住证申领", "到居住地派出所申领。15 个工作日内办结。")
CHILD = passage("child", "未成年子女居住证", for_whom="未成年子女")


@dataclass
class Talk:
    """A conversation of a program that keeps its key."""

    program: Program
    id: str
    key: str

    async def send(self, what: str, act: str = "say", **more: str) -> Answer:
        body = {"act": act, "what": what, **more}
        return await self.program.call("POST", f"/conversations/{self.id}/messages", body, X_Conversation_Key=self.key)

    async def mark(self, passage_id: str, mark: str) -> Answer:
        body = {"passage_id": passage_id, "mark": mark}
        return await self.program.call("PUT", f"/conversations/{self.id}/marks", body, X_Conversation_Key=self.key)

    async def read(self, after: int = 0) -> Answer:
        path = f"/conversations/{self.id}/messages?after={after}"
        return await self.program.call("GET", path, X_Conversation_Key=self.key)


@pytest.fixture
async def talk(city: City) -> AsyncIterator[Talk]:
    known = ListedPassages(PERMIT, CHILD)
    known.finds("居住证", hit("permit", 0.9))
    known.finds("哪种", hit("permit", 0.4), hit("child", 0.3))
    city.services = replace(city.services, assistant=assistant_over(city.store, city.clock, known))
    async with serve(application_of(city)) as base, ClientSession() as session:
        program = Program(session, base)
        opened = await program.call("POST", "/conversations", {})
        assert opened.status == 201
        assert opened.body["key"] not in opened.headers["Location"]
        yield Talk(program, opened.body["id"], opened.body["key"])


async def test_question_is_answered_with_its_source(talk: Talk) -> None:
    answer = await talk.send("居住证怎么办")
    assert answer.status == 200
    asked, said = answer.body["items"]
    assert (asked["author"], asked["text"]) == ("visitor", "居住证怎么办")
    assert said["card"] == "answer"
    (shown,) = said["passages"]
    assert shown["id"] == PERMIT.id
    assert shown["paragraphs"] == [PERMIT.text]
    assert (shown["basis"], shown["path"], shown["office"]) == (PERMIT.basis, PERMIT.path, "滨海市城市管理局")


async def test_reading_is_chosen_and_marked_and_the_mark_taken_back(talk: Talk) -> None:
    offered = await talk.send("哪种")
    assert [one["id"] for one in offered.body["items"][-1]["passages"]] == [PERMIT.id, CHILD.id]
    chosen = await talk.send(CHILD.id, act="reading")
    assert chosen.body["items"][-1]["card"] == "answer"
    await talk.mark(CHILD.id, "solved")
    assert (await talk.read()).body["items"][-3]["passages"][0]["mark"] == "solved"
    assert (await talk.mark(CHILD.id, "take_back")).status == 200
    assert (await talk.read()).body["items"][-3]["passages"][0]["mark"] is None


async def test_same_token_is_the_same_message_with_its_answer(talk: Talk) -> None:
    first = await talk.send("居住证怎么办", token="one")
    again = await talk.send("居住证怎么办", token="one")
    assert again.body["items"] == first.body["items"]
    assert len((await talk.read()).body["items"]) == 2


async def test_only_what_is_new_is_read(talk: Talk) -> None:
    await talk.send("居住证怎么办")
    await talk.send("要多久?")
    found = (await talk.read(after=2)).body["items"]
    assert [one["seq"] for one in found] == [3, 4]
    assert found[1]["quotes"] == ["15 个工作日内办结。"]


async def test_person_is_called_and_further_words_wait_for_him(talk: Talk) -> None:
    called = await talk.send("", act="person")
    assert (called.body["stage"], called.body["reason"]) == ("waiting", "asked")
    assert called.body["promised_by"] is not None
    more = await talk.send("居住证怎么办")
    assert [one["author"] for one in more.body["items"]] == ["visitor"]


async def test_conversation_opens_to_its_key_alone(talk: Talk) -> None:
    await talk.send("居住证怎么办")
    for key in ("", "x", "A" * 43):
        stranger = Talk(talk.program, talk.id, key)
        assert [(await stranger.read()).status, (await stranger.send("你好")).status] == [404, 404]


async def test_what_can_not_be_taken_is_told(talk: Talk) -> None:
    assert (await talk.send("")).status == 422
    assert (await talk.send("x" * 501)).status == 422
    assert (await talk.send(CHILD.id, act="reading")).status == 422
    assert (await talk.send("你好", act="dance")).status == 422


async def test_program_that_is_too_fast_must_wait(talk: Talk) -> None:
    statuses = [(await talk.send("你好")).status for _ in range(32)]
    assert statuses[0] == 200
    assert statuses[-1] == 429
