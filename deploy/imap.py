"""Opens the IMAP door (取信口) over the house."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from minxin.deploy.house import House


@asynccontextmanager
async def start_imap(house: House) -> AsyncIterator[None]:
    """Let mail programs in until the end; then no connection is taken and commands under way are finished."""
    settings = house.settings
    await house.imap.open(settings.imap_host, settings.imap_port, settings.imaps_port)
    try:
        yield
    finally:
        await house.imap.close()
