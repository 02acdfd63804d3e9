"""Opens the SMTP door (收信) over the house."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from minxin.deploy.house import House
from minxin.deploy.post import smtp_door


@asynccontextmanager
async def start_smtp(house: House) -> AsyncIterator[None]:
    """Listen for mail until the end; then no connection is taken and what is under way is finished."""
    door = smtp_door(house.settings, house.post.reception)
    await door.open(house.settings.smtp_host, house.settings.smtp_port)
    house.post.checks.start()
    try:
        yield
    finally:
        await door.close()
        await house.post.checks.close()
