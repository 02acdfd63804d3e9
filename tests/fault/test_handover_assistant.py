"""The assistant throws on every call: everybody gets a person or a letter that runs from his first message."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest
from support.chat import CITIZEN, CLERK, ChatCity, open_chat_city
from support.handover import Said, lost

from minxin.classifier.personal.finder import PersonalFinder
from minxin.consult.assistant.hearing import Act, Heard
from minxin.consult.assistant.service import Assistant, Visit
from minxin.core.actor import Actor
from minxin.core.judgement import Judgement
from minxin.core.passages import Hit, Passage, Source

CHATS = 8
pytestmark = pytest.mark.fault


class Broken:
    """A retriever, judge and rules in one that throw at whatever they are asked."""

    async def search(self, question: str, limit: int = 10, sources: frozenset[Source] | None = None) -> list[Hit]:
        raise RuntimeError("search")

    async def passages(self, ids: Collection[str]) -> dict[str, Passage]:
        raise RuntimeError("passages")

    async def judge(self, subject: str, body: str, place: str = "") -> Judgement:
        raise RuntimeError("judge")

    def __call__(self, subject: str, body: str) -> Judgement:
        raise RuntimeError("rules")


def broken_assistant(city: ChatCity) -> Assistant:
    broken = Broken()
    promised = city.chat.room.rules.promised
    return Assistant(city.store, city.clock, broken, broken, broken, PersonalFinder(), promised)


async def everybody_asks(city: ChatCity, said: Said, chats: int) -> None:
    """Have so many citizens ask the broken assistant."""
    assistant = broken_assistant(city)
    for number in range(chats):
        words = f"第 {number} 个 助手故障时咨询"
        visit = Visit(f"browser {number}", Actor(f"citizen {number}", CITIZEN.roles))
        await assistant.hear(visit, Heard(Act.SAY, words), f"token {number}")
        said.words.append(words)


@pytest.mark.parametrize("staffed", [False, True])
async def test_no_chat_is_lost_when_the_assistant_throws_on_every_call(tmp_path: Path, staffed: bool) -> None:
    said = Said()
    async with open_chat_city(tmp_path, judge=Broken()) as city:
        if staffed:
            await city.chat.desk.go_on_duty(CLERK, CHATS)
        await everybody_asks(city, said, CHATS)
        for _ in range(2):  # the judge that tells the office throws as well: then the centre has it, at the next look
            await city.chat.tending.tend()
        for one in await city.store.served_by(CLERK.id):
            await city.chat.desk.say(CLERK, one.id, "您好，请讲。")
        assert len(await city.store.letter_numbers()) == (0 if staffed else CHATS)
    assert await lost(tmp_path, said) == []


async def test_the_count_sees_them_lost_when_nobody_looks_after_them(tmp_path: Path) -> None:
    said = Said()
    async with open_chat_city(tmp_path) as city:
        await everybody_asks(city, said, CHATS)
    assert len(await lost(tmp_path, said)) == CHATS
