"""Mail that a mail program hands in, made ready to go (RFC 6409): checked for whose name it bears, and completed. Pure.

The client's network address is told to nobody: where somebody was when he wrote is not the recipients' business, and
who he is, is known here by his password.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection, Iterator
from datetime import datetime
from email.utils import format_datetime
from typing import Final

from msgspec import Struct

from minxin.core.clock import SHANGHAI
from minxin.core.errors import InvalidInputError
from minxin.mailbox.mime.address import parse_addresses
from minxin.mailbox.mime.head import header_block
from minxin.mailbox.outgoing.dkim_signing import with_crlf

# Whoever is not to be known, and what only a server may write.
_DROPPED: Final = frozenset({"bcc", "resent-bcc", "return-path", "authentication-results"})
_OURS: Final = "x-minxin-"
_NAME: Final = re.compile(rb"([\x21-\x39\x3b-\x7e]{1,200})[ \t]*:")
_ID: Final = re.compile(rb"[ \t\r\n]*<[\x21-\x3b\x3d\x3f-\x7e]{1,250}@[\x21-\x3b\x3d\x3f-\x7e]{1,250}>[ \t\r\n]*")


class Prepared(Struct, frozen=True):
    """The mail as it goes, and a key that is the same when a program hands it in once more."""

    raw: bytes
    key: str


def prepare(raw: bytes, own: Collection[str], hostname: str, now: datetime, *, sealed: bool) -> Prepared:
    """Return the mail with the fields that it lacks and without those that are not for others.

    ``own`` are the addresses (lower-case) that it may be from; ``sealed`` says that the program spoke TLS. Raises
    ``InvalidInputError``: ``mail.send.sender`` for another name, ``mail.send.header`` for a header that two readers may
    take for two different ones.
    """
    raw = with_crlf(raw)
    block, body_at, whole = header_block(raw)
    if not whole:
        raise InvalidInputError("mail.send.header")
    fields = list(_fields(block))
    names = [name for name, _ in fields]
    _check_authors(fields, own)
    kept = b"".join(field for name, field in fields if name not in _DROPPED and not name.startswith(_OURS))
    mark = secrets.token_hex(8)
    domain = next(iter(own)).rpartition("@")[2]
    way = "ESMTPSA" if sealed else "ESMTPA"  # RFC 3848
    added = f"Received: by {hostname} (Minxin) with {way} id {mark};\r\n\t{_date(now)}\r\n"
    if "date" not in names:
        added += f"Date: {_date(now)}\r\n"
    ids = [field.partition(b":")[2] for name, field in fields if name == "message-id"]
    if not ids:
        added += f"Message-ID: <{secrets.token_hex(16)}@{domain}>\r\n"
    elif len(ids) > 1 or not _ID.fullmatch(ids[0]):
        raise InvalidInputError("mail.send.header")
    body = raw[body_at:] if body_at else b""
    key = hashlib.sha256(b"\0".join((*ids, hashlib.sha256(kept + body).digest()))).hexdigest() if ids else mark
    return Prepared(added.encode() + kept + b"\r\n" + body, key)


def _fields(block: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield each field with its lower-case name; raises ``InvalidInputError`` for a line that is of none."""
    lines: list[bytes] = []
    for line in (*(block.split(b"\r\n") if block else ()), b""):
        if line[:1] in (b" ", b"\t") and lines:
            lines.append(line)
            continue
        if lines:
            named = _NAME.match(lines[0])
            if named is None:
                raise InvalidInputError("mail.send.header")
            yield named[1].decode("ascii").lower(), b"".join(one + b"\r\n" for one in lines)
        lines = [line] if line else []


def _check_authors(fields: list[tuple[str, bytes]], own: Collection[str]) -> None:
    for wanted, most in (("from", 1), ("sender", 1), ("resent-from", 1), ("resent-sender", 1)):
        found = [field.partition(b":")[2] for name, field in fields if name == wanted]
        if len(found) > most or (wanted == "from" and not found):
            raise InvalidInputError("mail.send.header")
        for value in found:
            _check_own(value, own)


def _check_own(value: bytes, own: Collection[str]) -> None:
    people = parse_addresses(value.decode("utf-8", "replace"))
    if len(people) != 1:
        raise InvalidInputError("mail.send.sender", address="")
    if people[0].address.lower() not in own:
        raise InvalidInputError("mail.send.sender", address=people[0].address)


def _date(now: datetime) -> str:
    return format_datetime(now.astimezone(SHANGHAI))
