"""The mail sender that hands mail to the city's own relay by SMTP (RFC 5321)."""

from __future__ import annotations

import asyncio
import smtplib

from minxin.core.errors import UnavailableError

TIMEOUT_S = 30.0


class Relay:
    """Sends through a relay (``mailbox.ports.MailSender``), one connection for each mail.

    A mail that was cut off is sent again with the same Message-ID; the relay or the reader recognises it by that.
    """

    def __init__(self, host: str, port: int, *, hostname: str) -> None:
        self._host = host
        self._port = port
        self._hostname = hostname

    async def send(self, sender: str, recipient: str, message: bytes, key: str) -> None:
        """Hand the mail over; raises ``UnavailableError`` when the relay does not take it."""
        try:
            await asyncio.to_thread(self._send, sender, recipient, message)
        except (OSError, smtplib.SMTPException) as error:
            raise UnavailableError("mail.relay") from error

    def _send(self, sender: str, recipient: str, message: bytes) -> None:
        with smtplib.SMTP(self._host, self._port, self._hostname, TIMEOUT_S) as relay:
            relay.ehlo()
            options = () if recipient.isascii() else ("SMTPUTF8", "BODY=8BITMIME")
            relay.sendmail(sender, [recipient], message, options)
