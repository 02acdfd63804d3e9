"""What stands on top of a mail that came in (投递标记), and what is taken out of it first.

Our own lines are the only ones that a reader may believe: the return path (RFC 5321 section 4.4), where it came from,
and what the checks found (RFC 8601). Foreign fields that say the same in our name are removed; all else stays to the
byte.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from email.utils import format_datetime
from typing import Final

from msgspec import Struct

from minxin.core.clock import SHANGHAI
from minxin.mailbox.mime.head import header_block

OWN_FIELDS: Final = b"x-minxin-"
_SUSPECT = re.compile(rb"^(?:return-path|authentication-results|x-minxin-[^:\r\n]{0,80})[ \t]*:", re.I | re.M)
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_COMMENT = re.compile(r"\([^()]*\)")
_FIELD_LOOK: Final = 1_000
_HOST = re.compile(r"[A-Za-z0-9._:\[\]-]{1,253}")


class Trace(Struct, frozen=True, kw_only=True):
    """How a mail came in. ``mark`` names it in the log and in our own line; ``tls`` says that the way was sealed."""

    server: str
    client: str
    helo: str
    sender: str
    mark: str
    at: datetime
    tls: bool


def trace_lines(trace: Trace) -> bytes:
    """Return the fields Return-Path and Received, with their line ends.

    The recipients are not named: one mail is kept for all of them, and none may read of another.
    """
    helo = trace.helo if _HOST.fullmatch(trace.helo) else "unknown"
    way = "ESMTPS" if trace.tls else "ESMTP"
    when = format_datetime(trace.at.astimezone(SHANGHAI))
    lines = (
        f"Return-Path: <{trace.sender}>\r\n"
        f"Received: from {helo} ([{trace.client}])\r\n\tby {trace.server} (Minxin) with {way} id {trace.mark};\r\n"
        f"\t{when}\r\n"
    )
    return lines.encode("utf-8", "surrogateescape")


def without_forged(raw: bytes, own_names: Collection[str]) -> bytes:
    """Return the mail without foreign fields that only we may write; the same object when there are none.

    ``own_names`` are the names under which we write ``Authentication-Results`` (RFC 8601 section 5).
    """
    block, body_at, _ = header_block(raw)
    if _SUSPECT.search(block) is None and b"\r" not in block.replace(b"\r\n", b""):
        return raw
    kept: list[bytes] = []
    at, dropping = 0, False
    while at < len(block):
        line = _LINE.match(raw, at, body_at or len(block))
        text = line[0] if line is not None else raw[at:]
        if not text.startswith((b" ", b"\t")):
            dropping = _is_forged(raw[at : at + _FIELD_LOOK], own_names)
        if not dropping:
            kept.append(text)
        at += len(text)
    return b"".join(kept) + raw[at:]


def _is_forged(field: bytes, own_names: Collection[str]) -> bool:
    """Say whether the field that begins here is one that only we may write."""
    name, _, value = field.partition(b":")
    known = name.strip().lower()
    if known == b"return-path" or known.startswith(OWN_FIELDS):
        return True
    if known != b"authentication-results":
        return False
    if b";" not in value and len(field) == _FIELD_LOOK:
        return True  # nobody honest writes so much before his own name
    text = value.decode("ascii", "replace").lower()
    # Whoever writes in our name may hide it behind comments and folds: the name is looked for before the first result.
    server = _COMMENT.sub("", text.partition(";")[0])
    return any(one in server for one in own_names)
