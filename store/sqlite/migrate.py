"""Brings a database to the schema of this version: numbered steps, forward only, each one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from minxin.consult.traits import kept_order_traits, kept_turn_traits
from minxin.core.errors import ConfigError
from minxin.store.sqlite.chain_entries import unhexed
from minxin.store.sqlite.codec import SqlValue
from minxin.store.sqlite.columns import key_digest
from minxin.store.sqlite.into_lots import into_lots
from minxin.store.sqlite.tables import ASSIGNMENTS, WORK_ORDERS

FOLDER: Final = Path(__file__).parent / "migrations"
# What the steps compute from what is stored.
_FUNCTIONS: Final[dict[str, Callable[[Any], SqlValue]]] = {
    "unhexed": unhexed,
    "key_digest": key_digest,
    "order_traits": lambda body: kept_order_traits(WORK_ORDERS.record(body)),
    "order_hours": lambda body: WORK_ORDERS.record(body).working_hours,
    "turn_traits": lambda body: kept_turn_traits(ASSIGNMENTS.record(body)),
}
# What follows the statements of a step, by its name: what SQL can't write.
_AFTER: Final[dict[str, Callable[[sqlite3.Connection], None]]] = {"chain_lots": into_lots}


def migrate(connection: sqlite3.Connection, folder: Path = FOLDER) -> None:
    """Run the steps that the database has not seen.

    A step that is cut off leaves nothing behind and runs again at the next start. Raises ``ConfigError`` when the
    database was made by a newer version.
    """
    steps = sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.sql"))
    check_version(connection, len(steps))
    for number, step in enumerate(steps, start=1):
        if number > schema_version(connection):
            _run(connection, number, step)


def check_version(connection: sqlite3.Connection, known: int | None = None) -> None:
    """Raise ``ConfigError`` when the database was made by a newer version than this."""
    known = len(list(FOLDER.glob("*.sql"))) if known is None else known
    found = schema_version(connection)
    if found > known:
        raise ConfigError(f"the database has schema {found}, this version knows {known}: install the newer version")


def check_current(connection: sqlite3.Connection) -> None:
    """Raise ``ConfigError`` when the database has not this version's schema, which only a writer brings it to."""
    check_version(connection)
    known, found = len(list(FOLDER.glob("*.sql"))), schema_version(connection)
    if found < known:
        raise ConfigError(f"the database has schema {found}, this version needs {known}: run `minxin migrate` first")


def schema_version(connection: sqlite3.Connection) -> int:
    """Return how many steps the database has seen."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _run(connection: sqlite3.Connection, number: int, step: Path) -> None:
    for name, function in _FUNCTIONS.items():
        connection.create_function(name, 1, function, deterministic=True)
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have run the step while this one waited for the lock.
        if schema_version(connection) < number:
            for statement in _statements(step.read_text(encoding="utf-8")):
                connection.execute(statement)
            if (work := _AFTER.get(step.stem.partition("_")[2])) is not None:
                work(connection)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _statements(script: str) -> Iterator[str]:
    """Split a script: ``executescript`` would commit after the first statement."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement
