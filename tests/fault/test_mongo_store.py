"""MongoDB under faults: other writers, refused statements, lost answers, a server that is not there."""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pymongo
import pytest
from pymongo import monitoring
from support import mongo
from support.store import Maker

from minxin.consult.records import Letter
from minxin.core.changes import Changes, Job, OutboxEntry, blob_of
from minxin.core.errors import ConfigError, UnavailableError
from minxin.core.store import Queue
from minxin.core.verify import verify
from minxin.store.mongo.client import Driver
from minxin.store.mongo.pieces import FIRST_BYTES, PIECE_BYTES
from minxin.store.mongo.store import MongoStore

pytestmark = pytest.mark.fault
LONGEST_S: Final = 10.0
# Takes its turn and never gives it back.
IN_ITS_TURN: Final = """
import asyncio, sys
from minxin.store.mongo.store import MongoStore

async def work(transaction):
    print("in", flush=True)
    await asyncio.sleep(600)

async def main():
    await (await MongoStore.open(sys.argv[1])).writer.write(work)

asyncio.run(main())
"""


@pytest.fixture
def make() -> Maker:
    return Maker()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[MongoStore]:
    opened = await MongoStore.open(mongo.address_of(tmp_path))
    yield opened
    await opened.close()
    mongo.release(tmp_path)


@contextmanager
def failing(command: str, times: int, **how: Any) -> Iterator[None]:
    """Have the server answer the next such commands with an error, or not at all."""
    if mongo.is_real():
        pytest.skip("a real server is not told to fail")
    with pymongo.MongoClient(mongo.server()) as client:
        data = {"failCommands": [command], "appName": "minxin", **how}
        client.admin.command("configureFailPoint", "failCommand", mode={"times": times}, data=data)
        yield
        client.admin.command("configureFailPoint", "failCommand", mode="off")


class Writes(monitoring.CommandListener):
    """Keeps the write concern of every command that ends a write."""

    def __init__(self) -> None:
        self.concerns: list[tuple[str, Any]] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        ends = {"insert", "update", "delete", "bulkWrite", "findAndModify"}
        if event.command_name == "commitTransaction" or (
            event.command_name in ends and "autocommit" not in event.command
        ):
            self.concerns.append((event.command_name, event.command.get("writeConcern")))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


async def test_every_write_waits_for_the_journals_of_a_majority(tmp_path: Path, make: Maker) -> None:
    writes = Writes()
    monitoring.register(writes)
    store = await MongoStore.open(mongo.address_of(tmp_path))
    try:
        await store.commit(make.intake() + Changes(outbox=[OutboxEntry("sms", "a"), OutboxEntry("sms", "b")]))
        one, two = await store.claim(Queue.OUTBOX, ["sms"], make.now, make.at(minutes=1) - make.now, 2)
        await store.finish(one, make.now)
        await store.fail(two, make.now, "no answer", make.at(minutes=1))
        await store.checkpoint(make.now)
    finally:
        await store.close()
    concerns = list(writes.concerns)
    mongo.release(tmp_path)

    assert {name for name, _ in concerns} == {"commitTransaction", "update"}
    assert [concern for _, concern in concerns] == [{"w": "majority", "j": True}] * len(concerns)


async def test_two_processes_write_one_chain_and_one_series(store: MongoStore, tmp_path: Path, make: Maker) -> None:
    other = await MongoStore.open(mongo.address_of(tmp_path))
    try:

        async def write(into: MongoStore) -> None:
            for _ in range(5):
                await into.commit(make.intake())

        await asyncio.gather(*(write(into) for into in (store, other) for _ in range(4)))
    finally:
        await other.close()

    assert [number for number, _ in await store.letter_numbers()] == [f"2026-{one:06d}" for one in range(1, 41)]
    verdict = await verify(store)
    assert (verdict.broken, verdict.audit) == (None, 40)


async def test_two_processes_never_hold_the_same_work(store: MongoStore, tmp_path: Path, make: Maker) -> None:
    await store.commit(Changes(jobs=[Job("judge", str(place)) for place in range(40)]))
    other = await MongoStore.open(mongo.address_of(tmp_path))
    try:
        hold = make.at(minutes=1) - make.now
        batches = await asyncio.gather(
            *(into.claim(Queue.JOBS, ["judge"], make.now, hold, 10) for into in (store, other, store, other))
        )
    finally:
        await other.close()

    keys = [claim.work.key for batch in batches for claim in batch]
    assert len(keys) == len(set(keys)) == 40


async def test_who_is_killed_in_its_turn_holds_others_up_until_the_server_ends_its_transaction(
    store: MongoStore, tmp_path: Path, make: Maker
) -> None:
    address = mongo.address_of(tmp_path)
    killed = await asyncio.create_subprocess_exec(sys.executable, "-c", IN_ITS_TURN, address, stdout=PIPE)
    assert killed.stdout is not None
    assert await killed.stdout.readline() == b"in\n"
    killed.kill()
    await killed.wait()
    hasty = await MongoStore.open(address.replace(f"timeoutMS={mongo.PATIENCE_MS}", "timeoutMS=1000"))
    try:
        with pytest.raises(UnavailableError):
            await hasty.commit(make.intake())
    finally:
        await hasty.close()
    mongo.end_transactions()
    await store.commit(make.intake())
    assert len(await store.letter_numbers()) == 1


async def test_a_transaction_that_others_were_in_the_way_of_is_begun_anew(store: MongoStore, make: Maker) -> None:
    with failing("update", 3, errorCode=112, errorLabels=["TransientTransactionError"]):
        committed = await store.commit(make.intake())

    assert list(committed.numbers.values()) == ["2026-000001"]


async def test_a_commit_whose_answer_is_lost_is_written_once(store: MongoStore, make: Maker) -> None:
    with failing("commitTransaction", 3, closeConnection=True):
        committed = await store.commit(make.intake())

    assert list(committed.numbers.values()) == ["2026-000001"]
    assert len(await store.letter_numbers()) == 1
    assert await store.waiting(Queue.JOBS) == 2
    assert (await verify(store)).broken is None


async def test_what_the_server_refuses_of_one_is_not_refused_to_the_others(store: MongoStore, make: Maker) -> None:
    plans = [make.intake() for _ in range(4)]
    with failing("update", 1, errorCode=2):
        results = await asyncio.gather(*(store.commit(plan) for plan in plans))

    assert sorted(number for one in results for number in one.numbers.values()) == [
        f"2026-{place:06d}" for place in range(1, 5)
    ]


async def test_bytes_larger_than_a_document_come_back_as_they_were(store: MongoStore) -> None:
    blob = blob_of(bytes(range(256)) * ((FIRST_BYTES + 2 * PIECE_BYTES) // 256) + b"end")
    await store.commit(Changes(blobs=[blob]))

    assert await store.blob(blob.id) == blob.data
    assert await store.blob_digest(blob.id) == blob.id


# A connection that PyMongo still opens when its client is closed is closed by the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_server_that_is_not_there_is_unavailable_within_a_persons_patience() -> None:
    started = time.monotonic()
    with pytest.raises(UnavailableError):
        await MongoStore.open("mongodb://127.0.0.1:1/minxin?replicaSet=none")
    assert time.monotonic() - started < LONGEST_S
    gc.collect()


@pytest.mark.parametrize("address", ["mongodb://", "mongodb://host:port/", "http://example.org/"])
async def test_an_address_that_is_none_is_refused_with_words(address: str) -> None:
    with pytest.raises(ConfigError):
        await MongoStore.open(address)


async def test_a_database_of_a_newer_version_is_left_alone(store: MongoStore, tmp_path: Path) -> None:
    with pymongo.MongoClient(mongo.server()) as client:
        database = client.get_database(store.reader.database.name)
        database["meta"].update_one({"_id": "schema"}, {"$set": {"version": 99}})
        with pytest.raises(ConfigError):
            await MongoStore.open(mongo.address_of(tmp_path), driver=Driver.PYMONGO)
        database["meta"].update_one({"_id": "schema"}, {"$set": {"version": 1}})


async def test_a_record_that_is_no_json_any_more_is_told_as_damaged(store: MongoStore, make: Maker) -> None:
    plan = make.intake()
    await store.commit(plan)
    with pymongo.MongoClient(mongo.server()) as client:
        database = client.get_database(store.reader.database.name)
        database["events"].update_one({"seq": 1}, {"$set": {"body": b"{}"}})

    assert (await verify(store)).broken is not None
    assert await store.get(Letter, plan.inserts[0].id) is not None
