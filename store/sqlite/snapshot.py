"""The store as it was at one instant, read-only, beside a server that goes on writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from minxin.core.errors import ConfigError
from minxin.store.sqlite.audit import SqliteTrail
from minxin.store.sqlite.connect import FILE
from minxin.store.sqlite.contents import SqliteContents
from minxin.store.sqlite.readers import Snapshot


class SqliteEvidence(SqliteTrail, SqliteContents):
    """The chains, and what the letters say."""


@contextmanager
def open_snapshot(folder: Path) -> Iterator[SqliteEvidence]:
    """Yield what is to be proven of the store in the folder; raises ``ConfigError`` when there is none."""
    path = folder / FILE
    if not path.is_file():
        raise ConfigError(f"there is no store in {folder}")
    with closing(Snapshot(path)) as snapshot:
        yield SqliteEvidence(snapshot)
