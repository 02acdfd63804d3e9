"""One session of a mail program that hands mail in (RFC 6409, RFC 4954): first the password, then the mail."""

from __future__ import annotations

import binascii
import ssl
from base64 import b64decode
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, cast

from aiosmtpd.smtp import Envelope

from minxin.core.errors import InvalidInputError, MinxinError, TooManyTriesError
from minxin.mailbox.apppasswords import KnownProgram
from minxin.mailbox.gate import is_loopback
from minxin.mailbox.smtp.limits import SmtpLimits, Turnstile
from minxin.mailbox.smtp.protocol import DoorProtocol

if TYPE_CHECKING:
    import asyncio

    from minxin.mailbox.submission.door import SubmissionHandler

WRONG_PASSWORDS: Final = 3
DONE: Final = "235 2.7.0 Authentication successful"
NEEDS_PASSWORD: Final = "530 5.7.0 Authentication required"  # noqa: S105
WRONG: Final = "535 5.7.8 Wrong name or application password"
MALFORMED: Final = "501 5.5.2 This is no base64"


class SubmissionProtocol(DoorProtocol):
    """A session; ``known`` is who logged in."""

    def __init__(
        self,
        handler: SubmissionHandler,
        limits: SmtpLimits,
        turnstile: Turnstile,
        gone: Callable[[DoorProtocol], None],
        *,
        hostname: str,
        tls: ssl.SSLContext | None,
    ) -> None:
        super().__init__(handler, limits, turnstile, gone, hostname=hostname, tls=tls)
        self.known: KnownProgram | None = None
        self._handler = handler
        self._wrong = 0

    @property
    def secure(self) -> bool:
        """Whether the session speaks TLS."""
        return self.transport is not None and self.transport.get_extra_info("ssl_object") is not None

    @property
    def private(self) -> bool:
        """Whether nobody between here and the client can listen."""
        return self.secure or is_loopback(self.address)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin anew: who logged in before TLS began has to do it again (RFC 3207, 4.2)."""
        self.known = None
        super().connection_made(transport)

    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802 - aiosmtpd finds commands by this name
        """Begin TLS, once."""
        if self.secure:
            await self.push("503 5.5.1 TLS is in use")
            return
        await super().smtp_STARTTLS(arg)

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        """Begin a message of somebody who is known."""
        if self.known is None:
            await self.push(NEEDS_PASSWORD)
            return
        if not await self._handler.still_welcome(self.known):
            await self.push("421 4.7.0 The application password was ended")
            return
        await super().smtp_MAIL(arg)

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802
        """Let a mail program in by SASL PLAIN (RFC 4616) or LOGIN."""
        mechanism, _, first = arg.strip().partition(" ")
        if self.known is not None or cast(Envelope, self.envelope).mail_from is not None:
            await self.push("503 5.5.1 Already authenticated, or in the middle of a message")
        elif not self.private:
            await self.push("538 5.7.11 Begin TLS first")
        elif mechanism.upper() == "PLAIN":
            await self._plain(first.strip())
        elif mechanism.upper() == "LOGIN":
            await self._login(first.strip())
        else:
            await self.push("504 5.5.4 Only PLAIN and LOGIN are taken")

    async def _plain(self, first: str) -> None:
        coded = await self._coded("", first)
        if coded is None:
            return
        pieces = coded.split("\0")
        if len(pieces) != 3 or pieces[0] not in ("", pieces[1]):
            await self.push(MALFORMED)
            return
        await self._let_in(pieces[1], pieces[2])

    async def _login(self, first: str) -> None:
        name = await self._coded("Username:", first)
        if name is None:
            return
        password = await self._coded("Password:", "")
        if password is not None:
            await self._let_in(name, password)

    async def _coded(self, question: str, given: str) -> str | None:
        """Return what the client says in base64, asked for unless it was given; None when it was answered already."""
        if not given:
            answer = await self.challenge_auth(question)
            if not isinstance(answer, bytes):
                return None
            raw = answer
        else:
            try:
                raw = b"" if given == "=" else b64decode(given, validate=True)
            except (binascii.Error, ValueError):
                await self.push(MALFORMED)
                return None
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            await self.push(MALFORMED)
            return None

    async def _let_in(self, name: str, password: str) -> None:
        try:
            self.known = await self._handler.log_in(name, password, self.address)
        except TooManyTriesError:
            await self.push("421 4.7.0 Too many tries, try again later")
        except InvalidInputError:
            self._wrong += 1
            await self.push(WRONG if self._wrong < WRONG_PASSWORDS else "421 4.7.0 Too many wrong passwords")
        except MinxinError as error:
            await self.push("454 4.7.0 Temporary authentication failure" if error.temporary else WRONG)
        else:
            await self.push(DONE)
