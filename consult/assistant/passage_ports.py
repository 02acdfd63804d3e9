"""What is asked of the store for published answers as passages."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from minxin.consult.records import PublicCopy


class PublishedReads(Protocol):
    """Finds what was published."""

    async def published_since(self, moment: datetime) -> list[PublicCopy]:
        """Return the copies that were published at the moment or later, in that order."""
        ...
