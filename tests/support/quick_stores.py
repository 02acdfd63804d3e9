"""Stores that open at once: each begins as a copy of one whose schema is there, and waits for no disk.

What a power cut leaves behind is asked of stores that other processes open (``tests/fault``).
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from minxin.store.sqlite import connect, store, writer
from minxin.store.sqlite.connect import FILE


@contextmanager
def quick_stores(folder: Path) -> Iterator[None]:
    """Let stores that are opened in this process meanwhile be quick; ``folder`` is for the one they are copies of."""
    connect.create(folder)
    template = folder / FILE
    with closing(connect.open_writer(template)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def create(into: Path) -> None:
        connect.create(into)
        if not (into / FILE).stat().st_size:
            shutil.copyfile(template, into / FILE)

    def open_writer(path: Path) -> sqlite3.Connection:
        connection = connect.open_writer(path)
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "create", create)
        patch.setattr(store, "open_writer", open_writer)
        patch.setattr(writer, "open_writer", open_writer)
        yield
