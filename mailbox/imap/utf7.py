"""Names of folders as they go over the wire: modified UTF-7 (RFC 3501 section 5.1.3)."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error

from minxin.mailbox.imap.words import BadCommandError

_FOREIGN = re.compile(r"[^\x20-\x7e]+")
_SHIFTED = re.compile(rb"&([^-]*)-")


def encode_name(name: str) -> bytes:
    """Write a name."""
    return _FOREIGN.sub(lambda found: _shift(found[0]), name.replace("&", "&-")).encode("ascii")


def decode_name(name: bytes) -> str:
    """Read a name. One that is in UTF-8, as some programs send it, is taken too; raises ``BadCommandError``."""
    try:
        if not name.isascii():
            return name.decode("utf-8")
        return _SHIFTED.sub(_unshift, name).decode("utf-8")
    except (UnicodeDecodeError, Error) as error:
        raise BadCommandError("a name is not in modified UTF-7") from error


def _shift(text: str) -> str:
    coded = b64encode(text.encode("utf-16-be", "surrogatepass")).decode("ascii").rstrip("=").replace("/", ",")
    return f"&{coded}-"


def _unshift(found: re.Match[bytes]) -> bytes:
    coded = found[1]
    if not coded:
        return b"&"
    padded = coded.replace(b",", b"/") + b"=" * (-len(coded) % 4)
    return b64decode(padded, validate=True).decode("utf-16-be").encode("utf-8")
