"""Opens the door for mail programs that send (发信口) over the house."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from minxin.deploy.house import House


@asynccontextmanager
async def start_submission(house: House) -> AsyncIterator[None]:
    """Let mail programs hand mail in until the end; then no connection is taken and what is under way is finished."""
    settings = house.settings
    await house.submission.open_both(settings.submission_host, settings.submission_port, settings.submissions_port)
    try:
        yield
    finally:
        await house.submission.close()
