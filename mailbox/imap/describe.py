"""ENVELOPE, BODY and BODYSTRUCTURE of a mail (RFC 3501 section 7.4.2)."""

from __future__ import annotations

from email.charset import BASE64, Charset
from email.header import Header
from typing import Final

from minxin.mailbox.imap.structure import HEADER_MAX, Part, header_fields, parse_kind
from minxin.mailbox.imap.words import listed, string
from minxin.mailbox.mime.address import Address, parse_addresses

_ADDRESSED: Final = (b"from", b"sender", b"reply-to", b"to", b"cc", b"bcc")
_UTF8: Final = Charset("utf-8")
_UTF8.header_encoding = BASE64
NIL: Final = b"NIL"


def write_envelope(header: bytes) -> bytes:
    """Write the envelope of a mail with this header block."""
    fields: dict[bytes, bytes] = {}
    for one in header_fields(header[:HEADER_MAX]):
        fields.setdefault(one.name.lower(), one.value)
    people = {name: _people(fields.get(name, b"")) for name in _ADDRESSED}
    for name in (b"sender", b"reply-to"):  # RFC 3501: the server fills in the From of the mail
        if people[name] == NIL:
            people[name] = people[b"from"]
    return listed(
        [
            string(fields.get(b"date")),
            string(fields.get(b"subject")),
            *people.values(),
            string(fields.get(b"in-reply-to")),
            string(fields.get(b"message-id")),
        ]
    )


def write_structure(part: Part, raw: bytes, *, extended: bool) -> bytes:
    """Write BODYSTRUCTURE, or BODY, which has no extension data."""
    if part.is_multipart:
        children = b"".join(write_structure(child, raw, extended=extended) for child in part.children)
        words = [children, string(part.sub)]
        if extended:
            words += [_parameters(part.parameters), *_extension(part)]
        return listed(words)
    words = [
        string(part.main),
        string(part.sub),
        _parameters(_with_charset(part)),
        string(part.fields.get(b"content-id")),
        string(part.fields.get(b"content-description")),
        string((part.fields.get(b"content-transfer-encoding") or b"7bit").lower()),
        b"%d" % (part.end - part.body),
    ]
    if part.is_message:
        inner = part.children[0]
        words += [write_envelope(raw[inner.start : inner.body]), write_structure(inner, raw, extended=extended)]
    if part.is_message or part.main == b"text":
        words.append(b"%d" % part.lines)
    if extended:
        words += [string(part.fields.get(b"content-md5")), *_extension(part)]
    return listed(words)


def _extension(part: Part) -> list[bytes]:
    languages = part.fields.get(b"content-language", b"").replace(b" ", b"").split(b",")
    return [
        _disposition(part.fields.get(b"content-disposition")),
        listed(string(one) for one in languages) if languages[0] else NIL,
        string(part.fields.get(b"content-location")),
    ]


def _disposition(value: bytes | None) -> bytes:
    if not value:
        return NIL
    kind = parse_kind(value)
    return listed([string(kind.value), _parameters(kind.parameters)])


def _with_charset(part: Part) -> tuple[tuple[bytes, bytes], ...]:
    """Return the parameters of a part; text that names no charset is in ASCII (RFC 2046, 4.1.2)."""
    if part.main != b"text" or any(name == b"charset" for name, _ in part.parameters):
        return part.parameters
    return (*part.parameters, (b"charset", b"us-ascii"))


def _parameters(parameters: tuple[tuple[bytes, bytes], ...]) -> bytes:
    return listed(string(word) for pair in parameters for word in pair) if parameters else NIL


def _people(value: bytes) -> bytes:
    people = parse_addresses(value.decode("utf-8", "surrogateescape")) if value else ()
    return b"(" + b"".join(_person(one) for one in people) + b")" if people else NIL


def _person(person: Address) -> bytes:
    local, _, domain = person.address.rpartition("@")
    return listed([_name(person.name), NIL, string(local), string(domain)])


def _name(name: str) -> bytes:
    if not name:
        return NIL
    return string(name if name.isascii() else Header(name, _UTF8, maxlinelen=75).encode(linesep=""))
