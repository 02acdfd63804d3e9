"""Two processes on one MongoDB: what one commits the other hears of, by a change stream or by looking."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from pymongo.errors import OperationFailure
from support import mongo
from support.store import Maker

from minxin.consult.chat.records import Presence
from minxin.consult.records import Letter, WorkOrder
from minxin.core.changes import Changes, Job
from minxin.core.store import Queue
from minxin.mailbox.records import Account
from minxin.store.mongo import news
from minxin.store.mongo.client import Driver
from minxin.store.mongo.store import MongoStore

pytestmark = pytest.mark.fault
LONGEST_S = 60.0


@pytest.fixture
def make() -> Maker:
    return Maker()


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[MongoStore]:
    opened = await MongoStore.open(mongo.address_of(tmp_path))
    yield opened
    await opened.close()
    mongo.release(tmp_path)


@pytest.fixture
async def there(tmp_path: Path, here: MongoStore) -> AsyncIterator[MongoStore]:
    opened = await MongoStore.open(mongo.address_of(tmp_path))
    yield opened
    await opened.close()


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(LONGEST_S):
        while True:
            if true():
                return
            await asyncio.sleep(0.01)


def _without_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(*_: object) -> None:
        raise OperationFailure("The $changeStream stage is only supported on replica sets", 40_573)

    monkeypatch.setattr(news, "watch", refused)


async def test_what_another_process_committed_before_the_call_shows_after_it(
    here: MongoStore, there: MongoStore, make: Maker
) -> None:
    await here.catch_up()
    letter = make.letter()
    await there.commit(make.numbered(letter))
    before = here.generation(WorkOrder, office_id="water"), here.generation(WorkOrder, office_id="roads")
    await there.commit(Changes(inserts=[make.order(letter_id=letter.id, office_id="water")]))
    assert here.generation(WorkOrder, office_id="water") == before[0]

    await here.catch_up()

    assert here.generation(WorkOrder, office_id="water") > before[0]
    assert here.generation(WorkOrder, office_id="roads") == before[1]


async def test_who_was_behind_by_more_than_the_ring_takes_everything_for_touched(
    here: MongoStore, there: MongoStore, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "RING", 3)
    await here.catch_up()
    before = here.generation(Letter)
    for _ in range(3):
        await there.commit(Changes(inserts=[make.account()]))
    await here.catch_up()
    assert here.generation(Letter) == before
    for _ in range(4):
        await there.commit(Changes(inserts=[make.account()]))
    await here.catch_up()
    assert here.generation(Letter) > before


async def test_all_who_ask_at_once_share_a_look_that_began_after_they_asked(
    here: MongoStore, there: MongoStore, make: Maker
) -> None:
    await here.catch_up()
    before = here.generation(Account)
    begun = asyncio.create_task(here.catch_up())
    await asyncio.sleep(0)
    await there.commit(Changes(inserts=[make.account()]))
    await asyncio.gather(*(here.catch_up() for _ in range(20)))
    assert here.generation(Account) > before
    await begun


@pytest.mark.parametrize("driver", list(Driver))
@pytest.mark.parametrize("streams", [True, False], ids=["streams", "looking"])
async def test_who_listens_is_told_woken_and_whispered_to(
    tmp_path: Path, here: MongoStore, make: Maker, monkeypatch: pytest.MonkeyPatch, streams: bool, driver: Driver
) -> None:
    if not streams:
        _without_streams(monkeypatch)
    told, words = list[str](), list[tuple[str, str]]()
    there = await MongoStore.open(mongo.address_of(tmp_path), driver=driver)
    there.watch(Presence, told.append)
    there.overhear(lambda topic, word: words.append((topic, word)))
    bell = there.bell(Queue.JOBS, ["judge"])
    there.listen()
    try:
        await _until(lambda: there.writer.missed == 1)
        presence = Presence(id="clerk", office_id="centre", on_duty=True, most=4, seen_at=make.now)
        rung = asyncio.create_task(bell.wait(10 * LONGEST_S))
        await here.commit(Changes(inserts=[presence], jobs=[Job("judge", "letter")]))
        await _until(lambda: told == ["clerk"])
        await asyncio.wait_for(rung, LONGEST_S)
        while not words:
            await here.whisper("conversation", "visitor")
            await asyncio.sleep(0.05)
        assert words[0] == ("conversation", "visitor")
    finally:
        await there.close()
