"""Everything in the file as rows (``store.moving.rows``): read, and written by a copy that nobody serves from yet."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from msgspec import structs

from minxin.core.changes import Record
from minxin.core.errors import ConfigError
from minxin.store.moving.rows import BESIDE, BLOBS, TIED, Key, Row, RowSet, Value
from minxin.store.sqlite.codec import UNREADABLE
from minxin.store.sqlite.connect import FILE, create, open_reader, open_writer, sync_folder
from minxin.store.sqlite.errors import translated
from minxin.store.sqlite.migrate import FOLDER, schema_version
from minxin.store.sqlite.packing import pack, pack_blob, unpack
from minxin.store.sqlite.readers import Snapshot
from minxin.store.sqlite.records import blob_of
from minxin.store.sqlite.snapshot import SqliteEvidence
from minxin.store.sqlite.tables import TABLES, Table
from minxin.store.sqlite.whole_chains import CHAINS

T = TypeVar("T")

COPY: Final = f"{FILE}.copy"  # which no service opens
BY_NAME: Final[dict[str, Table[Any]]] = {table.name: table for table in TABLES}
_READ_AS: Final = {(BLOBS, "size"): "CASE packed WHEN 0 THEN length(data) ELSE packed END"}
_BLOB: Final = "INSERT OR REPLACE INTO blobs (id, data, packed) VALUES (?, ?, ?)"
_LOOSEN: Final = """INSERT OR IGNORE INTO loose_blobs (blob_id)
    SELECT id FROM blobs WHERE id NOT IN (SELECT blob_id FROM blob_names)"""


class SqliteWhole:
    """The rows of one file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    async def count(self, row_set: RowSet) -> int:
        if (chain := CHAINS.get(row_set.name)) is not None:
            return self._do(chain.count)
        found: int = self._do(lambda db: db.execute(f"SELECT count(*) FROM {row_set.name}").fetchone()[0])  # noqa: S608
        return found

    async def rows(self, row_set: RowSet, after: Key | None, most: int) -> list[Row]:
        if (chain := CHAINS.get(row_set.name)) is not None:
            return self._do(lambda db: chain.rows(db, after, most))
        keys = ", ".join(row_set.keys)
        where = f"({keys}) > ({_marks(row_set.keys)})" if after else "TRUE"
        return self._read(row_set, where, after or (), f"ORDER BY {keys} LIMIT {most}")

    async def pick(self, row_set: RowSet, keys: Collection[Key]) -> list[Row]:
        if (chain := CHAINS.get(row_set.name)) is not None:
            return self._do(lambda db: chain.pick(db, keys))
        where = f"({', '.join(row_set.keys)}) = ({_marks(row_set.keys)})"
        return [row for key in keys for row in self._read(row_set, where, key)]

    async def last(self, row_set: RowSet) -> Row | None:
        if (chain := CHAINS.get(row_set.name)) is not None:
            return self._do(chain.last)
        found = self._read(row_set, "TRUE", (), f"ORDER BY {' DESC, '.join(row_set.keys)} DESC LIMIT 1")
        return found[0] if found else None

    async def blob(self, blob_id: str) -> bytes | None:
        return self._do(lambda db: blob_of(db, blob_id))

    async def write(self, row_set: RowSet, rows: Sequence[Row], gone: Iterable[Key]) -> None:
        self._do(lambda db: _write(db, row_set, rows, gone))

    async def write_blob(self, blob_id: str, data: bytes) -> None:
        self._do(lambda db: db.execute(_BLOB, (blob_id, *pack_blob(data))))

    def close(self) -> None:
        """Give the file up."""
        self.connection.close()

    def _read(self, row_set: RowSet, where: str, values: Key, more: str = "") -> list[Row]:
        fields = ", ".join([*row_set.keys, *(_READ_AS.get((row_set.name, name), name) for name in row_set.values)])
        if row_set.name == "heads":
            where = f"{where} AND chain IN {TIED}"
        query = f"SELECT {fields} FROM {row_set.name} WHERE {where} {more}"  # noqa: S608
        many = len(row_set.keys)
        found = self._do(lambda db: db.execute(query, values).fetchall())
        return [(row[:many], _unpacked(row_set, row[many:])) for row in found]

    def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return work(self.connection)
        except sqlite3.Error as error:
            raise translated(error) from error


@contextmanager
def open_source(folder: Path, *, alone: bool) -> Iterator[SqliteWhole]:
    """Yield the rows of the store in the folder, beside a service that goes on, or ``alone`` once that has stopped.

    Raises ``ConfigError`` when there is no store or an older schema, or when it is not alone.
    """
    path = folder / FILE
    if not path.is_file():
        raise ConfigError(f"there is no store in {folder}")
    with closing(open_reader(path)) as reader:
        if schema_version(reader) != len(list(FOLDER.glob("*.sql"))):
            raise ConfigError(f"{path} is of an older version: run minxin migrate first")
        if not alone:
            yield SqliteWhole(reader)
            return
    with _held(path) as connection:
        yield SqliteWhole(connection)


class SqliteCopy(SqliteWhole):
    """A file that becomes a copy; it has the name that services open when it is finished."""

    def __init__(self, path: Path, *, begun: bool) -> None:
        super().__init__(_open_copy(path))
        self.path = path
        self._begun = begun

    async def is_begun(self) -> bool:
        return self._begun

    async def begin(self) -> None:
        """Its name keeps services away already."""

    async def finish(self) -> None:
        # One file again, with nothing beside it.
        self._do(lambda db: db.execute("PRAGMA journal_mode = DELETE"))
        self.connection.close()
        os.replace(self.path, self.path.with_name(FILE))
        sync_folder(self.path.parent)

    def loosen_blobs(self) -> None:
        """Have the next sweep look at bytes that no record of the copy names."""
        self._do(lambda db: db.execute(_LOOSEN))

    @asynccontextmanager
    async def evidence(self) -> AsyncIterator[SqliteEvidence]:
        """Yield what is to be proven of the copy."""
        with closing(Snapshot(self.path)) as snapshot:
            yield SqliteEvidence(snapshot)


@contextmanager
def open_target(folder: Path) -> Iterator[SqliteCopy]:
    """Yield the file that becomes a copy; raises ``ConfigError`` when there is a store in the folder."""
    if (folder / FILE).exists():
        raise ConfigError(f"there is a store in {folder} already")
    path = folder / COPY
    with closing(SqliteCopy(path, begun=path.exists())) as copy:
        yield copy


def _open_copy(path: Path) -> sqlite3.Connection:
    create(path.parent, path.name)
    connection = open_writer(path)
    # Nobody was promised anything of a copy: what a power cut takes of its end is copied again.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA secure_delete = OFF")
    connection.execute("PRAGMA recursive_triggers = ON")  # so that a replaced row leaves no marks behind
    return connection


@contextmanager
def _held(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection while nobody else has the file open, or can write to it."""
    with closing(open_writer(path)) as connection:
        try:
            # Leaving the log behind takes the file for oneself, which no service that has it open allows.
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise ConfigError(f"{path} is in use: stop the service before the last step") from error
        yield connection
        connection.execute("ROLLBACK")


def _write(connection: sqlite3.Connection, row_set: RowSet, rows: Sequence[Row], gone: Iterable[Key]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        chain = CHAINS.get(row_set.name)
        if chain is not None:
            chain.write(connection, rows, gone)
        else:
            where = f"({', '.join(row_set.keys)}) = ({_marks(row_set.keys)})"
            connection.executemany(f"DELETE FROM {row_set.name} WHERE {where}", gone)  # noqa: S608
            if rows:
                connection.executemany(*_insert(row_set, rows))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _insert(row_set: RowSet, rows: Sequence[Row]) -> tuple[str, Iterator[Sequence[Value]]]:
    names: tuple[str, ...] = (*row_set.keys, *row_set.values)
    values: Iterator[Sequence[Value]] = ((*key, *values) for key, values in rows)
    table = BY_NAME.get(row_set.name)
    if table is not None:
        names = tuple(dict.fromkeys((*names, *(name for name, _ in table.columns))))
        every = ((key, columns_of(table, record_of(table, values), values)) for key, values in rows)
        values = ([*key, *(columns[name] for name in names[1:])] for key, columns in every)
    if "body" in names and (table is None or table.packs):
        place = names.index("body")
        values = ([*some[:place], pack(some[place]), *some[place + 1 :]] for some in values)  # type: ignore[arg-type]
    statement = f"INSERT OR REPLACE INTO {row_set.name} ({', '.join(names)}) VALUES ({_marks(names)})"  # noqa: S608
    return statement, values


def _unpacked(row_set: RowSet, values: Sequence[Value]) -> tuple[Value, ...]:
    """Return the values with a body as it was before it was packed; one that can't be unpacked is told as it is."""
    if "body" not in row_set.values:
        return tuple(values)
    place = row_set.values.index("body")
    try:
        body: Value = unpack(values[place])  # type: ignore[arg-type]
    except UNREADABLE:
        body = values[place]
    return *values[:place], body, *values[place + 1 :]


def record_of(table: Table[Any], values: Sequence[Value]) -> Record:
    """Return the record of a row, what is kept apart from its body included; raises ``DamagedError``."""
    record: Record = table.record(values[1], table=table.name)  # type: ignore[arg-type]
    beside = _beside(table, values)
    return structs.replace(record, **{name: beside[name] for name in table.left_out}) if table.left_out else record


def columns_of(table: Table[Any], record: Record, values: Sequence[Value]) -> dict[str, Any]:
    """Return every column of a record but its id; the body is the very one of the row."""
    columns = dict(zip((name for name, _ in table.columns), table.packed_row(record)[3:], strict=True))
    return {**columns, **_beside(table, values), "version": values[0], "body": values[1]}


def _beside(table: Table[Any], values: Sequence[Value]) -> dict[str, Value]:
    return dict(zip(BESIDE.get(table.name, ()), values[2:], strict=True))


def _marks(names: Sequence[str]) -> str:
    return ", ".join("?" * len(names))
