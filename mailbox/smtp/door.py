"""The SMTP door (收信口): listens, translates between SMTP and :class:`Reception`, and ends in good order.

Nothing is decided here. A reply of 250 is sent after the commit and never before; whatever goes wrong is 451 with a
reference, and its text stays in the house.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from contextlib import suppress
from typing import Final, cast

from aiosmtpd.smtp import SMTP, Session
from aiosmtpd.smtp import Envelope as SmtpEnvelope

from minxin.core.errors import MinxinError
from minxin.core.ids import new_id
from minxin.mailbox.smtp.intake import Envelope, Recipient
from minxin.mailbox.smtp.limits import SmtpLimits, Turnstile
from minxin.mailbox.smtp.protocol import DoorProtocol
from minxin.mailbox.smtp.reception import Reception

log = logging.getLogger(__name__)

NULL_SENDER: Final = "<>"
BACKLOG: Final = 256


class Handler:
    """The hooks that aiosmtpd calls."""

    def __init__(self, reception: Reception, limits: SmtpLimits, turnstile: Turnstile) -> None:
        self.under_way: set[asyncio.Task[str]] = set()
        self._reception = reception
        self._limits = limits
        self._turnstile = turnstile

    async def handle_EHLO(  # noqa: N802 - aiosmtpd finds hooks by this name
        self, server: SMTP, session: Session, envelope: SmtpEnvelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Greet the client, and offer no AUTH, which the library does inside TLS even without any mechanism."""
        session.host_name = hostname
        return [response for response in responses if not response.startswith("250-AUTH")]

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: SmtpEnvelope, address: str, options: list[str]
    ) -> str:
        """Take the recipient, or refuse him within the session, so that no bounce is ever written (P13)."""
        if len(envelope.rcpt_tos) >= self._limits.recipients:
            return "452 4.5.3 Too many recipients"
        recipient = self._reception.post.recipient(address)
        if recipient is Recipient.FOREIGN:
            return "550 5.7.1 Relaying denied"
        if recipient is Recipient.UNKNOWN:
            if self._turnstile.may_be_wrong(_origin(session)):
                return "550 5.1.1 No such recipient here"
            return "421 4.7.0 Too many unknown recipients, try again later"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: SmtpEnvelope) -> str:  # noqa: N802
        """Receive the message. A client that leaves now can't tear the commit: his resend is recognised."""
        post = self._reception.post
        to_mayor = any(post.recipient(address) is Recipient.MAYOR for address in envelope.rcpt_tos)
        sender = "" if envelope.mail_from in (None, NULL_SENDER) else str(envelope.mail_from)
        task = asyncio.create_task(
            self._reception.receive(cast(bytes, envelope.content), Envelope(sender, to_mayor), _origin(session))
        )
        self.under_way.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    async def handle_exception(self, error: Exception) -> str:
        """Turn any failure into its reply; the last resort of the door."""
        if isinstance(error, MinxinError) and not error.temporary:
            return error.smtp_reply
        reference = new_id()
        log.error("mail could not be taken", exc_info=error, extra={"event": "smtp_failed", "request_id": reference})
        if isinstance(error, MinxinError):
            return error.smtp_reply
        return f"{MinxinError.smtp_reply} ({reference})"

    def _done(self, task: asyncio.Task[str]) -> None:
        self.under_way.discard(task)
        if not task.cancelled():
            task.exception()


class SmtpDoor:
    """The open door: ``await door.open()``, and ``await door.close()`` at the end."""

    def __init__(
        self, reception: Reception, limits: SmtpLimits, *, hostname: str, tls: ssl.SSLContext | None = None
    ) -> None:
        self._limits = limits
        self._turnstile = Turnstile(limits)
        self._handler = Handler(reception, limits, self._turnstile)
        self._hostname = hostname
        self._tls = tls
        self._sessions: set[DoorProtocol] = set()
        self._empty = asyncio.Event()
        self._empty.set()
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port that the door listens on."""
        port: int = cast(asyncio.Server, self._server).sockets[0].getsockname()[1]
        return port

    async def open(self, host: str, port: int) -> None:
        """Listen for mail; raises ``OSError`` when the port is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, host, port, backlog=BACKLOG)

    async def close(self) -> None:
        """Take no more connections, finish the messages that are coming in (at most ``stop_s``), and hang up."""
        if self._server is not None:
            self._server.close()
        for session in tuple(self._sessions):
            with suppress(ConnectionError):
                await session.stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.stop_s):
                await self._empty.wait()
        for session in tuple(self._sessions):
            session.hang_up()
        if self._handler.under_way:
            await asyncio.wait(self._handler.under_way, timeout=self._limits.stop_s)

    def _session(self) -> DoorProtocol:
        session = DoorProtocol(
            self._handler,
            self._limits,
            self._turnstile,
            self._gone,
            hostname=self._hostname,
            tls=self._tls,
        )
        self._sessions.add(session)
        self._empty.clear()
        return session

    def _gone(self, session: DoorProtocol) -> None:
        self._sessions.discard(session)
        if not self._sessions:
            self._empty.set()


def _origin(session: Session) -> str:
    return str(session.peer[0]) if session.peer else ""
