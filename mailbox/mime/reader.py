"""Raw bytes of a mail into a :class:`ParsedMail`: pure, and made to be run in a process that can be killed.

Parsing is done by the standard library under its ``compat32`` policy, which is the cheaper and the more robust one on
hostile input, after the pre-scan; all decoding is ours, because labels lie.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from email.policy import compat32

import msgspec

from minxin.core.errors import NotFoundError
from minxin.mailbox.mime.charset import decode_text
from minxin.mailbox.mime.envelope import Fields, read_envelope
from minxin.mailbox.mime.filename import safe_filename
from minxin.mailbox.mime.headers import parse_parameters
from minxin.mailbox.mime.markup import html_to_text
from minxin.mailbox.mime.parsed import MailAttachment, ParsedMail
from minxin.mailbox.mime.prescan import prescan

MAX_TEXT_CHARS = 1_000_000
MAX_HTML_CHARS = 2_000_000
HEAD_BYTES = 64 * 1024

_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff]")
_CONTENT_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,100}")
_CONTENT_ID = re.compile(r"\s*<?([^<>\s]{1,250})>?\s*")
_ENCODINGS = frozenset(
    {"", "7bit", "8bit", "binary", "base64", "quoted-printable", "x-uuencode", "uuencode", "uue", "x-uue"}
)


class _Part(msgspec.Struct, frozen=True):
    """A leaf of the tree of parts, with what its header says."""

    index: int
    message: Message[str, str]
    content_type: str
    charset: str
    filename: str
    disposition: str
    content_id: str
    encoding: str

    @property
    def is_body(self) -> bool:
        text = self.content_type in ("text/plain", "text/html")
        return text and self.disposition != "attachment" and not self.filename


class _Bodies:
    """What the leaves add up to."""

    def __init__(self) -> None:
        self.plain: list[str] = []
        self.html: list[str] = []
        self.attachments: list[MailAttachment] = []
        self.problems: list[str] = []

    def add(self, part: _Part) -> None:
        data = _content(part.message)
        if part.encoding not in _ENCODINGS:
            self.problems.append("mail.encoding")
        if not part.is_body:
            self.attachments.append(_attachment(part, data))
            return
        decoded = decode_text(data, part.charset)
        if decoded.problem:
            self.problems.append(decoded.problem)
        (self.html if part.content_type == "text/html" else self.plain).append(_clean_text(decoded.text))


def read_mail(raw: bytes) -> ParsedMail:
    """Read a mail; never raises on any bytes that the pre-scan lets pass, and tells what was odd in ``problems``."""
    scan = prescan(raw)
    if scan.broken:
        return read_head(raw[:HEAD_BYTES], scan.broken)
    message = BytesParser(policy=compat32).parsebytes(raw)
    bodies = _Bodies()
    for part in _leaves(message):
        bodies.add(part)
    return _with_bodies(read_envelope(Fields(message)), bodies)


def read_head(head: bytes, problem: str) -> ParsedMail:
    """What the first 64 KiB of a mail say that can't be read: not ``readable``, with ``problem`` as the first one."""
    mail = read_envelope(Fields(BytesHeaderParser(policy=compat32).parsebytes(head[:HEAD_BYTES])))
    return msgspec.structs.replace(mail, problems=(problem, *mail.problems))


def read_part(raw: bytes, index: int) -> bytes:
    """The content of the attachment with that index; :class:`NotFoundError` when there is none."""
    if not prescan(raw).broken:
        message = BytesParser(policy=compat32).parsebytes(raw)
        for part in _leaves(message):
            if part.index == index:
                return _content(part.message)
    raise NotFoundError("mail.no_such_part")


def read_parts(raw: bytes) -> dict[int, bytes]:
    """The contents of all parts by index, those of the text among them; none of a mail that can't be read."""
    if prescan(raw).broken:
        return {}
    message = BytesParser(policy=compat32).parsebytes(raw)
    return {part.index: _content(part.message) for part in _leaves(message)}


def _with_bodies(mail: ParsedMail, bodies: _Bodies) -> ParsedMail:
    html = "\n".join(bodies.html)
    text = "\n\n".join(piece.strip("\n") for piece in bodies.plain if piece.strip())
    text = text or html_to_text(html[:MAX_HTML_CHARS])
    cut = len(text) > MAX_TEXT_CHARS or len(html) > MAX_HTML_CHARS
    problems = [*mail.problems, *bodies.problems, *(["mail.cut"] if cut else [])]
    return msgspec.structs.replace(
        mail,
        readable=True,
        text=text[:MAX_TEXT_CHARS],
        html=html[:MAX_HTML_CHARS],
        attachments=tuple(bodies.attachments),
        problems=tuple(dict.fromkeys(problems)),
    )


def _leaves(message: Message[str, str]) -> Iterator[_Part]:
    """The parts that hold content, in order. A mail inside the mail is one leaf: its own parts are its reader's."""
    waiting = [message]
    index = 0
    while waiting:
        part = waiting.pop()
        children = part.get_payload()
        if part.get_content_maintype() != "message" and part.is_multipart() and isinstance(children, list):
            waiting.extend(child for child in reversed(children) if isinstance(child, Message))
        else:
            yield _describe(index, part)
            index += 1


def _describe(index: int, message: Message[str, str]) -> _Part:
    fields = Fields(message)
    content_type, parameters = parse_parameters(fields.first("content-type"))
    if not _CONTENT_TYPE.fullmatch(content_type) or content_type.startswith("multipart/"):
        content_type = message.get_default_type()
    disposition, options = parse_parameters(fields.first("content-disposition"))
    content_id = _CONTENT_ID.fullmatch(fields.first("content-id"))
    return _Part(
        index=index,
        message=message,
        content_type=content_type,
        charset=parameters.get("charset", ""),
        filename=options.get("filename", "") or parameters.get("name", ""),
        disposition=disposition,
        content_id=content_id[1] if content_id and content_id[1].isascii() else "",
        encoding=fields.word("content-transfer-encoding"),
    )


def _content(message: Message[str, str]) -> bytes:
    if message.is_multipart():
        children = message.get_payload()
        return b"\n".join(child.as_bytes() for child in children if isinstance(child, Message))
    content = message.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _attachment(part: _Part, data: bytes) -> MailAttachment:
    ending = ".eml" if part.content_type == "message/rfc822" else mimetypes.guess_extension(part.content_type) or ""
    return MailAttachment(
        index=part.index,
        filename=safe_filename(part.filename, f"attachment-{part.index}{ending}"),
        content_type=part.content_type,
        size_bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        inline=part.disposition != "attachment" and bool(part.content_id),
        content_id=part.content_id,
    )


def _clean_text(text: str) -> str:
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
