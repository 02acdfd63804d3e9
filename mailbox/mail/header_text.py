"""Header fields as they are written (邮件头编码): whatever was typed stands in one field and is read as it was typed.

The standard library's message classes decode a word that looks like an encoded one (RFC 2047) before they write it,
so that a line break hidden in it would begin a field of its own. Here a text is plain or encoded, never looked into.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from email.header import Header
from typing import Final

from minxin.mailbox.mail.records import Person

LINE: Final = 75  # RFC 2047, section 2
_FORBIDDEN: Final = dict.fromkeys((*range(32), 127, 0x2028, 0x2029, 0x85), " ")
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ]{0,58}[A-Za-z0-9])?")
_PLAIN_TEXT: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,58}[\x21-\x7e])?")
_ADDRESS: Final = re.compile(r"[^\s<>()\[\],;:\\\"@\x00-\x20\x7f-\x9f]+@[^\s<>()\[\],;:\\\"@\x00-\x20\x7f-\x9f]+")
_ID: Final = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{1,250}>")


def field(name: str, value: str) -> bytes:
    """Return the field with its line end; the value is one that a function of this module made."""
    return f"{name}: {value}\r\n".encode()


def written_text(text: str) -> str:
    """Return a text as the value of a field such as Subject."""
    line = one_line(text)
    return line if _PLAIN_TEXT.fullmatch(line) and "=?" not in line else _encoded(line)


def written_people(people: Sequence[Person]) -> str:
    """Return names and addresses as the value of a field such as To; raises ``ValueError`` for what is no address."""
    return ",\r\n ".join(_person(one) for one in people)


def written_ids(ids: Iterable[str]) -> str:
    """Return Message-IDs as the value of a field; what is none is left out."""
    return "\r\n ".join(one for one in ids if _ID.fullmatch(one))


def one_line(text: str) -> str:
    """Return the text as one line of characters: a line break in a header would begin another field."""
    return text.translate(_FORBIDDEN).encode("utf-8", "replace").decode("utf-8").strip()


def _person(person: Person) -> str:
    if not _ADDRESS.fullmatch(person.address):
        raise ValueError("no address")
    name = one_line(person.name)
    if not name:
        return person.address
    shown = name if _PLAIN_NAME.fullmatch(name) else _encoded(name)
    return f"{shown} <{person.address}>" if len(shown) < LINE else f"{shown}\r\n <{person.address}>"


def _encoded(line: str) -> str:
    return Header(line, "utf-8", maxlinelen=LINE, header_name="Reply-To").encode(linesep="\r\n")
