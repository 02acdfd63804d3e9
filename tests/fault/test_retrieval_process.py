"""The searching process dies, hangs or never comes: whoever asks is told so at once, and the next one is answered."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from support.bad_search import FOUND, POISON, command

from minxin.core.errors import DamagedError, UnavailableError
from minxin.deploy.retrieval_frames import Changed, News
from minxin.deploy.retrieval_process import MOST_WAITING, RetrievalProcess

pytestmark = pytest.mark.fault
LIMIT_S = 0.3


class Feed:
    """Counts the children that were told everything."""

    made = 0

    def __init__(self) -> None:
        Feed.made += 1
        self._news: list[News] = [Changed((), ())]

    async def news(self) -> AsyncIterator[News]:
        while self._news:
            yield self._news.pop(0)


class Unread:
    """A store that can't be read."""

    async def news(self) -> AsyncIterator[News]:
        raise DamagedError("store")
        yield


@asynccontextmanager
async def opened(*arguments: str, source: type = Feed, limit_s: float = LIMIT_S) -> AsyncIterator[RetrievalProcess]:
    process = RetrievalProcess(arguments, source, limit_s=limit_s)
    try:
        yield process
    finally:
        await process.close()


@pytest.mark.parametrize("fault", ["dies", "hangs"])
async def test_who_asks_when_it_fails_is_told_and_the_next_one_is_answered(
    fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    before = Feed.made
    async with opened(*command(fault)) as process:
        assert await process.find("居住证", 3) == (FOUND,)
        with pytest.raises(UnavailableError):
            await process.find(POISON, 3)
        assert await process.find("居住证", 3) == (FOUND,)

    assert Feed.made == before + 2
    assert [record.levelno for record in caplog.records if getattr(record, "event", "") == "search_lost"] == [
        logging.WARNING
    ]
    assert POISON not in caplog.text


async def test_a_killed_child_is_followed_by_another() -> None:
    async with opened(*command("dies")) as process:
        await process.find("居住证", 3)
        first = process.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        while process.pid == first:  # noqa: ASYNC110 - nothing tells when a child is missed
            await asyncio.sleep(0.001)

        assert await process.find("居住证", 3) == (FOUND,)


async def test_many_who_ask_at_once_are_answered_in_turn() -> None:
    async with opened(*command("dies")) as process:
        found = await asyncio.gather(*(process.find("居住证", 3) for _ in range(50)))

    assert found == [(FOUND,)] * 50


async def test_who_comes_after_too_many_is_told_to_come_again() -> None:
    async with opened(*command("hangs")) as process:
        asking = [asyncio.ensure_future(process.find(POISON, 3)) for _ in range(MOST_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(UnavailableError):
            await process.find("居住证", 3)

        assert {type(one) for one in await asyncio.gather(*asking, return_exceptions=True)} == {UnavailableError}


@pytest.mark.parametrize("arguments", [("/no/such/program",), ("/bin/false",)])
async def test_who_asks_a_child_that_can_not_be_started_is_told(arguments: tuple[str, ...]) -> None:
    async with opened(*arguments) as process:
        with pytest.raises(UnavailableError):
            await process.find("居住证", 3)


async def test_what_can_not_be_read_does_not_keep_it_from_searching(caplog: pytest.LogCaptureFixture) -> None:
    async with opened(*command("dies"), source=Unread) as process:
        assert await process.find("居住证", 3) == (FOUND,)

    assert "passages_unread" in {getattr(record, "event", "") for record in caplog.records}


async def test_nobody_waits_for_ever_when_it_is_closed() -> None:
    async with opened(*command("hangs"), limit_s=30) as process:
        asking = asyncio.ensure_future(process.find(POISON, 3))
        await asyncio.sleep(0)
        await process.close()
        with pytest.raises(UnavailableError):
            await asking
