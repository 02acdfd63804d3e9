"""Fixtures that several kinds of tests share."""

from __future__ import annotations

import asyncio
import fcntl
from pathlib import Path

import pytest
from support.live import LiveCity, copy_of, prepared_city


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A data folder with staff, citizens and a trained judge, made once; tests run on copies of it.

    Processes that share the work share the folder: the first one makes it, the others wait.
    """
    own = tmp_path_factory.getbasetemp()
    shared = (own if worker_id == "master" else own.parent) / "prepared"
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = shared / "made"
        if not made.exists():
            made.write_text(str(asyncio.run(prepared_city(shared))), encoding="utf-8")
    return Path(made.read_text(encoding="utf-8"))


@pytest.fixture
def live_city(prepared: Path, tmp_path: Path) -> LiveCity:
    """A city of the test's own that is not started yet."""
    return copy_of(prepared, tmp_path)
