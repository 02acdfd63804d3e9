"""Mail that the house or a person writes, as bytes (RFC 5322): the same for the same words, at every try."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from msgspec import Struct

from minxin.core.clock import SHANGHAI
from minxin.mailbox.mail.records import Person

_FORBIDDEN: Final = dict.fromkeys((*range(32), 127, 0x2028, 0x2029, 0x85), " ")


class Letter(Struct, frozen=True, kw_only=True):
    """What is to be written. ``files`` are name, content type and bytes; Message-IDs have their brackets.

    ``automatic`` is True for what a program writes, which no program may answer.
    """

    sender: Person
    to: tuple[Person, ...]
    subject: str
    text: str
    at: datetime
    message_id: str
    cc: tuple[Person, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    files: Sequence[tuple[str, str, bytes]] = ()
    automatic: bool = False


def compose(letter: Letter) -> bytes:
    """Return the mail with CRLF line ends."""
    message = EmailMessage(policy=SMTP)
    message["From"] = _people((letter.sender,))
    for name, people in (("To", letter.to), ("Cc", letter.cc)):
        if people:
            message[name] = _people(people)
    message["Subject"] = _line(letter.subject)
    message["Date"] = format_datetime(letter.at.astimezone(SHANGHAI))
    message["Message-ID"] = letter.message_id
    if letter.in_reply_to:
        message["In-Reply-To"] = letter.in_reply_to
    if letter.references:
        message["References"] = " ".join(letter.references)
    if letter.automatic:
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834, 5.1: nobody's program answers it
    message.set_content(letter.text, charset="utf-8", cte="base64")
    for name, content_type, data in letter.files:
        main, _, sub = content_type.partition("/")
        message.add_attachment(data, maintype=main, subtype=sub or "octet-stream", filename=_line(name))
    if letter.files:
        message.set_boundary(hashlib.sha256(letter.message_id.encode()).hexdigest()[:32])
    return message.as_bytes()


def _people(people: Sequence[Person]) -> list[Address]:
    return [Address(_line(one.name), addr_spec=one.address) for one in people]


def _line(text: str) -> str:
    """Return the text as one line: a line break in a header would begin another one."""
    return text.translate(_FORBIDDEN).strip()
