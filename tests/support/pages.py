"""Pages of a list that a test keeps itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from minxin.core.paging import Page, PageRequest

T = TypeVar("T")


def page_of(items: Sequence[T], page: PageRequest) -> Page[T]:
    """Return one page of the items, whose cursors are places among them."""
    start = int(page.after or 0)
    end = start + page.size
    return Page(list(items[start:end]), str(end) if end < len(items) else None)
