"""Where the parts of a mail begin and end, as IMAP clients ask for them (RFC 3501 section 6.4.5, RFC 2046).

One pass over the bytes, for which hostile mail is as quick as any other: no part lies deeper than ``DEPTH_MAX``,
no more than ``PARTS_MAX`` of them. What lies beyond is the body of the part around it; no byte is ever lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

from msgspec import Struct, field

DEPTH_MAX: Final = 30
PARTS_MAX: Final = 1000
HEADER_MAX: Final = 256 * 1024
CANDIDATES_MAX: Final = 100_000  # lines that begin like a delimiter
FIELDS_MAX: Final = 2000

_FIELD = re.compile(rb"^([!-9;-~]{1,200})[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)\n?", re.MULTILINE)
_FOLD = re.compile(rb"\r?\n")
_DELIMITER = re.compile(rb"^--([^\r\n]{1,200})\r?$", re.MULTILINE)
_PARAMETER = re.compile(rb';\s*+([^\s=;"]++)\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"?|([^\s;]*+))', re.DOTALL)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_TYPE = re.compile(rb"\s*([^\s/;]{1,100})/([^\s/;]{1,100})")


class Field(NamedTuple):
    """A header field: its name, its value on one line, and the bytes that it stands in."""

    name: bytes
    value: bytes
    raw: bytes


class Kind(NamedTuple):
    """A field like Content-Type: its value (lower-case) and its parameters."""

    value: bytes
    parameters: tuple[tuple[bytes, bytes], ...]


class Part(Struct, kw_only=True):
    """A part: its header goes from ``start`` to ``body``, what it holds from there to ``end``.

    The one child of a message/rfc822 is the message in it.
    """

    start: int
    body: int
    end: int
    main: bytes
    sub: bytes
    parameters: tuple[tuple[bytes, bytes], ...]
    fields: dict[bytes, bytes]
    lines: int = 0
    children: list[Part] = field(default_factory=list)

    @property
    def is_multipart(self) -> bool:
        """Whether it is made of parts."""
        return self.main == b"multipart" and bool(self.children)

    @property
    def is_message(self) -> bool:
        """Whether it is a message of its own."""
        return self.main == b"message" and bool(self.children)


def header_fields(header: bytes) -> Iterator[Field]:
    """Return the fields of a header block in their order, at most ``FIELDS_MAX``."""
    for found in islice(_FIELD.finditer(header), FIELDS_MAX):
        yield Field(found[1], _FOLD.sub(b"", found[2]).strip(), found[0])


def header_end(raw: bytes) -> int:
    """Return where the body of a mail begins."""
    return _Blanks(raw).after(0, len(raw))


def parse_kind(value: bytes) -> Kind:
    """Read a field like Content-Type."""
    parameters = []
    for found in islice(_PARAMETER.finditer(value), 50):
        given = found[3] if found[2] is None else _ESCAPED.sub(rb"\1", found[2])
        parameters.append((found[1].lower(), given))
    return Kind(value.partition(b";")[0].strip().lower(), tuple(parameters))


def find_parts(raw: bytes) -> Part:
    """Return the mail as a part, with the parts in it."""
    return _Scan(raw).root


class _Blanks:
    """Finds the first empty line after a place; places only ever grow, so that all is read once."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._next = {b"\n\r\n": -1, b"\n\n": -1}

    def after(self, start: int, end: int) -> int:
        """Return where the body begins of what begins at ``start`` and goes no further than ``end``."""
        for empty in (b"\r\n", b"\n"):
            if self._raw.startswith(empty, start):
                return min(start + len(empty), end)
        return min(*(self._find(mark, start) for mark in self._next), end)

    def _find(self, mark: bytes, start: int) -> int:
        place = self._next[mark]
        if place < start:
            place = self._raw.find(mark, start)
            self._next[mark] = place = len(self._raw) if place < 0 else place
        return min(place + len(mark), len(self._raw))


class _Open(NamedTuple):
    """A part whose end was not found yet, and the delimiter of the parts in it."""

    part: Part
    boundary: bytes | None


class _Scan:
    """The one pass."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._blanks = _Blanks(raw)
        self._stack: list[_Open] = []
        self._count = 0
        self.root = self._open(0)
        for found in islice(_DELIMITER.finditer(raw), CANDIDATES_MAX):
            if self._count >= PARTS_MAX:
                break
            self._meet(found)
        self._close(0, len(raw))

    def _meet(self, found: re.Match[bytes]) -> None:
        line = found[1].rstrip(b" \t")
        if found.start() < self._stack[-1].part.body:
            return  # within a header nothing is parted
        for depth in range(len(self._stack) - 1, -1, -1):
            boundary = self._stack[depth].boundary
            if boundary is not None and line in (boundary, boundary + b"--"):
                self._part(depth, found, last=line != boundary)
                return

    def _part(self, depth: int, found: re.Match[bytes], *, last: bool) -> None:
        self._close(depth + 1, self._before(found.start()))
        parent = self._stack[depth].part
        if last:
            self._stack[depth] = _Open(parent, None)
        else:
            parent.children.append(self._open(min(found.end() + 1, len(self._raw))))

    def _open(self, start: int) -> Part:
        self._count += 1
        part = self._read(start, b"text/plain")
        self._stack.append(_Open(part, self._boundary(part)))
        if (part.main, part.sub) == (b"message", b"rfc822") and len(self._stack) < DEPTH_MAX:
            part.children.append(self._open(part.body))
        return part

    def _boundary(self, part: Part) -> bytes | None:
        if part.main != b"multipart" or len(self._stack) + 1 >= DEPTH_MAX:
            return None
        return dict(part.parameters).get(b"boundary", b"").rstrip(b" \t")[:200] or None

    def _close(self, depth: int, end: int) -> None:
        for part, _ in self._stack[depth:]:
            part.end = max(part.body, end)
            part.lines = self._raw.count(b"\n", part.body, part.end)
        del self._stack[depth:]

    def _before(self, place: int) -> int:
        """Return the place without the line end before it, which belongs to the delimiter (RFC 2046, 5.1.1)."""
        for ending in (b"\r\n", b"\n"):
            if self._raw.endswith(ending, 0, place):
                return place - len(ending)
        return place

    def _read(self, start: int, usual: bytes) -> Part:
        body = self._blanks.after(start, len(self._raw))
        header = self._raw[start : min(body, start + HEADER_MAX)]
        fields: dict[bytes, bytes] = {}
        for one in header_fields(header):
            fields.setdefault(one.name.lower(), one.value)
        kind = parse_kind(fields.get(b"content-type", usual))
        named = _TYPE.fullmatch(kind.value) or _TYPE.fullmatch(usual)
        main, sub = (named[1], named[2]) if named else (b"text", b"plain")
        return Part(
            start=start,
            body=body,
            end=body,
            main=main,
            sub=sub,
            parameters=kind.parameters,
            fields={name: fields[name] for name in _KEPT if name in fields},
        )


_KEPT: Final = (
    b"content-type",
    b"content-id",
    b"content-description",
    b"content-transfer-encoding",
    b"content-md5",
    b"content-disposition",
    b"content-language",
    b"content-location",
)
