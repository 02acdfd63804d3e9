"""Fixtures that several kinds of tests share."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from support.live import LiveCity, copy_of, prepared_city


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with staff, citizens and a trained judge, made once; tests run on copies of it."""
    return asyncio.run(prepared_city(tmp_path_factory.mktemp("prepared")))


@pytest.fixture
def live_city(prepared: Path, tmp_path: Path) -> LiveCity:
    """A city of the test's own that is not started yet."""
    return copy_of(prepared, tmp_path)
