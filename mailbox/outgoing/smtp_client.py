"""Hands one mail to one SMTP server (RFC 5321), and says in our words what it answered for each recipient.

A 5yz to the mail itself is final. One to the greeting or to EHLO only says that this server does not talk to us now:
another one may, or the same one later.
"""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Final

from aiosmtplib import SMTP
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)
from msgspec import Struct

from minxin.mailbox.outgoing.ports import Envelope, Handed
from minxin.mailbox.outgoing.recipients import needs_utf8

log = logging.getLogger(__name__)

REPLY_CHARS: Final = 300
NO_ANSWER: Final = "4.4.1"
NO_UTF8: Final = "5.6.7"
NO_TLS: Final = "4.7.5"
NOT_KNOWN: Final = "4.7.8"
CROWDED: Final = 452  # enough recipients for one mail (RFC 5321, 4.5.3.1.10), or no room for this one
SILENT: Final = Handed(taken=False, final=False, status=NO_ANSWER)
_XTEXT: Final = re.compile(r"[^!-*,-<>-~]")
_STATUS: Final = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")


class TlsPolicy(StrEnum):
    """Whether mail goes out encrypted."""

    OFF = "off"
    OPPORTUNISTIC = "opportunistic"  # where the other server can, whoever it is (RFC 7435)
    REQUIRED = "required"  # only so, and only to a server with a valid certificate of its name
    IMPLICIT = "implicit"  # as required, from the first byte on (RFC 8314, 3.3): what relays offer on port 465


class Patience(Struct, frozen=True, kw_only=True):
    """For how long another server is waited for, in seconds (RFC 5321, 4.5.3.2); ``whole_s`` is for all of it."""

    connect_s: float = 30.0
    reply_s: float = 300.0
    whole_s: float = 540.0


class Place(Struct, frozen=True):
    """A server: the name that its certificate bears, where it is reached (empty for the name itself), and the port."""

    name: str
    port: int
    address: str = ""


class Login(Struct, frozen=True):
    """Who we are at a server that asks for it (RFC 4954)."""

    user: str
    password: str

    def __repr__(self) -> str:
        return f"Login({self.user!r})"


class SmtpClient:
    """Talks to other servers under our ``hostname``, and says who we are with a ``login``."""

    def __init__(
        self,
        hostname: str,
        policy: TlsPolicy,
        patience: Patience | None = None,
        trusted: ssl.SSLContext | None = None,
        login: Login | None = None,
    ) -> None:
        self._hostname = hostname
        self._login = login
        self._policy = policy
        self._patience = patience or Patience()
        self._trusted = trusted or ssl.create_default_context()
        self._any = ssl.create_default_context()
        self._any.check_hostname = False
        self._any.verify_mode = ssl.CERT_NONE

    async def hand_over(self, place: Place, mail: Envelope) -> dict[str, Handed]:
        """Hand the mail to the server at this place, in one connection for all recipients."""
        said: dict[str, Handed] = {}
        ended: Handed | None = None
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience.whole_s):
                ended = await self._talk(place, mail, said, encrypt=self._policy is not TlsPolicy.OFF)
                # Whoever offers TLS and can't speak it would get no mail at all from a policy that takes anything.
                if ended is not None and ended.status == NO_TLS and self._policy is TlsPolicy.OPPORTUNISTIC:
                    ended = await self._talk(place, mail, said, encrypt=False)
        return {one: said.get(one) or ended or SILENT for one in mail.recipients}

    async def _talk(self, place: Place, mail: Envelope, said: dict[str, Handed], *, encrypt: bool) -> Handed | None:
        """Put into ``said`` what was answered for each recipient; return what ended the session before, if anything."""
        implicit = self._policy is TlsPolicy.IMPLICIT
        client = SMTP(
            hostname=place.address or place.name,
            port=place.port,
            local_hostname=self._hostname,
            timeout=self._patience.reply_s,
            start_tls=False,
            use_tls=implicit,
            tls_context=self._trusted if implicit else None,
        )
        try:
            async with asyncio.timeout(self._patience.connect_s):
                await client.connect()
            problem = await self._encrypt(client, place) if encrypt and not implicit else None
            problem = problem or await self._introduce(client)
            if problem is None:
                await self._deliver(client, mail, said)
        except SMTPResponseException as error:
            return Handed(taken=False, final=False, status=NO_ANSWER, reply=clean_reply(error.message))
        except (SMTPException, OSError) as error:
            sealed = implicit and isinstance(error.__cause__ or error, ssl.SSLError)
            return Handed(taken=False, final=False, status=NO_TLS) if sealed else SILENT
        else:
            return problem
        finally:
            client.close()

    async def _encrypt(self, client: SMTP, place: Place) -> Handed | None:
        """Begin TLS as the policy says; return what became of the mail when that ends it."""
        required = self._policy is TlsPolicy.REQUIRED
        await client.ehlo()
        if not client.supports_extension("starttls"):
            return Handed(taken=False, final=False, status=NO_TLS) if required else None
        try:
            context = self._trusted if required else self._any
            await client.starttls(server_hostname=place.name, tls_context=context)
        except (SMTPException, ssl.SSLError, OSError):
            return Handed(taken=False, final=False, status=NO_TLS)
        return None

    async def _introduce(self, client: SMTP) -> Handed | None:
        """Say who we are when there is a login; return what became of the mail when that ends it."""
        await client.ehlo()
        if self._login is None:
            return None
        if not client.supports_extension("auth"):
            return Handed(taken=False, final=False, status=NOT_KNOWN)
        try:
            await client.login(self._login.user, self._login.password)
        except SMTPAuthenticationError as error:
            log.error("the relay does not take our password", extra={"event": "relay_login_refused"})
            reply = clean_reply(f"{error.code} {error.message}")
            return Handed(taken=False, final=False, status=NOT_KNOWN, reply=reply)
        return None

    async def _deliver(self, client: SMTP, mail: Envelope, said: dict[str, Handed]) -> None:
        left: Sequence[str] = mail.recipients
        if not client.supports_extension("smtputf8"):
            refused = Handed(taken=False, final=True, status=NO_UTF8)
            said.update({one: refused for one in left if needs_utf8(mail.sender + one)})
            left = [one for one in left if one not in said]
        while left:
            left = await _round(client, mail, left, said)


async def _round(client: SMTP, mail: Envelope, recipients: Sequence[str], said: dict[str, Handed]) -> list[str]:
    """Send the mail to these recipients; return those whom the server would rather have in a mail of their own."""
    utf8 = any(needs_utf8(mail.sender + one) for one in recipients)
    encoding = "utf-8" if utf8 else "ascii"
    try:
        await client.mail(mail.sender, options=_options(client, mail, utf8=utf8), encoding=encoding)
    except SMTPSenderRefused as error:
        said.update(dict.fromkeys(recipients, _answered(error.code, error.message)))
        return []
    taken, crowded = [], []
    for one in recipients:
        try:
            await client.rcpt(one, options=_wishes(client, mail, one), encoding=encoding)
        except SMTPRecipientRefused as error:
            said[one] = _answered(error.code, error.message, at_recipient=True)
            crowded += [one] if error.code == CROWDED else []
        else:
            taken.append(one)
    if not taken:
        return []
    try:
        response = await client.data(mail.message)
        handed = Handed(taken=True, final=True, status=_status(response.message) or "2.0.0")
    except SMTPDataError as error:
        handed = _answered(error.code, error.message)
    said.update(dict.fromkeys(taken, handed))
    return crowded


def _options(client: SMTP, mail: Envelope, *, utf8: bool) -> list[str]:
    options = ["SMTPUTF8"] if utf8 else []
    if client.supports_extension("8bitmime") and not mail.message.isascii():
        options.append("BODY=8BITMIME")
    if client.supports_extension("size"):
        options.append(f"SIZE={len(mail.message)}")
    # RFC 3461: a report names our own id.
    return [*options, "RET=HDRS", f"ENVID={mail.key}"] if client.supports_extension("dsn") else options


def _wishes(client: SMTP, mail: Envelope, recipient: str) -> list[str]:
    """Return what a report shall be written about, and under which address; none about what nobody is told of."""
    if not client.supports_extension("dsn"):
        return []
    if not mail.sender:
        return ["NOTIFY=NEVER"]
    known = _XTEXT.sub(lambda sign: f"+{ord(sign[0]):02X}", recipient)
    return ["NOTIFY=FAILURE,DELAY", *([f"ORCPT=rfc822;{known}"] if recipient.isascii() else [])]


def clean_reply(text: str) -> str:
    """Return what another server said as one line that does no harm wherever it is shown."""
    shown = "".join(sign if sign.isprintable() else " " for sign in text[: 4 * REPLY_CHARS])
    return " ".join(shown.split())[:REPLY_CHARS]


def _status(text: str) -> str:
    found = _STATUS.match(text.strip())
    return found[1] if found else ""


def _answered(code: int, text: str, *, at_recipient: bool = False) -> Handed:
    """Return what a refusal says: only 5yz is final, and what contradicts it in the enhanced code does not count."""
    final, said = 500 <= code <= 599, _status(text)
    if not said.startswith("5" if final else "4"):
        said = ("5.1.1" if at_recipient and code == 550 else "5.0.0") if final else "4.0.0"
    return Handed(taken=False, final=final, status=said, reply=clean_reply(f"{code} {text}"))
