"""A bounded look at the header of a mail (邮件头): linear, so that it may be done with any bytes on the event loop."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message
from email.policy import compat32
from typing import Final

from minxin.mailbox.mime.envelope import Fields, read_envelope
from minxin.mailbox.mime.parsed import ParsedMail

HEAD_BYTES: Final = 64 * 1024
LINES_MAX: Final = 2_000
FIELD_MAX: Final = 998  # RFC 5322, 2.1.1: a longer one is cut

_BLANK_LINE = re.compile(rb"(?>\r\n|\n|\r)(?>\r\n|\n|\r)")
_LONG: Final = frozenset({"to", "cc", "references", "subject"})
_LOOKED_AT: Final = frozenset({"from", "date", "message-id", "in-reply-to", "reply-to", "content-type", *_LONG})


def header_block(raw: bytes) -> tuple[bytes, int, bool]:
    """Return the header, where the body begins, and whether the header's end was seen."""
    if raw[:1] in (b"\r", b"\n"):
        return b"", 0, True
    blank = _BLANK_LINE.search(raw, 0, HEAD_BYTES)
    if blank is not None:
        return raw[: blank.start()], blank.end(), True
    return raw[:HEAD_BYTES], 0, len(raw) <= HEAD_BYTES


def header_fields(block: bytes) -> Iterator[tuple[str, bytes, int]]:
    """Yield each field's lower-case name, its unfolded value, and the number of its lines."""
    lines: list[bytes] = []
    for line in (*block.splitlines(), b""):
        if line[:1] in (b" ", b"\t") and lines:
            lines.append(line)
            continue
        if lines:
            name, _, value = b"".join(lines).partition(b":")
            yield name.strip().lower().decode("ascii", "replace"), value, len(lines)
        lines = [line]


def look(raw: bytes) -> ParsedMail:
    """Return the fields of a header that a list of mail shows, not yet ``readable``; any bytes will do."""
    block, _, _ = header_block(raw)
    message: Message[str, str] = Message(policy=compat32)
    lines = 0
    for name, value, count in header_fields(block):
        lines += count
        if lines > LINES_MAX:
            break
        if name in _LOOKED_AT and name not in message:
            cut = FIELD_MAX * 8 if name in _LONG else FIELD_MAX
            message.set_raw(name, value[:cut].decode("ascii", "surrogateescape"))
    return read_envelope(Fields(message))
