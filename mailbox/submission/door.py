"""The door for mail programs (发信口): who has an application password hands in mail from his own addresses.

A reply of 250 is sent after the commit and never before.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Final, cast

from aiosmtpd.smtp import SMTP, Session
from aiosmtpd.smtp import Envelope as SmtpEnvelope

from minxin.core.errors import InvalidInputError, NotFoundError, TooManyTriesError
from minxin.mailbox.accounts import actor_of
from minxin.mailbox.apppasswords import AppPasswords, KnownProgram
from minxin.mailbox.mail.sending import Sending
from minxin.mailbox.records import Scope
from minxin.mailbox.smtp.door import Door, Hooks
from minxin.mailbox.smtp.limits import SmtpLimits, Turnstile
from minxin.mailbox.smtp.protocol import DoorProtocol
from minxin.mailbox.submission.protocol import SubmissionProtocol

TAKEN: Final = "250 2.0.0 Taken, and on its way"
NOT_YOURS: Final = "553 5.7.1 This is no address of yours"
ENOUGH: Final = "452 4.7.1 This mailbox has sent enough for now, try again later"
NOT_TAKEN: Final = "554 5.6.0 The header of this message can't be taken"


class SubmissionHandler(Hooks):
    """The hooks that aiosmtpd calls."""

    def __init__(self, sending: Sending, passwords: AppPasswords, hostname: str) -> None:
        super().__init__()
        self._sending = sending
        self._passwords = passwords
        self._hostname = hostname

    async def log_in(self, name: str, password: str, origin: str) -> KnownProgram:
        """Return who it is; raises what ``AppPasswords.authenticate`` raises."""
        return await self._passwords.authenticate(name, password, Scope.SMTP, origin)

    async def still_welcome(self, known: KnownProgram) -> bool:
        """Say whether the password was not ended meanwhile."""
        return await self._passwords.still_open(known)

    async def handle_EHLO(  # noqa: N802 - aiosmtpd finds hooks by this name
        self, server: SMTP, session: Session, envelope: SmtpEnvelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Greet the client; a password is asked for only where nobody can listen."""
        session.host_name = hostname
        own = cast(SubmissionProtocol, server)
        hidden = ("250-AUTH", "250-STARTTLS") if own.secure else ("250-AUTH",)
        said = [response for response in responses if not response.startswith(hidden)]
        return [*said[:-1], *(["250-AUTH PLAIN LOGIN"] if own.private and own.known is None else []), said[-1]]

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: SmtpEnvelope, address: str, options: list[str]
    ) -> str:
        """Take a sender whose box the program's owner may send from."""
        known = cast(SubmissionProtocol, server).known
        if known is None:
            return "530 5.7.0 Authentication required"
        try:
            await self._sending.box_of(actor_of(known.account), address)
        except (NotFoundError, InvalidInputError):
            return NOT_YOURS
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: SmtpEnvelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient, or refuse him in the session when it is known already that nothing reaches him."""
        known = cast(SubmissionProtocol, server).known
        if known is None:
            return "530 5.7.0 Authentication required"
        box = await self._sending.box_of(actor_of(known.account), str(envelope.mail_from))
        if len(envelope.rcpt_tos) >= self._sending.most_recipients(box):
            return "452 4.5.3 Too many recipients"
        refusal = await self._sending.refusal(address)
        if not refusal:
            envelope.rcpt_tos.append(address)
        return refusal or "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: SmtpEnvelope) -> str:  # noqa: N802
        """Take the message. A client that leaves now can't tear the commit: his resend is recognised."""
        known = cast(SubmissionProtocol, server).known
        if known is None:
            return "530 5.7.0 Authentication required"
        task = asyncio.create_task(self._submit(known, envelope, sealed=cast(SubmissionProtocol, server).secure))
        self.under_way.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    async def _submit(self, known: KnownProgram, envelope: SmtpEnvelope, *, sealed: bool) -> str:
        actor, raw = actor_of(known.account), cast(bytes, envelope.content)
        sender, recipients = str(envelope.mail_from), list(envelope.rcpt_tos)
        try:
            await self._sending.submit(actor, sender, recipients, raw, self._hostname, sealed=sealed)
        except TooManyTriesError:
            return ENOUGH
        except NotFoundError:
            return NOT_YOURS
        except InvalidInputError as error:
            return NOT_YOURS if error.reason == "mail.send.sender" else NOT_TAKEN
        return TAKEN


class SubmissionDoor(Door):
    """The open door: ``await door.open_both()``, and ``await door.close()`` at the end."""

    def __init__(
        self,
        sending: Sending,
        passwords: AppPasswords,
        limits: SmtpLimits,
        *,
        hostname: str,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._handler = SubmissionHandler(sending, passwords, hostname)
        super().__init__(limits, self._handler.under_way)
        self._turnstile = Turnstile(limits)
        self._hostname = hostname
        self._tls = tls

    async def open_both(self, host: str, port: int, tls_port: int) -> None:
        """Listen on both ports, on the second one only with a certificate; raises ``OSError`` when one is taken."""
        await self.open(host, port)
        if self._tls is not None:
            await self.open(host, tls_port, self._tls)

    def _session(self) -> DoorProtocol:
        return SubmissionProtocol(
            self._handler, self._limits, self._turnstile, self._gone, hostname=self._hostname, tls=self._tls
        )
