"""What only the embedded engine promises: its schema grows forward, its handles are renewed, its file is private."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from support.store import Maker

from minxin.consult.records import Attachment, Letter, RoutedBy
from minxin.core.audit import GENESIS, seal_audit, seal_event
from minxin.core.changes import AuditEntry, Changes, Event, OutboxEntry
from minxin.core.errors import ConfigError, DamagedError, UnavailableError
from minxin.core.paging import PageRequest
from minxin.core.store import Queue
from minxin.core.verify import verify
from minxin.store.sqlite import migrate as migrate_module
from minxin.store.sqlite.codec import encode
from minxin.store.sqlite.connect import FILE, open_reader, open_writer
from minxin.store.sqlite.migrate import FOLDER, migrate, schema_version
from minxin.store.sqlite.store import SqliteStore
from minxin.store.sqlite.tables import TABLES, Table


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await SqliteStore.open(tmp_path)
    yield opened
    await opened.close()


# Columns that no record has.
KEPT_BY_TRIGGERS = {"letters": ("marked",), "letter_marks": ("row",), "assignments": ("cancelled",)}


@pytest.fixture
def steps(tmp_path: Path) -> Path:
    """A folder of migrations: the real ones, and one more of two statements."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    for step in FOLDER.glob("*.sql"):
        (folder / step.name).write_text(step.read_text())
    (folder / "9999_last.sql").write_text("CREATE TABLE extra (id TEXT);\nINSERT INTO extra VALUES ('; odd');\n")
    return folder


def number_of(steps: Path) -> int:
    return len(list(steps.iterdir()))


async def test_the_file_is_for_its_owner_only(store: SqliteStore, tmp_path: Path) -> None:
    await store.commit(Maker().intake())

    assert modes_in(tmp_path) == {FILE: 0o600, f"{FILE}-wal": 0o600, f"{FILE}-shm": 0o600}


def modes_in(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: str(table.name))
async def test_the_columns_that_are_computed_are_those_of_the_schema(
    store: SqliteStore, tmp_path: Path, table: Table[Letter]
) -> None:
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        names = [row[1] for row in connection.execute(f"PRAGMA table_info({table.name})")]

    computed = ["id", "version", "body", *(name for name, _ in table.columns)]
    assert sorted(names) == sorted([*computed, *KEPT_BY_TRIGGERS.get(table.name, ())])


async def test_commits_are_synced_in_full(tmp_path: Path, store: SqliteStore) -> None:
    with closing(open_writer(tmp_path / FILE)) as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


async def test_a_newer_schema_is_refused_with_a_sentence(tmp_path: Path) -> None:
    await (await SqliteStore.open(tmp_path)).close()
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        connection.execute("PRAGMA user_version = 99")

    with pytest.raises(ConfigError, match="99"):
        await SqliteStore.open(tmp_path)


async def test_who_only_reads_refuses_an_older_schema_and_says_what_to_do(tmp_path: Path) -> None:
    await (await SqliteStore.open(tmp_path)).close()
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        connection.execute("PRAGMA user_version = 15")

    with pytest.raises(ConfigError, match="schema 15.*minxin migrate"):
        open_reader(tmp_path / FILE)


async def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database at all" * 100)

    with pytest.raises(DamagedError):
        await SqliteStore.open(tmp_path)


async def test_a_folder_that_can_not_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigError):
        await SqliteStore.open(tmp_path / "file" / "store")


async def test_migrations_run_once_each_and_keep_what_is_there(tmp_path: Path, steps: Path) -> None:
    store = await SqliteStore.open(tmp_path)
    await store.commit(Maker().intake(id="old"))
    await store.close()
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as connection:
        migrate(connection, steps)
        migrate(connection, steps)

        assert schema_version(connection) == number_of(steps)
        assert connection.execute("SELECT id FROM extra").fetchall() == [("; odd",)]
        assert connection.execute("SELECT id FROM letters").fetchall() == [("old",)]


async def test_chains_of_before_hold_and_go_on(tmp_path: Path) -> None:
    before = tmp_path / "before"
    before.mkdir()
    for step in sorted(FOLDER.glob("*.sql"))[:23]:
        (before / step.name).write_text(step.read_text())
    make = Maker()
    first = seal_event(GENESIS, Event("letter:x", "received", make.now, "w", data={"n": 1}))
    said = seal_audit(GENESIS, AuditEntry(make.now, "w", "letter.received", "x"))
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as connection:
        migrate(connection, before)
        event = ("letter:x", 1, first.prev, first.hash, encode(first.event))
        connection.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?)", event)
        connection.execute("INSERT INTO streams VALUES ('letter:x', 1, ?, 0)", (first.hash,))
        connection.execute("INSERT INTO audit VALUES (1, ?, ?, 'w', ?)", (said.prev, said.hash, encode(said.entry)))
        connection.execute("INSERT INTO heads VALUES ('audit', 1, ?)", (said.hash,))
        connection.execute("INSERT INTO blobs VALUES ('b', x'00')")

    store = await SqliteStore.open(tmp_path)
    assert await store.events("letter:x") == [first]
    assert (await store.audit_page(PageRequest(None, 5), "w")).items == [said]
    assert await store.blob("b") == b"\x00"
    more = Changes(events=[Event("letter:x", "read", make.now, "h")], audit=[AuditEntry(make.now, "h", "read", "x")])
    await store.commit(more)
    assert (await verify(store)).broken is None
    assert [one.seq for one in await store.events("letter:x")] == [1, 2]
    await store.close()


def test_what_was_kept_before_gets_the_columns_that_came_later(tmp_path: Path) -> None:
    first = tmp_path / "first"
    first.mkdir()
    (step,) = FOLDER.glob("0001_*.sql")
    (first / step.name).write_text(step.read_text())
    turn = msgspec.json.encode(Maker().assignment(routed_by=RoutedBy.JUDGE))
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, first)
        connection.execute("INSERT INTO examples VALUES ('e', 1, ?, 7)", (b"{}",))
        connection.execute("INSERT INTO assignments VALUES ('a', 1, ?, 'o', 'l', 'roads', 7, 8, 0)", (turn,))
        connection.execute("INSERT INTO places VALUES ('p', 1, ?, 7)", (b'{"source": "clerk"}',))
        migrate(connection)

        assert connection.execute("SELECT changed_at FROM examples").fetchone() == (7,)
        assert connection.execute("SELECT routed_by, return_due FROM assignments").fetchone() == ("judge", 7)
        assert connection.execute("SELECT source FROM places").fetchone() == ("clerk",)


@pytest.mark.parametrize("damaged", [False, True])
def test_bytes_that_nothing_named_before_are_swept_unless_a_record_can_not_be_read(
    tmp_path: Path, damaged: bool
) -> None:
    first = tmp_path / "first"
    first.mkdir()
    (step,) = FOLDER.glob("0001_*.sql")
    (first / step.name).write_text(step.read_text())
    file = Attachment("f", "photo", "f.jpg", "image/jpeg", 1)
    letter = msgspec.json.encode(Maker().letter(id="l", raw_blob="raw", attachments=(file,)))
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, first)
        connection.execute("INSERT INTO letters VALUES ('l', 1, ?, '2026', 1, 'k', 'w', 's', 0, 7)", (letter,))
        connection.execute("INSERT INTO letter_drafts VALUES ('d', 1, ?, 'w', 7)", (b"{" if damaged else b"{}",))
        for name in ("raw", "photo", "nobody's"):
            connection.execute("INSERT INTO blobs VALUES (?, x'00')", (name,))
        migrate(connection)

        named = connection.execute("SELECT kind, record_id, blob_id FROM blob_names ORDER BY blob_id").fetchall()
        assert named == [("letters", "l", "photo"), ("letters", "l", "raw")]
        loose = [] if damaged else [("nobody's", None)]
        assert connection.execute("SELECT blob_id, since FROM loose_blobs").fetchall() == loose


def test_a_migration_that_is_cut_off_leaves_nothing_and_runs_again(tmp_path: Path, steps: Path) -> None:
    """At every statement of all steps, whether the process dies there or the statement fails."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, steps)
        whole = connection.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY name").fetchall()
    statements = sum(len(list(migrate_module._statements(step.read_text()))) for step in steps.iterdir())

    for place in range(statements):
        with closing(sqlite3.connect(":memory:", isolation_level=None, factory=Failing)) as connection:
            connection.fail_at(place)
            with pytest.raises(sqlite3.OperationalError):
                migrate(connection, steps)
            connection.fail_at(None)
            migrate(connection, steps)

            assert connection.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY name").fetchall() == whole
            assert connection.execute("SELECT COUNT(*) FROM extra").fetchone() == (1,)


class Failing(sqlite3.Connection):
    """A connection that fails at one of the statements that make the schema, and at any COMMIT when told so."""

    place: int | None = None
    commits_fail = False

    def fail_at(self, place: int | None) -> None:
        self.place = place

    def execute(self, sql: str, *values: object) -> sqlite3.Cursor:  # type: ignore[override]
        if self.commits_fail and sql == "COMMIT":
            raise disk_error()
        if self.place is not None and sql.lstrip().startswith(("CREATE", "INSERT", "ALTER", "UPDATE", "DROP", "--")):
            if self.place == 0:
                raise sqlite3.OperationalError("cut off")
            self.place -= 1
        return super().execute(sql, *values)


def disk_error() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
    return error


async def test_a_failed_commit_is_told_to_all_of_its_group_and_the_handle_is_renewed(store: SqliteStore) -> None:
    make = Maker()
    await store.commit(make.intake(id="before"))
    plans = [make.intake() for _ in range(5)]
    failing = sqlite3.connect(store.writer._path, isolation_level=None, check_same_thread=False, factory=Failing)
    failing.commits_fail = True
    old, store.writer._connection = store.writer._connection, failing
    assert old is not None
    old.close()

    results = await asyncio.gather(*(store.commit(plan) for plan in plans), return_exceptions=True)
    after = await store.commit(make.intake(id="after"))

    assert [type(result) for result in results] == [UnavailableError] * 5
    assert store.writer._connection is not failing
    assert [await store.get(Letter, plan.inserts[0].id) for plan in plans] == [None] * 5
    assert after.numbers == {"after": "2026-000002"}
    assert (await verify(store)).broken is None


async def test_a_lock_held_by_another_process_is_waited_for_or_said(tmp_path: Path, store: SqliteStore) -> None:
    connection = store.writer._connection
    assert connection is not None
    connection.execute("PRAGMA busy_timeout = 50")
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(UnavailableError):
            await store.commit(Maker().intake())
        other.execute("ROLLBACK")

    await store.commit(Maker().intake())
    assert (await verify(store)).numbers == 1


async def test_two_processes_may_write_in_turn_without_a_gap_or_a_fork(tmp_path: Path, store: SqliteStore) -> None:
    """An import may run beside the server: nothing that matters is remembered between two transactions."""
    other = await SqliteStore.open(tmp_path)
    make = Maker()

    await asyncio.gather(*(place.commit(make.intake()) for place in [store, other] * 20))
    verdict = await verify(store)
    await other.close()

    assert (verdict.broken, verdict.numbers, verdict.audit) == (None, 40, 40)


async def test_more_writers_than_may_wait_are_told_at_once(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path, max_waiting=3)
    make = Maker()

    results = await asyncio.gather(*(store.commit(make.intake()) for _ in range(5)), return_exceptions=True)
    later = await store.commit(make.intake())
    await store.close()

    assert [isinstance(result, UnavailableError) for result in results] == [False, False, False, True, True]
    assert list(later.numbers.values()) == ["2026-000004"]


async def test_a_reader_whose_query_failed_gets_a_new_handle(store: SqliteStore) -> None:
    await store.commit(Maker().intake(id="x"))

    with pytest.raises(UnavailableError):
        await store.reader.read(lambda db: db.execute("SELECT * FROM nothing"))

    assert await store.get(Letter, "x") is not None


async def test_a_record_that_can_not_be_read_is_damaged(tmp_path: Path, store: SqliteStore) -> None:
    await store.commit(Maker().intake(id="x"))
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as connection:
        connection.execute("UPDATE letters SET body = x'ff'")

    with pytest.raises(DamagedError):
        await store.get(Letter, "x")


async def test_readers_can_not_write(store: SqliteStore) -> None:
    with pytest.raises(UnavailableError):
        await store.reader.read(lambda db: db.execute("DELETE FROM letters"))


async def test_an_event_that_can_not_be_written_as_json_fails_alone(store: SqliteStore) -> None:
    make = Maker()
    bad = make.intake(id="bad")
    bad.events[0].data["object"] = object()

    results = await asyncio.gather(
        store.commit(make.intake()), store.commit(bad), store.commit(make.intake()), return_exceptions=True
    )

    assert isinstance(results[1], TypeError)
    assert await store.get(Letter, "bad") is None
    assert (await verify(store)).numbers == 2


async def test_a_number_without_a_series_is_our_own_mistake(store: SqliteStore) -> None:
    with pytest.raises(KeyError):
        await store.commit(Changes(inserts=[Maker().letter()]))


async def test_what_was_sent_stays_as_an_entry_without_what_it_said(store: SqliteStore, tmp_path: Path) -> None:
    now = Maker.now
    await store.commit(Changes(outbox=[OutboxEntry("sms", "one", {"phone": "sealed number"})]))
    (claim,) = await store.claim(Queue.OUTBOX, ["sms"], now, timedelta(minutes=1), 1)
    assert await store.finish(claim, now)
    await store.commit(Changes(outbox=[OutboxEntry("sms", "one", {"phone": "sealed number"})]))

    assert await store.claim(Queue.OUTBOX, ["sms"], now + timedelta(days=1), timedelta(minutes=1), 1) == []
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        assert connection.execute("SELECT key, payload FROM work").fetchall() == [("one", b"{}")]
