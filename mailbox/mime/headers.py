"""Header fields into one clean line of text: RFC 2047 words, raw 8-bit bytes, parameters of RFC 2045 and 2231."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote_to_bytes

from minxin.mailbox.mime.charset import codec_of, decode_text

MAX_FIELD_CHARS = 16 * 1024

_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
# Controls, and the marks that turn the writing direction: a name must not look like another name.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_PARAMETER = re.compile(r';\s*+([^\s=;"]++)\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)(?:"|\Z)|([^;]*+))', re.DOTALL)
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
_SECTION = re.compile(r"(.+?)\*(?:(\d{1,3})(\*?)|)")


def clean_line(text: str) -> str:
    """One line without control, direction and zero-width characters, with single spaces."""
    return " ".join(_UNSEEN.sub(" ", text).split())


def raw_text(value: str) -> str:
    """The field as text: bytes outside ASCII, which the parser kept as surrogates, are decoded by a guess."""
    data = value[:MAX_FIELD_CHARS].encode("utf-8", "surrogateescape")
    return data.decode("ascii") if data.isascii() else decode_text(data, "").text


def decode_words(text: str) -> str:
    """Decode RFC 2047 words; words that follow each other are joined as bytes, for a character may be cut in two."""
    pieces: list[str] = []
    pending, label, end = b"", "", 0
    for word in _WORD.finditer(text):
        gap = text[end : word.start()]
        follows = bool(label) and not gap.strip()
        data = _word_bytes(word[2], word[3])
        if follows and codec_of(word[1]) == codec_of(label):
            pending += data
        else:
            pieces += [decode_text(pending, label).text, "" if follows else gap]
            pending, label = data, word[1]
        end = word.end()
    return "".join([*pieces, decode_text(pending, label).text, text[end:]])


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8")
    if encoding in "bB":
        digits = _NOT_BASE64.sub(b"", data)
        digits = digits[: len(digits) - 1] if len(digits) % 4 == 1 else digits
        return base64.b64decode(digits + b"=" * (-len(digits) % 4))
    return binascii.a2b_qp(data, header=True)


def field_text(value: str) -> str:
    """A free-text field such as Subject, as people read it."""
    return clean_line(decode_words(raw_text(value)))


def parse_parameters(value: str) -> tuple[str, dict[str, str]]:
    """``text/plain; charset=...`` into its lower-case value and its decoded parameters; the first of a name counts."""
    text = raw_text(value)
    found: dict[str, list[tuple[int, bool, str]]] = {}
    for match in _PARAMETER.finditer(text):
        given = match[3].strip() if match[2] is None else _QUOTED_PAIR.sub(r"\1", match[2])
        section = _SECTION.fullmatch(match[1])
        name = section[1] if section else match[1]
        number = int(section[2] or 0) if section else -1
        escaped = bool(section) and match[1].endswith("*")
        found.setdefault(name.lower(), []).append((number, escaped, given))
    main = clean_line(text.partition(";")[0]).lower()
    return main, {name: clean_line(_join_sections(sections)) for name, sections in found.items()}


def _join_sections(sections: list[tuple[int, bool, str]]) -> str:
    """RFC 2231 sections win over a plain value: mail programs send both for the old readers."""
    numbered = sorted((section for section in sections if section[0] >= 0), key=lambda section: section[0])
    if not numbered:
        return decode_words(sections[0][2])
    label, data = "", b""
    for index, (_, escaped, text) in enumerate(numbered):
        if escaped and index == 0 and text.count("'") >= 2:
            label, _, text = text.split("'", 2)
        data += unquote_to_bytes(text) if escaped else text.encode("utf-8")
    return decode_text(data, label or "utf-8").text
