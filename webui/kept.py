"""Pages that hold until what they show changes (保留页): the last ones that were asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

MOST_BYTES: Final = 64 * 1024 * 1024  # some two thousand readers' lists of mail
_ENTRY_BYTES: Final = 500  # a key, and its place


class KeptPages:
    """Pages as they are sent, by key, as many as ``most_bytes`` hold; what nobody asked for the longest goes first."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._held = 0
        self._pages: OrderedDict[Hashable, bytes] = OrderedDict()

    def get(self, key: Hashable) -> bytes | None:
        """Return what was kept under the key."""
        page = self._pages.get(key)
        if page is not None:
            self._pages.move_to_end(key)
        return page

    def keep(self, key: Hashable, page: bytes) -> None:
        """Keep a page; one that is there under the key already stays."""
        if key in self._pages:
            return
        self._pages[key] = page
        self._held += len(page) + _ENTRY_BYTES
        while self._held > self._most:
            _, gone = self._pages.popitem(last=False)
            self._held -= len(gone) + _ENTRY_BYTES
