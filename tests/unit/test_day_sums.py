"""The table of sums by day: filled from what is there, and the same when each row comes by itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from shutil import copy

import pytest

from minxin.store.sqlite.migrate import FOLDER, migrate

HOUR = 3_600_000_000
LETTERS = "id, version, body, series, serial, intake_key, writer_id, state, sealed, received_at"
ORDERS = (
    "id, version, body, letter_id, state, sealed, urgent, extension_waits, redone, received_at, next_due, "
    "answered_at, ended_at"
)
COLUMNS = {"letters": LETTERS, "work_orders": ORDERS}


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A database of before there were sums, with letters of some days."""
    for step in sorted(FOLDER.glob("*.sql")):
        if step.name < "0027":
            copy(step, tmp_path)
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        migrate(database, tmp_path)
        _fill(database, Random(27))
        yield database


def _fill(database: sqlite3.Connection, dice: Random) -> None:
    for number in range(40):
        sealed, at = dice.random() < 0.2, 500_000 * HOUR + dice.randrange(100) * HOUR
        letter = (f"l{number}", 0, b"", "2026", number, f"key {number}", "writer", "accepted", sealed, at)
        _insert(database, "letters", letter)
        for part in range(dice.randrange(4)):
            ended = dice.choice([None, at + dice.randrange(100) * HOUR])
            answered = dice.choice([None, ended])
            order = (f"o{number}.{part}", 0, b"", f"l{number}", "s", sealed, 0, 0, 0, at, 0, answered, ended)
            _insert(database, "work_orders", order)


def _insert(database: sqlite3.Connection, table: str, row: tuple[object, ...]) -> None:
    marks = ", ".join("?" * len(row))
    database.execute(f"INSERT INTO {table} ({COLUMNS[table]}) VALUES ({marks})", row)  # noqa: S608


def _sums(database: sqlite3.Connection) -> list[tuple[int, ...]]:
    return database.execute("SELECT * FROM day_sums ORDER BY day").fetchall()


def test_a_store_of_before_gets_the_sums_that_it_would_have_kept(connection: sqlite3.Connection) -> None:
    migrate(connection)
    filled = _sums(connection)
    kept = {table: connection.execute(f"SELECT {names} FROM {table}").fetchall() for table, names in COLUMNS.items()}  # noqa: S608

    for table in kept:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608
    nothing = _sums(connection)
    for table, rows in kept.items():
        for row in rows:
            _insert(connection, table, row)

    assert nothing == []
    assert _sums(connection) == filled
    assert all(sum(row[place] for row in filled) for place in range(1, 6))
