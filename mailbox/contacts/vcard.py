"""Contacts as vCards (电子名片): version 4 (RFC 6350) and 3 (RFC 2426) written, 2.1 to 4 read.

Only name, addresses and note are taken; everything else that phones write is passed over. Reading is linear in the
size of the file and never fails: what can't be understood is left out.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterable, Iterator
from typing import Final

from minxin.mailbox.contacts.rules import Card, taken_over

VERSIONS: Final = ("4.0", "3.0")
MOST_READ: Final = 5_000
_LINE_OCTETS: Final = 75  # RFC 6350, 3.2
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
# Where a value has several parts, a semicolon that was not escaped.
_PARTS: Final = re.compile(r"(?<!\\);")


def write_cards(cards: Iterable[Card], version: str) -> bytes:
    """Return the cards as one file in UTF-8; ``version`` is one of :data:`VERSIONS`."""
    return b"".join(_written(card, version) for card in cards)


def read_cards(data: bytes) -> list[Card]:
    """Return the cards of a file that have an address, up to :data:`MOST_READ`."""
    found = []
    for fields in _cards(data):
        card = _read(fields)
        if card is not None:
            found.append(card)
        if len(found) == MOST_READ:
            break
    return found


def _written(card: Card, version: str) -> bytes:
    kind = "" if version == VERSIONS[0] else ";TYPE=INTERNET"
    lines = ["BEGIN:VCARD", f"VERSION:{version}", f"FN:{_escape(card.name)}", f"N:{_escape(card.name)};;;;"]
    lines += [f"EMAIL{kind}:{_escape(address)}" for address in card.addresses]
    lines += [f"NOTE:{_escape(card.note)}"] if card.note else []
    return b"".join(_folded(line) for line in (*lines, "END:VCARD"))


def _escape(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")
    return "".join("\\n" if sign == "\n" else sign for sign in plain if sign == "\n" or sign.isprintable())


def _folded(line: str) -> bytes:
    """Return the line broken so that no piece is longer than the standard says, and no character is torn."""
    pieces: list[bytes] = []
    piece = b""
    for sign in line:
        octets = sign.encode("utf-8")
        if len(piece) + len(octets) > _LINE_OCTETS - bool(pieces):
            pieces.append(piece)
            piece = b""
        piece += octets
    return b"\r\n ".join((*pieces, piece)) + b"\r\n"


class _Field:
    """One field of a card: its name, its parameters in upper case, and its value as bytes."""

    def __init__(self, head: bytes, value: bytes) -> None:
        name, *parameters = head.decode("ascii", "replace").upper().split(";")
        self.name = name.rpartition(".")[2].strip()  # a group may stand before it
        self.parameters = parameters
        self.value = value

    @property
    def quoted(self) -> bool:
        """Whether the value is quoted-printable, as version 2.1 has it."""
        return any(one.partition("=")[2] == "QUOTED-PRINTABLE" or one == "QUOTED-PRINTABLE" for one in self.parameters)

    def text(self) -> str:
        """Return the value as text; Chinese phones of old wrote GBK."""
        raw = quopri.decodestring(self.value) if self.quoted else self.value
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.decode("gb18030", "replace")


def _cards(data: bytes) -> Iterator[list[_Field]]:
    """Yield the fields of each card; a card in a card (2.1: AGENT) belongs to the one around it."""
    fields: list[_Field] = []
    depth = 0
    for field in _fields(data):
        if field.name == "BEGIN":
            depth += 1
        elif field.name == "END" and depth:
            depth -= 1
            if depth == 0:
                yield fields
                fields = []
        elif depth == 1:
            fields.append(field)


def _fields(data: bytes) -> Iterator[_Field]:
    for line in _lines(data.removeprefix(b"\xef\xbb\xbf")):
        head, colon, value = line.partition(b":")
        if colon:
            yield _Field(head, value)


def _lines(data: bytes) -> Iterator[bytes]:
    """Yield the lines, put together again where they were folded or, quoted-printable, went on after a "="."""
    pieces: list[bytes] = []
    soft = False
    for line in (*data.splitlines(), b""):
        if pieces and soft:
            pieces.append(line)
        elif pieces and line[:1] in (b" ", b"\t"):
            pieces.append(line[1:])
        else:
            if pieces:
                yield b"".join(pieces)
            pieces = [line]
        soft = line.endswith(b"=") and b"QUOTED-PRINTABLE" in pieces[0].upper()
        if soft:
            pieces[-1] = pieces[-1][:-1]
    if pieces:
        yield b"".join(pieces)


def _read(fields: list[_Field]) -> Card | None:
    texts: dict[str, list[str]] = {}
    for field in fields:
        if field.name in ("FN", "N", "ORG", "EMAIL", "NOTE"):
            texts.setdefault(field.name, []).append(field.text())
    name = _plain(texts.get("FN", [""])[0]) or _of_parts(texts.get("N", [""])[0]) or _plain(texts.get("ORG", [""])[0])
    addresses = [_plain(one).removeprefix("mailto:") for one in texts.get("EMAIL", [])]
    return taken_over(name, addresses, _plain(texts.get("NOTE", [""])[0]))


def _of_parts(value: str) -> str:
    """Return a name of its parts: surname and given name, as Chinese names go together without a space."""
    surname, given = ([_plain(one) for one in _PARTS.split(value)] + ["", ""])[:2]
    ascii_name = f"{given} {surname}".strip()
    return ascii_name if ascii_name.isascii() else f"{surname}{given}"


def _plain(value: str) -> str:
    return _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], value).strip()
