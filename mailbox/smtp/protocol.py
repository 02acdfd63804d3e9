"""Our subclass of aiosmtpd's protocol: limits that it lacks, and its two dangers taken away.

aiosmtpd 1.4 answers an exception with ``500`` and its text, cuts a long DATA off when ``timeout`` seconds have passed
since the command, takes any number of connections, and reads a message line by line. This class reads a message in
chunks with a deadline that goes with the data, and leaves the rest to aiosmtpd.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, AnyStr, Final, cast

from aiosmtpd.smtp import SMTP, Envelope, syntax

from minxin.mailbox.mail.arrivals import AddressedBox
from minxin.mailbox.smtp.limits import SmtpLimits, Turnstile
from minxin.mailbox.smtp.patience import delay_s

if TYPE_CHECKING:
    from minxin.mailbox.smtp.door import Hooks

IDENT: Final = "Minxin ESMTP"
READ_BYTES: Final = 32 * 1024
END: Final = b"\r\n.\r\n"
LARGE_BYTES: Final = 512 * 1024  # putting a larger message together takes long enough for other sessions to notice
COMMAND_BYTES: Final = 512  # RFC 5321, 4.5.3.1.4
PATH_MAX: Final = 256  # RFC 5321, 4.5.3.1.3
TOO_LARGE: Final = "552 5.3.4 Message too large"
TOO_BUSY: Final = "452 4.3.1 Too much mail at once, try again later"
TOO_SLOW: Final = "421 4.4.2 Message came too slowly"
FULL: Final = b"421 4.3.2 Too many connections, try again later\r\n"
STOPPING: Final = "421 4.3.2 Service is stopping, try again later"

_SIZE = re.compile(r"\bSIZE=(\d{1,20})\b", re.IGNORECASE)
# A path may name relays on the way, which have had no meaning since 1989 (RFC 1123, 5.2.6): they are left out.
_PATH = re.compile(r'<(?:@[^:<>\s]*:)?((?:"(?:[^"\\]|\\.)*"|[^\s"<>])*)>(.*)', re.DOTALL)
_BARE = re.compile(r"([^\s<>]+)(.*)", re.DOTALL)


class DoorEnvelope(Envelope):
    """What a session has said of its message so far; ``size`` is 0 when the client did not say it."""

    def __init__(self) -> None:
        super().__init__()
        self.to_mayor = False
        self.to_postmaster = False
        self.boxes: dict[str, AddressedBox] = {}
        self.size = 0


class DoorProtocol(SMTP):
    """One session. ``gone`` is called when it is over."""

    def __init__(
        self,
        handler: Hooks,
        limits: SmtpLimits,
        turnstile: Turnstile,
        gone: Callable[[DoorProtocol], None],
        *,
        hostname: str,
        tls: ssl.SSLContext | None,
    ) -> None:
        # aiosmtpd makes the stream reader's limit of this: how much it takes in before it waits for us.
        self.line_length_limit = READ_BYTES
        super().__init__(
            handler,
            data_size_limit=limits.message_bytes,
            enable_SMTPUTF8=True,
            hostname=hostname,
            ident=IDENT,
            tls_context=tls,
            timeout=limits.idle_s,
            command_call_limit=limits.command_calls(),
            auth_exclude_mechanism=("LOGIN", "PLAIN"),
            loop=asyncio.get_running_loop(),
        )
        # The library shares one table among all sessions and clears it at each new one.
        self.command_size_limits = defaultdict(lambda: COMMAND_BYTES)
        self.stopping = False
        self.receiving = False
        self._limits = limits
        self._turnstile = turnstile
        self._gone = gone
        self._address: str | None = None
        self._messages = 0
        self._refused = 0

    @property
    def address(self) -> str:
        """The network address of the client."""
        return self._address or ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the client in, unless there are too many."""
        if self._address is None:
            peer = transport.get_extra_info("peername")
            address = str(peer[0]) if peer else ""
            if not self._turnstile.enter(address):
                cast(asyncio.WriteTransport, transport).write(FULL)
                transport.close()
                return
            self._address = address
        super().connection_made(transport)
        cast("asyncio.Task[None]", self._handler_coroutine).add_done_callback(_ended)

    def connection_lost(self, error: Exception | None) -> None:
        """Give the client's place to the next one."""
        self._gone(self)
        if self._address is None:
            return
        if self.transport is not None:
            self._turnstile.leave(self._address)
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """Take bytes from a client that was let in."""
        if self._address is not None:
            super().data_received(data)

    def eof_received(self) -> bool | None:
        """Note that the client sends nothing more."""
        return super().eof_received() if self._address is not None else None

    async def push(self, status: AnyStr) -> None:
        """Send a reply; after 421 the line is closed, as the reply says (RFC 5321, 3.8)."""
        if self._limits.tarpit_s and isinstance(status, str) and status.startswith("5"):
            self._refused += 1
            await asyncio.sleep(delay_s(self._refused, self._limits.tarpit_s))
        await super().push(status)
        if isinstance(status, str) and status.startswith("421"):
            self.hang_up()

    def hang_up(self) -> None:
        """Close the connection once all replies are out."""
        if self.transport is not None:
            self.transport.close()

    async def stop(self) -> None:
        """End a session that receives nothing now; one that does ends with its reply."""
        self.stopping = True
        if not self.receiving and self.transport is not None and not self.transport.is_closing():
            await self.push(STOPPING)

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd finds commands by this name
        """Begin a message, unless the session has had enough or the message is too large."""
        size = _SIZE.search(arg or "")
        if size and int(size[1]) > self._limits.message_bytes:
            await self.push(TOO_LARGE)
            return
        if self._messages >= self._limits.messages:
            await self.push("421 4.7.0 Too many messages in one session")
            return
        await super().smtp_MAIL(arg)
        if size:
            cast(DoorEnvelope, self.envelope).size = int(size[1])

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802
        """Say that there is nobody to log in here."""
        await self.push("502 5.5.1 AUTH not offered")

    async def smtp_VRFY(self, arg: str) -> None:  # noqa: N802
        """Tell nothing about who has a box (RFC 5321, 7.3)."""
        await self.push("252 2.1.5 Cannot verify, but will take a message" if arg else "501 Syntax: VRFY <address>")

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802
        """Receive a message and answer what became of it."""
        if await self.check_helo_needed():
            return
        if not cast(Envelope, self.envelope).rcpt_tos:
            await self.push("503 Error: need RCPT command")
            return
        if arg:
            await self.push("501 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        message = _Message(self._limits, self._turnstile)
        self._messages += 1
        self.receiving = True
        self._pause_idle_timer()
        try:
            status = await self._read(message) or await self._hand_in(message)
        finally:
            message.release()
            self.receiving = False
            self.envelope = self._create_envelope()
            if self.transport is not None:
                self._reset_timeout()
        await self.push(status)
        if self.stopping:
            await self.push(STOPPING)
        elif not message.ended:
            self.hang_up()

    def _create_envelope(self) -> DoorEnvelope:
        return DoorEnvelope()

    async def _hand_in(self, message: _Message) -> str:
        envelope = cast(Envelope, self.envelope)
        large = message.received > LARGE_BYTES
        content = await asyncio.to_thread(message.content) if large else message.content()
        envelope.content = envelope.original_content = content
        status: str = await self._call_handler_hook("DATA")
        return status

    async def _read(self, message: _Message) -> str:
        """Read up to the final dot and return the reply that refuses the message, or an empty string."""
        started = self.loop.time()
        # An empty message ends with the line end of the DATA command itself. The mark is searched for as a whole, in
        # large pieces, so that line end is put back; StreamReader has no public way for that.
        self._reader._buffer[:0] = END[:2]  # type: ignore[attr-defined]
        try:
            async with asyncio.timeout(None) as deadline:
                while not message.ended:
                    deadline.reschedule(started + self._limits.data_seconds(message.received))
                    message.add(await self._chunk())
                    if message.received > 2 * self._limits.message_bytes:
                        break  # whoever sends on after this does not wait for an answer
        except TimeoutError:
            return TOO_SLOW
        return message.refusal

    async def _chunk(self) -> bytes:
        """Read some more, never past the final dot."""
        try:
            return await self._reader.readuntil(END)
        except asyncio.LimitOverrunError as error:
            return await self._reader.read(error.consumed)

    def _pause_idle_timer(self) -> None:
        if self._timeout_handle is not None:
            self._timeout_handle.cancel()

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """Split a path from what follows it; (None, None) when it is none.

        The library's own way leads through the parser of the standard library, which hostile input can drive into
        a recursion without end.
        """
        found = _PATH.fullmatch(arg) if arg.startswith("<") else _BARE.fullmatch(arg)
        if found is None or len(found[1]) > PATH_MAX or not found[1].isprintable():
            return None, None
        return found[1] or "<>", found[2]


class _Message:
    """What has come of a message, in memory that is counted; a message that is refused is not kept."""

    def __init__(self, limits: SmtpLimits, turnstile: Turnstile) -> None:
        self.received = 0
        self.refusal = ""
        self._limits = limits
        self._turnstile = turnstile
        self._chunks: list[bytes] = []
        self._reserved = 0
        self._tail = b""

    @property
    def ended(self) -> bool:
        """Say whether the final dot has come: CRLF, dot, CRLF and nothing else (CVE-2024-27305)."""
        return self._tail == END

    def add(self, chunk: bytes) -> None:
        """Take the next chunk."""
        self.received += len(chunk)
        self._tail = (self._tail + chunk[-len(END) :])[-len(END) :]
        if self.refusal:
            return
        if self.received > self._limits.message_bytes + len(END):
            self._refuse(TOO_LARGE)
        elif not self._turnstile.reserve(len(chunk)):
            self._refuse(TOO_BUSY)
        else:
            self._reserved += len(chunk)
            self._chunks.append(chunk)

    def content(self) -> bytes:
        """Return the message without the final dot and the dots that were put before lines (RFC 5321, 4.5.2)."""
        data = b"".join(self._chunks)
        self._chunks.clear()
        data = data[len(END[:2]) : -len(END[2:])]
        # The line end before a first line with a dot was cut off; a large message is copied no more than it must be.
        data = data[1:] if data.startswith(b".") else data
        return data.replace(b"\r\n.", b"\r\n")

    def release(self) -> None:
        """Give the memory back."""
        self._turnstile.release(self._reserved)
        self._reserved = 0

    def _refuse(self, reply: str) -> None:
        self.refusal = reply
        self._chunks.clear()
        self.release()


def _ended(task: asyncio.Task[Any]) -> None:
    """Look at how a session ended, so that a client who left makes no noise in the log."""
    if not task.cancelled():
        task.exception()
