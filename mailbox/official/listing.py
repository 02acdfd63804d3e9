"""Lists of recipients as people give them (收件人名单): pasted lines or the rows of a table, told what is wrong.

An entry is an address of one of our boxes, or a mobile number of somebody with an account. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from minxin.core.errors import InvalidInputError
from minxin.mailbox.phone import parse_phone

MOST: Final = 5_000
SHOWN_CHARS: Final = 60
_APART: Final = re.compile(r"[,;，；、\s]+")
_ANGLED: Final = re.compile(r"<([^<>\s]+@[^<>\s]+)>")
_ADDRESS: Final = re.compile(r"[^@\s<>]+@[^@\s<>]+")
_PHONE: Final = re.compile(r"(?:\+?86)?1\d{10}")
# What stands at the head of a column and is no recipient.
HEADINGS: Final = frozenset("address mail email phone mobile 地址 邮箱 邮箱地址 手机 手机号 手机号码".split())


class Entry(Struct, frozen=True):
    """What names one recipient: the line that it stands on (from 1), and an address or number in normal form."""

    line: int
    text: str
    phone: bool


class WrongLine(Struct, frozen=True):
    """A line that names nobody: its number, how it begins, and the catalogue key of the reason."""

    line: int
    text: str
    reason: str


class WrongLinesError(InvalidInputError):
    """Some lines of a list can't be used."""

    def __init__(self, lines: Sequence[WrongLine]) -> None:
        super().__init__("official.lines", field="list", count=len(lines))
        self.lines = tuple(lines)


class Listing(Struct, frozen=True):
    """What was read: the entries, and the lines that hold none."""

    entries: tuple[Entry, ...]
    wrong: tuple[WrongLine, ...]


def read_typed(text: str) -> Listing:
    """Read what was typed or pasted: one recipient a line, or several parted by commas, semicolons or blanks."""
    return _read((number, _pieces(line)) for number, line in enumerate(text.splitlines(), start=1))


def read_rows(rows: Iterable[Sequence[str]]) -> Listing:
    """Read a table: of each row the first cell that is an address or a number; a row of headings is none."""
    return _read((number, _row_pieces(row)) for number, row in enumerate(rows, start=1))


def joined(first: Listing, second: Listing) -> Listing:
    """Return two lists as one; raises ``InvalidInputError("official.too_many")`` above :data:`MOST` entries."""
    if len(first.entries) + len(second.entries) > MOST:
        raise InvalidInputError("official.too_many", field="list", most=MOST)
    return Listing(first.entries + second.entries, first.wrong + second.wrong)


def resolved(listing: Listing, boxes: Mapping[str, str], *, leave_out: bool) -> tuple[str, ...]:
    """Return the boxes that are named, each once and in the order of their ids.

    ``boxes`` has them by entry. With ``leave_out`` lines that name nobody are left out, else :class:`WrongLinesError`
    tells them. Raises ``InvalidInputError("official.nobody")`` when no box is left.
    """
    strange = [one for one in listing.entries if one.text not in boxes]
    unknown = [WrongLine(one.line, _masked(one), "official.line.unknown") for one in strange]
    wrong = sorted((*listing.wrong, *unknown), key=lambda one: one.line)
    if wrong and not leave_out:
        raise WrongLinesError(wrong)
    found = sorted({boxes[one.text] for one in listing.entries if one.text in boxes})
    if not found:
        raise InvalidInputError("official.nobody", field="list")
    return tuple(found)


def _read(lines: Iterable[tuple[int, Sequence[str]]]) -> Listing:
    entries: list[Entry] = []
    wrong: list[WrongLine] = []
    for number, pieces in lines:
        for piece in pieces:
            entry = _entry(number, piece)
            if entry is None:
                wrong.append(WrongLine(number, piece[:SHOWN_CHARS], "official.line.form"))
            else:
                entries.append(entry)
        if len(entries) + len(wrong) > MOST:
            raise InvalidInputError("official.too_many", field="list", most=MOST)
    return Listing(tuple(entries), tuple(wrong))


def _pieces(line: str) -> list[str]:
    """Part a line into recipients; of ``王小明 <wang@…>`` the address counts."""
    angled = _ANGLED.findall(line)
    return angled or [one for one in _APART.split(line) if one]


def _row_pieces(row: Sequence[str]) -> list[str]:
    cells = [cell.strip() for cell in row if cell.strip()]
    if not cells or not HEADINGS.isdisjoint(cell.lower() for cell in cells):
        return []
    return [next((cell for cell in cells if _entry(0, cell) is not None), cells[0])]


def _entry(line: int, piece: str) -> Entry | None:
    if _PHONE.fullmatch(piece):
        try:
            return Entry(line, parse_phone(piece), phone=True)
        except InvalidInputError:
            return None
    return Entry(line, piece.lower(), phone=False) if _ADDRESS.fullmatch(piece) else None


def _masked(entry: Entry) -> str:
    return f"{entry.text[:3]}****{entry.text[-4:]}" if entry.phone else entry.text[:SHOWN_CHARS]
