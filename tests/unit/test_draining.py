"""What commits wrote goes from the log into the file without them (store/sqlite/draining.py)."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from minxin.store.sqlite import draining
from minxin.store.sqlite.draining import ROWS, LogDrain

PATIENCE_S = 20.0
OLD = b"of old   " * 1_000
NEW = b"brand-new" * 1_000


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "PAUSE_S", 0.01)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.db"


@pytest.fixture
def writer(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that never takes its log into the file by itself; the table is in the file already."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("CREATE TABLE things (body BLOB)")
        connection.execute("INSERT INTO things VALUES (?)", (OLD,))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        yield connection


@pytest.fixture
def drain(path: Path, writer: sqlite3.Connection) -> Iterator[LogDrain]:
    with closing(LogDrain(path)) as drain:
        yield drain


def holds(path: Path, body: bytes) -> bool:
    return body[:500] in path.read_bytes()


def soon(look: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_S
    while not look() and time.monotonic() < deadline:
        time.sleep(0.01)
    return look()


def test_the_log_goes_into_the_file_after_many_rows(path: Path, writer: sqlite3.Connection, drain: LogDrain) -> None:
    writer.execute("UPDATE things SET body = ?", (NEW,))
    drain.wrote(ROWS - 1)
    assert not holds(path, NEW)

    drain.wrote(1)

    assert soon(lambda: holds(path, NEW))


def test_a_commit_goes_on_while_a_reader_holds_the_log(path: Path, writer: sqlite3.Connection, drain: LogDrain) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT body FROM things").fetchone() == (OLD,)
        writer.execute("UPDATE things SET body = ?", (NEW,))
        drain.wrote(ROWS)

        assert reader.execute("SELECT body FROM things").fetchone() == (OLD,)
        assert writer.execute("SELECT body FROM things").fetchone() == (NEW,)
        reader.execute("COMMIT")

    drain.wrote(ROWS)
    assert soon(lambda: holds(path, NEW))


def test_what_could_not_be_taken_over_is_taken_the_next_time(
    path: Path, writer: sqlite3.Connection, drain: LogDrain, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = path.with_name("elsewhere")
    os.rename(path, elsewhere)
    drain.wrote(ROWS)
    assert soon(lambda: "will be later" in caplog.text)

    os.rename(elsewhere, path)
    writer.execute("UPDATE things SET body = ?", (NEW,))
    drain.wrote(ROWS)

    assert soon(lambda: holds(path, NEW))
