"""Mail that the house or a person writes, as bytes (RFC 5322): the same for the same words, at every try."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from msgspec import Struct

from minxin.core.clock import SHANGHAI
from minxin.mailbox.mail.header_text import field, one_line, written_ids, written_people, written_text
from minxin.mailbox.mail.records import Person

_TEXT_FIELDS: Final = (
    b'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: base64\r\nMIME-Version: 1.0\r\n\r\n'
)
_TOKEN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}")


class Letter(Struct, frozen=True, kw_only=True):
    """What is to be written. ``files`` are name, content type and bytes; Message-IDs have their brackets.

    ``html`` is another form of the text. ``automatic`` is True for what a program writes, which no program may answer.
    """

    sender: Person
    to: tuple[Person, ...]
    subject: str
    text: str
    at: datetime
    message_id: str
    cc: tuple[Person, ...] = ()
    bcc: tuple[Person, ...] = ()
    html: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    reply_to: tuple[Person, ...] = ()
    files: Sequence[tuple[str, str, bytes]] = ()
    automatic: bool = False


def compose(letter: Letter) -> bytes:
    """Return the mail with CRLF line ends."""
    content = _parts(letter) if letter.html or letter.files else _text(letter.text)
    return b"".join(_fields(letter)) + content


def _text(text: str) -> bytes:
    """Return fields and body of a mail of text alone, byte for byte what :mod:`email` writes.

    That takes it a millisecond of the loop, and every step of every letter is a notice of this form.
    """
    body = b"".join(line + b"\r\n" for line in text.encode().splitlines() or [b""])
    return _TEXT_FIELDS + base64.encodebytes(body).replace(b"\n", b"\r\n")


def _parts(letter: Letter) -> bytes:
    message = EmailMessage(policy=SMTP)
    message.set_content(letter.text, charset="utf-8", cte="base64")
    if letter.html:
        message.add_alternative(letter.html, subtype="html", charset="utf-8", cte="base64")
        message.set_boundary(_boundary(letter, "alternative"))
    for name, content_type, data in letter.files:
        main, sub = _type(content_type)
        # The standard library would decode what looks like an encoded word, a line break in it and all.
        message.add_attachment(data, maintype=main, subtype=sub, filename=one_line(name).replace("=?", "=_"))
    if letter.files:
        message.set_boundary(_boundary(letter))
    return message.as_bytes()


def _fields(letter: Letter) -> Iterator[bytes]:
    yield field("From", written_people((letter.sender,)))
    for name, people in (("To", letter.to), ("Cc", letter.cc), ("Bcc", letter.bcc), ("Reply-To", letter.reply_to)):
        if people:
            yield field(name, written_people(people))
    yield field("Subject", written_text(letter.subject))
    yield field("Date", format_datetime(letter.at.astimezone(SHANGHAI)))
    for name, ids in (
        ("Message-ID", (letter.message_id,)),
        ("In-Reply-To", (letter.in_reply_to,)),
        ("References", letter.references),
    ):
        if known := written_ids(ids):
            yield field(name, known)
    if letter.automatic:
        # RFC 3834, 5: nobody's program answers it.
        yield field("Auto-Submitted", "auto-replied" if letter.in_reply_to else "auto-generated")


def _type(content_type: str) -> tuple[str, str]:
    """Return the two halves of a content type; a file is no message, and no tree of parts."""
    main, _, sub = content_type.partition("/")
    well = _TOKEN.fullmatch(main) and _TOKEN.fullmatch(sub) and main.lower() not in ("multipart", "message")
    return (main, sub) if well else ("application", "octet-stream")


def _boundary(letter: Letter, part: str = "") -> str:
    return hashlib.sha256(f"{part}{letter.message_id}".encode()).hexdigest()[:32]
