"""What may offend in a visitor's words: each message is read once, all of them within one short time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from minxin.consult.chat import abuse as module
from minxin.consult.chat.abuse import ChatAbuse
from minxin.consult.chat.records import Author, Message
from minxin.core.abuse import Abuse, AbuseSpan

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


class Finder:
    """Finds the word 人渣; a text that begins with 慢 is never done."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def find(self, text: str) -> tuple[AbuseSpan, ...]:
        self.asked.append(text)
        if text.startswith("慢"):
            await asyncio.Event().wait()
        start = text.find("人渣")
        return (AbuseSpan(start, start + 2, "人渣", Abuse.INSULT),) if start >= 0 else ()


@pytest.fixture
def finder() -> Finder:
    return Finder()


def said(seq: int, text: str, author: Author = Author.VISITOR) -> Message:
    return Message(id=f"m{seq}", conversation_id="c", seq=seq, at=NOON, author=author, text=text)


async def test_visitors_words_alone_are_read_and_each_message_once(finder: Finder) -> None:
    abuse = ChatAbuse(finder)
    messages = [said(1, "你们这群人渣"), said(2, "请不要说人渣", Author.STAFF), said(3, ""), said(4, "路灯坏了")]
    for _ in range(2):
        assert {name: [one.text for one in spans] for name, spans in (await abuse.find(messages)).items()} == {
            "m1": ["人渣"]
        }
    assert finder.asked == ["你们这群人渣", "路灯坏了"]


async def test_slow_reading_keeps_no_page_and_loses_nothing_that_was_read(finder: Finder) -> None:
    abuse = ChatAbuse(finder, patience_s=0.05)
    messages = [said(1, "人渣"), said(2, "慢慢慢人渣"), said(3, "都是人渣")]
    async with asyncio.timeout(5):
        assert set(await abuse.find(messages)) == {"m1", "m3"}
    await abuse.find(messages)
    assert finder.asked.count("慢慢慢人渣") == 2
    assert finder.asked.count("人渣") == 1


async def test_of_a_long_conversation_the_newest_messages_are_read_first(finder: Finder) -> None:
    abuse = ChatAbuse(finder)
    messages = [said(number, f"人渣{number}") for number in range(module.READ_MOST + 5)]
    assert "m4" not in await abuse.find(messages)
    assert len(await abuse.find(messages)) == len(messages)


async def test_what_is_kept_is_bounded(finder: Finder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 2)
    abuse = ChatAbuse(finder)
    for number in (1, 2, 3):
        await abuse.find([said(number, f"路灯{number}")])
    await abuse.find([said(3, "路灯3")])
    await abuse.find([said(1, "路灯1")])
    assert finder.asked == ["路灯1", "路灯2", "路灯3", "路灯1"]
