"""A city is copied from one store into another: cut off and gone on with, changed meanwhile, tampered with, refused."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Final

import pymongo
import pytest
from support import mongo
from support.live import COMMAND
from support.mongo_city import said
from support.office import submission
from support.store import Maker
from support.stored import change_event, seeing_bodies
from support.told import FROM, WRITER
from support.web import open_city

from minxin.consult.alike_records import LetterMarks
from minxin.consult.letterbox import UploadedFile
from minxin.core.changes import AuditEntry, Changes, OutboxEntry, Usage, blob_of
from minxin.core.errors import ConfigError, UnavailableError
from minxin.core.store import Queue
from minxin.deploy import moving
from minxin.mailbox.mail.records import BoxAddress
from minxin.store.mongo.client import Driver
from minxin.store.mongo.store import MongoStore
from minxin.store.mongo.tables import COLLECTIONS, META
from minxin.store.moving.passing import Found, run_pass
from minxin.store.moving.rows import PASSING, ROW_SETS, Key, Row, RowSet
from minxin.store.sqlite.connect import FILE
from minxin.store.sqlite.store import SqliteStore
from minxin.store.sqlite.whole import COPY, SqliteWhole, open_source, open_target
from minxin.store.sqlite.whole_chains import CHAINS

pytestmark = pytest.mark.fault

LETTERS: Final = 20
LARGE: Final = 9 * 1024 * 1024  # bytes, more than one piece in MongoDB
TRIGGERED: Final = {"day_sums", "mark_index", "names", "sqlite_sequence"}  # which the engine itself fills
LOTS: Final = {"event_lots": "events", "audit_lots": "audit", "audit_actors": "audit"}  # whose entries they hold


@pytest.fixture
def make() -> Maker:
    return Maker()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with something in every corner: numbers, chains, queues, counters, marks, bytes of all sizes."""
    path = tmp_path_factory.mktemp("told") / "source"
    asyncio.run(_tell(path, Maker()))
    return path


async def _tell(path: Path, make: Maker) -> None:
    async with open_city(path) as city:
        for number in range(LETTERS):
            file = UploadedFile("收据.txt", f"停车费 {number} 元".encode())
            await city.services.letterbox.submit(WRITER, submission(token=str(number)), [file], origin=FROM)
        store, now = city.store, city.clock.now()
        letters = [letter_id for _, letter_id in await store.letter_numbers()]
        marks = [LetterMarks(id=letter_id, marks=(1, 2, 3)) for letter_id in reversed(letters)]
        await store.commit(Changes(inserts=[*marks, BoxAddress(id="x@y", box_id="b"), make.account(login="taken")]))
        await store.commit(Changes(blobs=[blob_of(bytes(LARGE))], usages=[Usage("box", 7)]))
        await store.checkpoint(now)
        await store.commit(Changes(outbox=[OutboxEntry("copied", "a", {"b": 1})], inserts=[make.account(login="free")]))
        (sent,) = await store.claim(Queue.OUTBOX, ["copied"], now, timedelta(minutes=2), 1)
        await store.finish(sent, now)
        done, failed = await store.claim(Queue.JOBS, ["judge", "parse"], now, timedelta(minutes=2), 2)
        await store.finish(done, now)
        await store.fail(failed, now, "broken", None)


@pytest.fixture
def folder(told: Path, tmp_path: Path) -> Path:
    """A store of the test's own."""
    return Path(shutil.copytree(told, tmp_path / "source"))


def test_every_table_and_collection_has_its_part(tmp_path: Path) -> None:
    names = {row_set.name for row_set in ROW_SETS}
    with open_target(tmp_path) as copy:
        tables = {row[0] for row in copy.connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    kept = {LOTS.get(table, table) for table in tables}
    assert names == kept - TRIGGERED - PASSING == set(COLLECTIONS) - {META} - PASSING


async def step(source: str, target: str, *words: str) -> tuple[int, str]:
    return await said("copy", "--from", source, "--to", target, *words)


async def test_copy_there_and_back_is_the_same_to_the_byte(folder: Path, tmp_path: Path) -> None:
    source, address, back = f"sqlite:{folder}", mongo.address_of(folder), f"sqlite:{tmp_path / 'back'}"
    for words in ((source, address), (source, address, "--final"), (address, back, "--final")):
        status, output = await step(*words)
        assert status == 0, output
    status, output = await step(source, back, "--check")
    assert (status, "0 missing, 0 other, 0 too many" in output) == (0, True), output
    assert _dump(folder) == _dump(tmp_path / "back")
    mongo.release(folder)


def _dump(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table, the index of like letters included; of the chains what numbers stand for."""
    with closing(sqlite3.connect(folder / FILE)) as database:
        names = [row[0] for row in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        rows = {
            name: database.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall()  # noqa: S608
            for name in names
            if name not in {"sqlite_sequence", "names", *CHAINS, *LOTS, *PASSING}
        }
        return rows | {name: CHAINS[name].rows(database, None, -1) for name in ("audit", "events")}


class Cut(SqliteWhole):
    """A target that is cut off after some writes."""

    left = 0

    async def write(self, row_set: RowSet, rows: Sequence[Row], gone: Iterable[Key]) -> None:
        self.left -= 1
        if self.left < 0:
            raise UnavailableError
        await super().write(row_set, rows, gone)


async def test_copy_that_is_cut_off_anywhere_goes_on_and_ends_equal(folder: Path, tmp_path: Path) -> None:
    cuts = 0
    with open_source(folder, alone=False) as source, open_target(tmp_path / "copy") as copy:
        while cuts < len(ROW_SETS):
            cut = Cut(copy.connection)
            cut.left = 2
            try:
                await run_pass(source, cut)
                break
            except UnavailableError:
                cuts += 1
        found = await run_pass(source, copy)
    assert cuts > 5
    assert (found.differed, found.left) == (0, 0)


async def test_killed_copy_into_mongodb_is_run_again_and_ends_equal(folder: Path) -> None:
    source, address = f"sqlite:{folder}", mongo.address_of(folder)
    killed = 0
    # Once before it can have ended, then at any moment.
    for patience_s in (0.5, random.uniform(1.5, 3.0), random.uniform(1.5, 3.0)):  # noqa: S311
        process = await asyncio.create_subprocess_exec(COMMAND, "copy", "--from", source, "--to", address)
        try:
            async with asyncio.timeout(patience_s):
                await process.wait()
        except TimeoutError:
            process.kill()
            killed += await process.wait() != 0
    with pytest.raises(ConfigError, match="not finished"):
        await MongoStore.open(address)
    status, output = await step(source, address, "--final")
    assert status == 0, output
    assert (await step(source, address, "--check"))[0] == 0
    assert killed
    mongo.release(folder)


async def test_what_changed_meanwhile_is_taken_over_by_the_last_step(folder: Path, make: Maker) -> None:
    source, address = f"sqlite:{folder}", mongo.address_of(folder)
    assert (await step(source, address))[0] == 0
    store = await SqliteStore.open(folder)
    held = await store.get(BoxAddress, "x@y")
    assert held is not None
    await store.commit(Changes(deletes=[held]))
    entry = AuditEntry(make.now, "writer", "address.move", "x@y")
    await store.commit(Changes(inserts=[BoxAddress(id="x@y", box_id="other")], audit=[entry]))
    status, output = await step(source, address, "--final")
    assert (status, "in use" in output) == (2, True), output
    await store.close()
    status, output = await step(source, address, "--final")
    assert status == 0, output
    opened = await MongoStore.open(address)
    moved = await opened.get(BoxAddress, "x@y")
    assert moved is not None and moved.box_id == "other"
    committed = await opened.commit(make.intake(id="after"))
    assert committed.numbers == {"after": f"2026-{LETTERS + 1:06d}"}
    await opened.close()
    mongo.release(folder)


async def test_unique_value_that_went_to_another_record_goes_there_too(tmp_path: Path, make: Maker) -> None:
    store = await SqliteStore.open(tmp_path / "source")
    first, second = make.account(id="a", login="taken"), make.account(id="b", login="free")
    await store.commit(Changes(inserts=[first, second]))
    source, address = f"sqlite:{tmp_path / 'source'}", mongo.address_of(tmp_path / "source")
    told = list[str]()
    await moving.copy(source, address, Driver.PYMONGO, told.append, lambda *_: None)
    await store.commit(Changes(puts=[make.account(id="b", login="gone", version=1)]))
    await store.commit(Changes(puts=[make.account(id="a", login="free", version=1)]))
    await store.commit(Changes(puts=[make.account(id="b", login="taken", version=2)]))
    await store.close()
    assert await moving.finish(source, address, Driver.PYMONGO, told.append, lambda *_: None), told
    mongo.release(tmp_path / "source")


async def test_tampering_is_found(folder: Path, tmp_path: Path) -> None:
    source, copy = f"sqlite:{folder}", f"sqlite:{tmp_path / 'copy'}"
    assert (await step(source, copy, "--final"))[0] == 0
    with closing(seeing_bodies(sqlite3.connect(tmp_path / "copy" / FILE))) as database:
        database.execute("UPDATE letters SET body = packed(replace(unpacked(body), '路灯', '路段')) WHERE serial = 1")
        database.execute(
            "UPDATE blobs SET data = zeroblob(length(data)), packed = 0 WHERE id = (SELECT min(id) FROM blobs)"
        )
        database.commit()
    status, output = await step(source, copy, "--check")
    assert (status, "letters " in output, "2 differ still" in output) == (1, True, True), output

    with closing(sqlite3.connect(folder / FILE)) as database:
        (stream,) = database.execute("SELECT name FROM names WHERE name LIKE 'letter:%' ORDER BY name").fetchone()
        change_event(database, stream, 1, lambda body: body.replace("2026", "2025"))
        database.commit()
    status, output = await step(source, f"sqlite:{tmp_path / 'second'}", "--final")
    assert (status, "BROKEN" in output) == (1, True), output
    assert not (tmp_path / "second" / FILE).exists()


async def test_backup_of_mongodb_is_restored_into_either_engine(folder: Path, tmp_path: Path) -> None:
    source, address = f"sqlite:{folder}", mongo.address_of(folder)
    assert (await step(source, address, "--final"))[0] == 0
    key, backup, data = tmp_path / "backup.key", tmp_path / "b.age", tmp_path / "data"
    _, public = await said("backup", "--new-key", key)
    status, output = await said("backup", backup, "--for", public.strip(), "--data", data, MINXIN_STORE=address)
    assert status == 0, output
    assert list(data.iterdir()) == []

    status, output = await said("restore", backup, "--key", key, "--data", tmp_path / "file")
    assert (status, "everything holds" in output) == (0, True), output
    there, here = _dump(tmp_path / "file"), _dump(folder)
    # Bytes that no record names came with the backup, and the next sweep looks at them.
    assert there.pop("loose_blobs") == here.pop("loose_blobs") != []
    assert there == here

    (tmp_path / "second").mkdir()
    second = mongo.address_of(tmp_path / "second")
    words = ("restore", backup, "--key", key, "--data", tmp_path / "again")
    status, output = await said(*words, MINXIN_STORE=second)
    assert (status, "everything is alike" in output) == (0, True), output
    assert list((tmp_path / "again").iterdir()) == []
    status, output = await step(address, second, "--check")
    assert status == 0, output
    status, output = await said(*words[:-1], tmp_path / "third", MINXIN_STORE=second)
    assert (status, "holds a city already" in output) == (2, True), output
    for path in (folder, tmp_path / "second"):
        mongo.release(path)


class TestRefusals:
    """A target that holds something else is left as it is."""

    async def test_store_that_is_there(self, folder: Path, tmp_path: Path, make: Maker) -> None:
        address = mongo.address_of(tmp_path / "other")
        (tmp_path / "other").mkdir()
        other = await MongoStore.open(address)
        await other.commit(make.intake(id="theirs"))
        for target in (address, f"sqlite:{folder}"):
            status, output = await step(f"sqlite:{folder}", target)
            assert status == 2, output
        assert other is not None
        await other.close()
        with pymongo.MongoClient(mongo.server()) as client:
            name = address.rpartition("/")[2].partition("?")[0]
            assert client[name]["letters"].count_documents({}) == 1
        mongo.release(tmp_path / "other")

    async def test_copy_of_another_city(self, folder: Path, tmp_path: Path, make: Maker) -> None:
        store = await SqliteStore.open(tmp_path / "second")
        await store.commit(make.intake())
        await store.close()
        copy = f"sqlite:{tmp_path / 'copy'}"
        assert (await step(f"sqlite:{tmp_path / 'second'}", copy))[0] == 0
        assert (tmp_path / "copy" / COPY).exists()
        status, output = await step(f"sqlite:{folder}", copy)
        assert (status, "another city" in output) == (2, True), output

    @pytest.mark.parametrize("words", [("sqlite:", "sqlite:x"), ("file:x", "sqlite:y"), ("sqlite:/none", "sqlite:y")])
    async def test_addresses(self, words: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        status, output = await step(*words)
        assert (status, "Traceback" in output) == (2, False), output


def test_named_differences_are_few() -> None:
    found = Found()
    found.leave(ROW_SETS[0], [(number,) for number in range(100)])
    assert (found.left, len(found.named)) == (100, 20)
