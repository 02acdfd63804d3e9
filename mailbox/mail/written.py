"""A mail that is being written (草稿), as bytes and back: what was typed stays as it was typed.

A draft is a real mail, so that every mail program sees it. Half an address is none that a header could hold; so beside
the addresses that are whole, the lines stand in a field of ours as they were typed. A draft that a mail program wrote
has no such field, and is read by its header.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from email.headerregistry import Address
from email.policy import SMTP
from typing import Final

import msgspec
from msgspec import Struct

from minxin.mailbox.mail.compose import Letter, compose
from minxin.mailbox.mail.records import Person
from minxin.mailbox.mime import address as mime
from minxin.mailbox.mime.address import parse_addresses
from minxin.mailbox.mime.head import header_block, header_fields
from minxin.mailbox.mime.reader import read_mail, read_parts

TYPED_FIELD: Final = "X-Minxin-Typed"
OCTETS: Final = "application/octet-stream"
_LINE: Final = 72
_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,100}")
_GAP: Final = re.compile(r"[,;，；、\n]+\s*")


class Typed(Struct, frozen=True, kw_only=True):
    """The fields of a mail that is being written; ``sender`` is one of the box's own addresses, empty for the usual.

    Message-IDs are without their brackets.
    """

    sender: str = ""
    to: str = ""
    cc: str = ""
    bcc: str = ""
    subject: str = ""
    text: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()


_decoder: Final = msgspec.json.Decoder(Typed)


class WrittenFile(Struct, frozen=True):
    """A file that goes along; ``index`` is its place in the mail that it was read from."""

    name: str
    content_type: str
    data: bytes
    index: int = 0

    def __repr__(self) -> str:
        return f"WrittenFile({self.content_type!r}, {len(self.data)} bytes)"


class WrittenMail(Struct, frozen=True, kw_only=True):
    """A mail as one who goes on with it, or answers it, needs it; ``typed`` is None unless it is a draft of ours."""

    sender: Person
    message_id: str
    subject: str
    text: str
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    bcc: tuple[Person, ...] = ()
    reply_to: tuple[Person, ...] = ()
    date: datetime | None = None
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    typed: Typed | None = None
    files: tuple[WrittenFile, ...] = ()


def addressees(line: str) -> tuple[tuple[Person, ...], tuple[str, ...]]:
    """Return the people that a typed line names, and what of it is no address.

    Chinese commas, semicolons and line breaks part people as well as the comma of RFC 5322 does.
    """
    people: list[Person] = []
    wrong: list[str] = []
    for one in parse_addresses(_GAP.sub(", ", line)):
        if one.address:
            people.append(Person(one.name, one.address))
        else:
            wrong.append(one.address or one.name)
    return tuple({person.address.lower(): person for person in people}.values()), tuple(wrong)


def line_of(people: Sequence[Person]) -> str:
    """Return people as one types them."""
    return ", ".join(f"{_quoted(one.name)} <{one.address}>" if one.name else one.address for one in people)


def write_draft(typed: Typed, files: Sequence[WrittenFile], sender: Person, message_id: str, at: datetime) -> bytes:
    """Return the draft as a mail; ``message_id`` has its brackets."""
    letter = Letter(
        sender=sender,
        to=_in_header(typed.to),
        cc=_in_header(typed.cc),
        subject=typed.subject,
        text=typed.text,
        at=at,
        message_id=message_id,
        in_reply_to=f"<{typed.in_reply_to}>" if typed.in_reply_to else "",
        references=tuple(f"<{one}>" for one in typed.references),
        files=[(one.name, one.content_type, one.data) for one in files],
    )
    return b"".join([_hidden(_in_header(typed.bcc)), _typed_field(typed), compose(letter)])


def read_written(raw: bytes, with_files: bool) -> WrittenMail:
    """Read a mail that is gone on with, or answered; run it where hostile bytes do no harm."""
    mail = read_mail(raw)
    fields = {name: value for name, value, _ in header_fields(header_block(raw)[0])}
    data = read_parts(raw) if with_files else {}
    return WrittenMail(
        sender=Person(mail.from_name, mail.from_address),
        message_id=mail.message_id,
        subject=mail.subject,
        text=mail.text,
        to=_people(mail.to),
        cc=_people(mail.cc),
        bcc=_people(parse_addresses(fields.get("bcc", b"").decode("ascii", "surrogateescape"))),
        reply_to=_people(mail.reply_to),
        date=mail.date,
        in_reply_to=mail.in_reply_to[0] if mail.in_reply_to else "",
        references=mail.references,
        typed=_typed(fields.get(TYPED_FIELD.lower(), b"")),
        files=tuple(
            WrittenFile(one.filename, one.content_type, data.get(one.index, b""), one.index) for one in mail.attachments
        ),
    )


def typed_of(mail: WrittenMail) -> Typed:
    """Return the fields of a draft, of ours or of a mail program's."""
    if mail.typed is not None:
        return msgspec.structs.replace(mail.typed, text=mail.text, subject=mail.subject)
    return Typed(
        to=line_of(mail.to),
        cc=line_of(mail.cc),
        bcc=line_of(mail.bcc),
        subject=mail.subject,
        text=mail.text,
        in_reply_to=mail.in_reply_to,
        references=mail.references,
    )


def safe_type(content_type: str) -> str:
    """Return the type that a browser gave to a file when it may stand in a header, else that of any bytes."""
    tidy = content_type.strip().lower()
    return tidy if _TYPE.fullmatch(tidy) and not tidy.startswith(("multipart/", "message/")) else OCTETS


def _in_header(line: str) -> tuple[Person, ...]:
    """Return those of the people whose addresses the header of a draft can hold (RFC 5322 without RFC 6532)."""
    return tuple(one for one in addressees(line)[0] if _is_plain(one.address))


def _is_plain(address: str) -> bool:
    if not address.isascii():
        return False
    try:
        Address(addr_spec=address)
    except (ValueError, IndexError):
        return False
    return True


def _quoted(name: str) -> str:
    return '"{}"'.format(name.replace("\\", "").replace('"', "")) if re.search(r'[,;:<>@()"\\]', name) else name


def _hidden(people: Sequence[Person]) -> bytes:
    """Return the Bcc field, which a draft alone has."""
    if not people:
        return b""
    header = SMTP.header_store_parse("Bcc", [Address(one.name, addr_spec=one.address) for one in people])
    return SMTP.fold_binary(*header)


def _typed_field(typed: Typed) -> bytes:
    kept = msgspec.structs.replace(typed, text="", subject="")
    text = base64.b64encode(msgspec.json.encode(kept)).decode("ascii")
    return f"{TYPED_FIELD}:{''.join(f' {piece}' + chr(13) + chr(10) for piece in _pieces(text))}".encode("ascii")


def _pieces(text: str) -> Iterator[str]:
    for start in range(0, len(text), _LINE):
        yield text[start : start + _LINE]


def _typed(value: bytes) -> Typed | None:
    try:
        return _decoder.decode(base64.b64decode(b"".join(value.split()))) if value else None
    except (binascii.Error, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _people(found: Sequence[mime.Address]) -> tuple[Person, ...]:
    return tuple(Person(one.name, one.address) for one in found)
