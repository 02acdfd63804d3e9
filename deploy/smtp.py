"""Opens the SMTP door (收信) over the house."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from minxin.deploy.house import House


@asynccontextmanager
async def start_smtp(house: House) -> AsyncIterator[None]:
    """Listen for mail until the end; then no connection is taken and what is under way is finished."""
    yield
