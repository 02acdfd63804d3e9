"""The wire (线路): commands come in by pieces and within limits, answers go out, TLS begins in the middle."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from minxin.mailbox.gate import Gate, is_loopback
from minxin.mailbox.imap.limits import ImapLimits

CHUNK: Final = 64 * 1024
STOPPING: Final = "* BYE The service is stopping"
_LITERAL = re.compile(rb"(?:.*[ (])?\{(\d{1,20})(\+?)\}", re.DOTALL)
_APPEND = re.compile(rb"[^ ]{1,100} APPEND ", re.IGNORECASE)
_TAG = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\+]{1,100}(?= )')


class HangUpError(Exception):
    """The line is to be closed; the text is the last word to the client, unless it is empty."""


class TooBigError(Exception):
    """A command was not taken, for a literal in it is too large; the next one may come."""


class Wire:
    """One connection; ``close`` it at the end. ``known`` says that the client is logged in, and may send more."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, limits: ImapLimits, gate: Gate
    ) -> None:
        peer = writer.get_extra_info("peername")
        self.address = str(peer[0]) if peer else ""
        self.secure = writer.get_extra_info("ssl_object") is not None
        self.known = False
        self._reader, self._writer = reader, writer
        self._limits = limits
        self._gate = gate
        self._reserved = 0
        self._stopping = False
        self._silence: asyncio.Timeout | None = None

    @property
    def private(self) -> bool:
        """Whether nobody between here and the client can listen."""
        return self.secure or is_loopback(self.address)

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Begin TLS. What the client sent before it, for the time after, is dropped (CVE-2021-33515)."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=self._limits.line_bytes, loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        async with asyncio.timeout(self._limits.stranger_s):
            transport = await loop.start_tls(self._writer.transport, protocol, context, server_side=True)
        if transport is None:
            raise HangUpError
        protocol.connection_made(transport)
        self._reader, self._writer = reader, asyncio.StreamWriter(transport, protocol, reader, loop)
        self.secure = True

    def stop(self) -> None:
        """Take no further command; one that is under way is finished, a line that is waited for is not."""
        self._stopping = True
        if self._silence is not None:
            self._silence.reschedule(0)

    async def line(self, seconds: float, *, may_stop: bool = True) -> bytes:
        """Read a line, without its end; one that ``may_stop`` is waited for no longer when the service ends.

        Raises ``HangUpError``.
        """
        if self._stopping and may_stop:
            raise HangUpError(STOPPING)
        try:
            async with asyncio.timeout(seconds) as silence:
                self._silence = silence if may_stop else None
                line = await self._reader.readuntil(b"\n")
        except asyncio.IncompleteReadError:
            raise HangUpError from None
        except asyncio.LimitOverrunError:
            raise HangUpError("* BAD Line too long") from None
        except TimeoutError:
            raise HangUpError(STOPPING if self._stopping else "* BYE Too long a silence") from None
        finally:
            self._silence = None
        if not self.known and len(line) > self._limits.stranger_bytes:
            raise HangUpError("* BAD Line too long")
        return line.rstrip(b"\r\n")

    async def command(self) -> list[bytes]:
        """Read a command: a line, and after each literal in it the literal and the next line.

        Raises ``HangUpError``, and ``TooBigError`` when a literal was refused. The memory is held until ``release``.
        """
        seconds = self._limits.idle_s if self.known else self._limits.stranger_s
        pieces = [await self.line(seconds)]
        left = self._limits.stranger_bytes
        if self.known:
            is_mail = _APPEND.match(pieces[0])
            left = self._limits.message_bytes if is_mail else self._limits.literal_bytes
        while (found := _LITERAL.fullmatch(pieces[-1])) is not None:
            size, at_once = int(found[1]), bool(found[2])
            if size > left or len(pieces) > 2 * self._limits.literals or not self.hold(size):
                await self._refuse(pieces[0], at_once)
            left -= size
            pieces[-1] = pieces[-1][: pieces[-1].rindex(b"{")]
            if not at_once:
                self.write(b"+ Ready\r\n")
                await self.flush()
            pieces += [await self._literal(size), await self.line(self._limits.stranger_s, may_stop=False)]
        return pieces

    def write(self, data: bytes) -> None:
        """Send bytes, some time."""
        self._writer.write(data)

    async def send(self, pieces: Iterable[bytes]) -> None:
        """Send bytes as fast as the client takes them, so that no more of a large mail waits than a chunk.

        Raises ``HangUpError`` as :meth:`flush` does, which lets a slow line have its time for each chunk.
        """
        small: list[bytes] = []
        for piece in pieces:
            if len(piece) <= CHUNK:
                small.append(piece)
                continue
            self.write(b"".join(small))
            small.clear()
            whole = memoryview(piece)
            for start in range(0, len(piece), CHUNK):
                self.write(bytes(whole[start : start + CHUNK]))
                await self.flush()
        self.write(b"".join(small))

    async def flush(self) -> None:
        """Wait until the client takes what was written. Raises ``HangUpError`` when it does not."""
        try:
            async with asyncio.timeout(self._limits.answer_s):
                await self._writer.drain()
        except (TimeoutError, ConnectionError):
            raise HangUpError from None

    def release(self) -> None:
        """Give the memory of the last command back."""
        self._gate.release(self._reserved)
        self._reserved = 0

    async def close(self, word: str = "") -> None:
        """Say a last word and hang up."""
        with suppress(HangUpError, ConnectionError, RuntimeError):
            if word:
                self.write(word.encode("ascii", "replace") + b"\r\n")
                await self.flush()
        self._writer.close()
        self.release()
        with suppress(ConnectionError, TimeoutError, ssl.SSLError):
            async with asyncio.timeout(1):
                await self._writer.wait_closed()

    def abort(self) -> None:
        """Hang up at once."""
        self._writer.transport.abort()

    def hold(self, size: int) -> bool:
        """Take memory for so many bytes, until ``give`` or the end of the command; False when there is none."""
        if not self._gate.reserve(size):
            return False
        self._reserved += size
        return True

    def give(self, size: int) -> None:
        """Give so many bytes back."""
        self._gate.release(size)
        self._reserved -= size

    async def _literal(self, size: int) -> bytes:
        chunks: list[bytes] = []
        left = size
        try:
            async with asyncio.timeout(self._limits.literal_seconds(size)):
                while left:
                    chunk = await self._reader.read(min(left, CHUNK))
                    if not chunk:
                        raise HangUpError
                    chunks.append(chunk)
                    left -= len(chunk)
        except TimeoutError:
            raise HangUpError("* BYE Data came too slowly") from None
        return b"".join(chunks)

    async def _refuse(self, first: bytes, at_once: bool) -> None:
        """Refuse a literal: in its place where the client waits for a word, else only by hanging up."""
        if at_once:
            raise HangUpError("* BYE [TOOBIG] Literal too large")
        tag = _TAG.match(first)
        self.write((tag[0] if tag else b"*") + b" NO [TOOBIG] Literal too large\r\n")
        await self.flush()
        self.release()
        raise TooBigError
