"""What is asked of the store for published answers as passages."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from minxin.consult.records import PublicCopy
from minxin.core.paging import Page, PageRequest


class PublishedReads(Protocol):
    """Finds what was published."""

    async def published_since(self, moment: datetime, page: PageRequest) -> Page[PublicCopy]:
        """Return the copies that were published at the moment or later, in that order.

        A page after the first begins at its cursor, whatever the moment.
        """
        ...
