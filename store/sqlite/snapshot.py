"""The store as it was at one instant, read-only, beside a server that goes on writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from minxin.core.errors import ConfigError
from minxin.store.sqlite.alike import SqliteAlike
from minxin.store.sqlite.audit import SqliteTrail
from minxin.store.sqlite.connect import FILE
from minxin.store.sqlite.contents import SqliteContents
from minxin.store.sqlite.letters import SqliteLetters
from minxin.store.sqlite.readers import Reader, Snapshot


class SqliteEvidence(SqliteTrail, SqliteContents):
    """The chains, and what the letters say."""


class SqliteLook(SqliteLetters, SqliteAlike):
    """The letters that hot issues are looked for in, and the places that people taught."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader


@contextmanager
def open_snapshot(folder: Path) -> Iterator[SqliteEvidence]:
    """Yield what is to be proven of the store in the folder; raises ``ConfigError`` when there is none."""
    with _snapshot(folder) as snapshot:
        yield SqliteEvidence(snapshot)


@contextmanager
def open_look(folder: Path) -> Iterator[SqliteLook]:
    """Yield the letters of the store in the folder; raises ``ConfigError`` when there is none.

    While it is open the log of the database can't be emptied: read, and close it.
    """
    with _snapshot(folder) as snapshot:
        yield SqliteLook(snapshot)


@contextmanager
def _snapshot(folder: Path) -> Iterator[Snapshot]:
    path = folder / FILE
    if not path.is_file():
        raise ConfigError(f"there is no store in {folder}")
    with closing(Snapshot(path)) as snapshot:
        yield snapshot
