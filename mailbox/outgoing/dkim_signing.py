"""DKIM signatures of what leaves the house (DKIM 签名, RFC 6376), by the package dkimpy.

Signed is relaxed/relaxed with RSA-SHA256 (RFC 8301). The fields that say who wrote what to whom are named once more
than they stand there, so that nobody on the way adds a second one (RFC 6376, 8.15).
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Final

from minxin.core.errors import ConfigError
from minxin.core.privacy import is_private
from minxin.mailbox.mime.address import parse_addresses
from minxin.mailbox.mime.head import header_block, header_fields

KEY_BITS: Final = 2048
# RFC 6376, 5.4.1. Each is signed as often as it stands in the header, those of _ALONE once more.
_SIGNED: Final = (
    b"from", b"to", b"cc", b"subject", b"date", b"message-id", b"reply-to", b"in-reply-to", b"references",
    b"mime-version", b"content-type", b"content-transfer-encoding", b"auto-submitted", b"list-id", b"list-unsubscribe",
)  # fmt: skip
_ALONE: Final = frozenset({b"from", b"to", b"cc", b"subject", b"date", b"message-id", b"reply-to", b"content-type"})
_SPACES: Final = re.compile(rb"[ \t]+")
_BARE: Final = re.compile(rb"\r\n|\r|\n")


class Signer:
    """Signs mail of our own domains with one key; one mail at a time, since a large one takes memory."""

    def __init__(self, key: bytes, selector: str, domains: frozenset[str]) -> None:
        self._key = key
        self._selector = selector
        self._domains = domains
        self._turn = asyncio.Lock()

    async def sign(self, message: bytes) -> bytes:
        """Return the mail with CRLF line ends and its signature on top; without one when it is from nobody of ours."""
        async with self._turn:
            return await asyncio.to_thread(self._signed, message)

    def _signed(self, message: bytes) -> bytes:
        message = with_crlf(message)
        domain = domain_of(message)
        if domain not in self._domains:
            return message
        return signature(message, self._key, self._selector, domain) + message


def signature(message: bytes, key: bytes, selector: str, domain: str) -> bytes:
    """Return the signature field of a mail with CRLF line ends; ``key`` is an RSA key as PEM."""
    import dkim  # loaded where mail is signed: a house without a key does without it

    block, body_at, _ = header_block(message)
    names = [name.encode() for name, _, _ in header_fields(block)]
    signed = [name for name in _SIGNED for _ in range(names.count(name) + (name in _ALONE))]
    # The package's own pattern takes quadratic time over spaces, so it is given what it would make of the body.
    short = block + b"\r\n\r\n" + relaxed(message[body_at:])
    made: bytes = dkim.DKIM(short, signature_algorithm=b"rsa-sha256", linesep=b"\r\n").sign(
        selector.encode(), domain.encode(), key, canonicalize=(b"relaxed", b"relaxed"), include_headers=signed
    )
    return made


def relaxed(body: bytes) -> bytes:
    """Return the body in relaxed form (RFC 6376, 3.4.4) but for the empty lines at its end; in linear time."""
    return b"\r\n".join(line.rstrip(b" ") for line in _SPACES.sub(b" ", body).split(b"\r\n"))


def with_crlf(message: bytes) -> bytes:
    """Return the mail with the line ends that it has on the wire: what is signed must be what is sent."""
    return _BARE.sub(b"\r\n", message)


def domain_of(message: bytes) -> str:
    """Return the domain of the one author, empty when there is none or there are several."""
    block, _, _ = header_block(message)
    found = [value for name, value, _ in header_fields(block) if name == "from"]
    people = parse_addresses(found[0].decode("ascii", "replace")) if len(found) == 1 else ()
    return people[0].address.rpartition("@")[2].lower() if len(people) == 1 else ""


def load_dkim_key(path: Path) -> bytes:
    """Return the private key of a file; raises ``ConfigError`` for one that is none, or that others can read."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    try:
        if not is_private(path.stat()):
            raise ConfigError(f"dkim_key {path} can be read by others: chmod 600")
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(f"dkim_key {path} can't be used: {error}") from error
    if not isinstance(key, RSAPrivateKey) or key.key_size < KEY_BITS:
        raise ConfigError(f"dkim_key {path} is no RSA key of {KEY_BITS} bits or more")
    # The package reads this form alone.
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
