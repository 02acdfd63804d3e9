"""The large mail that is just being fetched piece by piece (分段读取): put together once, and not for each piece.

Programs fetch a mail of 25 MB in hundreds of pieces (``BODY[2]<1048576.65536>``); each would cost a third of a second.
"""

from __future__ import annotations

import asyncio
from typing import Final

from minxin.mailbox.imap.structure import Part

MOST_BYTES: Final = 32 * 1024 * 1024
KEPT_S: Final = 20.0  # after the last piece


class Wholes:
    """Keeps the last mail that a piece was asked of, for a few seconds; for all sessions together."""

    def __init__(self) -> None:
        self._content_id = ""
        self._raw = b""
        self._root: Part | None = None
        self._end: asyncio.TimerHandle | None = None

    def raw(self, content_id: str) -> bytes | None:
        """Return the mail if it is the one that is kept."""
        if content_id != self._content_id:
            return None
        self._keep_on()
        return self._raw

    def root(self, content_id: str) -> Part | None:
        """Return the parts of the mail if they are known."""
        return self._root if content_id == self._content_id else None

    def keep(self, content_id: str, raw: bytes, root: Part | None) -> None:
        """Keep this mail and no other."""
        if len(raw) > MOST_BYTES:
            return
        known = self.root(content_id)
        self._content_id, self._raw, self._root = content_id, raw, root or known
        self._keep_on()

    def _keep_on(self) -> None:
        if self._end is not None:
            self._end.cancel()
        self._end = asyncio.get_running_loop().call_later(KEPT_S, self._forget)

    def _forget(self) -> None:
        self._content_id, self._raw, self._root, self._end = "", b"", None, None
