"""The IMAP door (取信口): listens, lets mail programs in, and ends in good order."""

from __future__ import annotations

import asyncio
import logging
import ssl
from contextlib import suppress
from typing import cast

from minxin.core.tasks import end_tasks
from minxin.mailbox.apppasswords import AppPasswords
from minxin.mailbox.gate import Gate
from minxin.mailbox.imap.commands import COMMANDS
from minxin.mailbox.imap.limits import ImapLimits
from minxin.mailbox.imap.session import Hall, Session
from minxin.mailbox.imap.watch import Watch
from minxin.mailbox.imap.wire import HangUpError, Wire
from minxin.mailbox.mail.service import Mailboxes
from minxin.mailbox.ports import MailStore

log = logging.getLogger(__name__)

BACKLOG = 256
FULL = b"* BYE [UNAVAILABLE] Too many connections, try again later\r\n"


class ImapDoor:
    """The open door: ``await door.open()``, and ``await door.close()`` at the end.

    One port takes STARTTLS, another, if there is a certificate and it is wanted, TLS from the first byte.
    """

    def __init__(
        self,
        store: MailStore,
        mailboxes: Mailboxes,
        passwords: AppPasswords,
        limits: ImapLimits,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._limits = limits
        self._tls = tls
        self._gate = Gate(limits)
        self._watch = Watch(store, limits.watch_s)
        self._hall = Hall(
            store=store,
            mailboxes=mailboxes,
            passwords=passwords,
            limits=limits,
            gate=self._gate,
            watch=self._watch,
            tls=tls,
        )
        self._sessions: dict[asyncio.Task[None], Wire] = {}
        self._servers: list[asyncio.Server] = []
        self._watching: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port that the door listens on."""
        port: int = self._servers[0].sockets[0].getsockname()[1]
        return port

    @property
    def tls_port(self) -> int | None:
        """The port for TLS from the first byte, None when there is none."""
        return self._servers[1].sockets[0].getsockname()[1] if len(self._servers) > 1 else None

    @property
    def open_sessions(self) -> int:
        """How many clients are connected."""
        return len(self._sessions)

    async def open(self, host: str, port: int, tls_port: int | None = None) -> None:
        """Listen; raises ``OSError`` when a port is taken."""
        self._watching = asyncio.create_task(self._watch.run())
        self._servers.append(await self._listen(host, port, None))
        if tls_port is not None and self._tls is not None:
            self._servers.append(await self._listen(host, tls_port, self._tls))

    async def close(self) -> None:
        """Take no more connections, finish the commands under way (at most ``stop_s``), and hang up."""
        for server in self._servers:
            server.close()
        for wire in self._sessions.values():
            wire.stop()
        if self._sessions:
            await asyncio.wait(self._sessions, timeout=self._limits.stop_s)
        for task, wire in self._sessions.items():
            wire.abort()
            task.cancel()
        await asyncio.gather(*self._sessions, return_exceptions=True)
        if self._watching is not None:
            await end_tasks(self._watching)

    async def _listen(self, host: str, port: int, tls: ssl.SSLContext | None) -> asyncio.Server:
        return await asyncio.start_server(
            self._serve, host, port, limit=self._limits.line_bytes, backlog=BACKLOG, ssl=tls
        )

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = Wire(reader, writer, self._limits, self._gate)
        if not self._gate.enter(wire.address):
            with suppress(HangUpError):
                wire.write(FULL)
            await wire.close()
            return
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._sessions[task] = wire
        try:
            await Session(self._hall, wire, COMMANDS).run()
        except asyncio.CancelledError:
            wire.abort()
        finally:
            self._gate.leave(wire.address)
            del self._sessions[task]
