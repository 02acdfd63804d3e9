"""The store as it was at one instant, read-only, beside a server that goes on writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from minxin.core.errors import ConfigError
from minxin.store.sqlite.audit import SqliteTrail
from minxin.store.sqlite.connect import FILE
from minxin.store.sqlite.readers import Snapshot


@contextmanager
def open_snapshot(folder: Path) -> Iterator[SqliteTrail]:
    """Yield the audit trail of the store in the folder; raises ``ConfigError`` when there is none."""
    path = folder / FILE
    if not path.is_file():
        raise ConfigError(f"there is no store in {folder}")
    with closing(Snapshot(path)) as snapshot:
        yield SqliteTrail(snapshot)
