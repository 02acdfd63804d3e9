"""A zip file that is sent while it is made: no more than one piece of it is ever in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from msgspec import Struct

from minxin.core.clock import SHANGHAI

BESIDE_THE_LOOP_BYTES: Final = 64 * 1024  # what is larger takes milliseconds to pack
_PRIVATE_FILE: Final = 0o600 << 16


class Piece(Struct, frozen=True):
    """One file of the archive."""

    path: str
    data: bytes

    def __repr__(self) -> str:
        return f"Piece({len(self.data)} bytes)"


class _Sink:
    """Takes what ``zipfile`` writes. It can't be rewound, so sizes follow their files (APPNOTE 4.4.4, bit 3)."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._written.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        """Nothing is held open."""

    def take(self) -> bytes:
        """Return what was written since this was asked last."""
        taken, self._written = b"".join(self._written), []
        return taken


class ZipStream:
    """Packs pieces and hands the bytes on as they come; ``at`` is the time that every file of it bears."""

    def __init__(self, send: Callable[[bytes], Awaitable[None]], at: datetime) -> None:
        self._send = send
        self._time = at.astimezone(SHANGHAI).timetuple()[:6]
        self._sink = _Sink()
        self._zip = ZipFile(self._sink, "w", ZIP_DEFLATED)

    async def add(self, piece: Piece) -> None:
        """Pack one piece and send it."""
        info = ZipInfo(piece.path, self._time)
        info.compress_type = ZIP_DEFLATED
        info.external_attr = _PRIVATE_FILE
        if len(piece.data) > BESIDE_THE_LOOP_BYTES:
            await asyncio.to_thread(self._zip.writestr, info, piece.data)
        else:
            self._zip.writestr(info, piece.data)
        await self._send(self._sink.take())

    async def end(self) -> None:
        """Send the list of contents, without which no program takes the file for whole."""
        self._zip.close()
        await self._send(self._sink.take())
