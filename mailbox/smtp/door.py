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
from minxin.mailbox.mail.destination import NOBODY
from minxin.mailbox.smtp.intake import Envelope, Recipient
from minxin.mailbox.smtp.limits import SmtpLimits, Turnstile
from minxin.mailbox.smtp.protocol import DoorEnvelope, DoorProtocol
from minxin.mailbox.smtp.reception import Reception

log = logging.getLogger(__name__)

NULL_SENDER: Final = "<>"
BACKLOG: Final = 256


class Hooks:
    """What aiosmtpd calls at every door for SMTP; ``under_way`` are the messages that are just being kept."""

    def __init__(self) -> None:
        self.under_way: set[asyncio.Task[str]] = set()

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


class Handler(Hooks):
    """The hooks that aiosmtpd calls."""

    def __init__(self, reception: Reception, limits: SmtpLimits, turnstile: Turnstile) -> None:
        super().__init__()
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
        refusal = await self._refusal(address, _origin(session), cast(DoorEnvelope, envelope))
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: SmtpEnvelope) -> str:  # noqa: N802
        """Receive the message. A client that leaves now can't tear the commit: his resend is recognised."""
        opened = cast(DoorEnvelope, envelope)
        said = Envelope(
            sender=_sender(envelope),
            to_mayor=opened.to_mayor,
            to_postmaster=opened.to_postmaster,
            boxes=tuple(opened.boxes.values()),
            helo=session.host_name or "",
            tls=session.ssl is not None,
        )
        task = asyncio.create_task(self._reception.receive(cast(bytes, envelope.content), said, _origin(session)))
        self.under_way.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    async def _refusal(self, address: str, origin: str, envelope: DoorEnvelope) -> str:
        """Note where mail for the address goes; or return the reply that refuses it."""
        post = self._reception.post
        recipient = post.recipient(address)
        if recipient is Recipient.FOREIGN:
            return "550 5.7.1 Relaying denied"
        if recipient is Recipient.UNKNOWN:
            return self._unknown(origin)
        if self._limits.greylist and not await self._reception.greylist.lets_in(origin, _sender(envelope), address):
            return "451 4.7.1 Greylisted, please try again in some minutes"
        if recipient is Recipient.BOX:
            return await self._box(post.plain(address), origin, envelope)
        envelope.to_mayor = envelope.to_mayor or recipient is Recipient.MAYOR
        envelope.to_postmaster = envelope.to_postmaster or recipient is Recipient.POSTMASTER
        return ""

    async def _box(self, address: str, origin: str, envelope: DoorEnvelope) -> str:
        found = await self._reception.boxes.find(address, _sender(envelope), envelope.size)
        if isinstance(found, str):
            return self._unknown(origin) if found == NOBODY else found
        envelope.boxes[found.box.id] = found
        return ""

    def _unknown(self, origin: str) -> str:
        if self._turnstile.may_be_wrong(origin):
            return NOBODY
        return "421 4.7.0 Too many unknown recipients, try again later"


class Door:
    """What every door for SMTP does: it listens, and ends in good order.

    ``under_way`` are the messages that are just being kept; they are waited for at the end.
    """

    def __init__(self, limits: SmtpLimits, under_way: set[asyncio.Task[str]]) -> None:
        self._limits = limits
        self._under_way = under_way
        self._sessions: set[DoorProtocol] = set()
        self._empty = asyncio.Event()
        self._empty.set()
        self._servers: list[asyncio.Server] = []

    @property
    def port(self) -> int:
        """The port that the door listens on, the first one of several."""
        return self.port_at(0)

    def port_at(self, place: int) -> int:
        """Return the port of the place, in the order in which they were opened."""
        port: int = self._servers[place].sockets[0].getsockname()[1]
        return port

    async def open(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        """Listen for mail, with TLS from the first byte when given; raises ``OSError`` when the port is taken."""
        loop = asyncio.get_running_loop()
        self._servers.append(await loop.create_server(self._enter, host, port, backlog=BACKLOG, ssl=tls))

    async def close(self) -> None:
        """Take no more connections, finish the messages that are coming in (at most ``stop_s``), and hang up."""
        for server in self._servers:
            server.close()
        for session in tuple(self._sessions):
            with suppress(ConnectionError):
                await session.stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.stop_s):
                await self._empty.wait()
        for session in tuple(self._sessions):
            session.hang_up()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=self._limits.stop_s)

    def _session(self) -> DoorProtocol:
        """Return a new session."""
        raise NotImplementedError

    def _enter(self) -> DoorProtocol:
        session = self._session()
        self._sessions.add(session)
        self._empty.clear()
        return session

    def _gone(self, session: DoorProtocol) -> None:
        self._sessions.discard(session)
        if not self._sessions:
            self._empty.set()


class SmtpDoor(Door):
    """The open door: ``await door.open()``, and ``await door.close()`` at the end."""

    def __init__(
        self, reception: Reception, limits: SmtpLimits, *, hostname: str, tls: ssl.SSLContext | None = None
    ) -> None:
        self._turnstile = Turnstile(limits)
        self._handler = Handler(reception, limits, self._turnstile)
        super().__init__(limits, self._handler.under_way)
        self._hostname = hostname
        self._tls = tls

    def _session(self) -> DoorProtocol:
        return DoorProtocol(
            self._handler,
            self._limits,
            self._turnstile,
            self._gone,
            hostname=self._hostname,
            tls=self._tls,
        )


def _sender(envelope: SmtpEnvelope) -> str:
    return "" if envelope.mail_from in (None, NULL_SENDER) else str(envelope.mail_from)


def _origin(session: Session) -> str:
    return str(session.peer[0]) if session.peer else ""
