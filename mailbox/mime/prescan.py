"""A look at the bytes of a mail before any parser sees them (预检).

The standard library's parser is quadratic or recursive on some input, so this scan follows the structure in linear time
and names the first limit that is broken. It may see a little more structure than the parser does, never much less.
"""

from __future__ import annotations

import heapq
import re

import msgspec


class ScanLimits(msgspec.Struct, frozen=True):
    """What a mail that is worth parsing stays under; sizes are in bytes."""

    message: int = 40 * 1024 * 1024
    depth: int = 20
    parts: int = 1_000
    header: int = 16 * 1024
    headers: int = 1_000
    header_block: int = 256 * 1024
    all_headers: int = 1024 * 1024
    dashed_lines: int = 50_000
    lines: int = 1_000_000


class Scan(msgspec.Struct, frozen=True):
    """``broken`` is empty for a clean mail, else the catalogue key of the limit, like ``mail.depth``."""

    broken: str
    parts: int
    depth: int


LIMITS = ScanLimits()

# RFC 2046 allows 70; the patterns below look at no more of a line than this and its closing mark.
_MAX_BOUNDARY_BYTES = 200
_LF_DASHES = re.compile(rb"\n--([^\r\n]{0,202})")
_CR_DASHES = re.compile(rb"\r--([^\r\n]{0,202})")
_BLANK_LINE = re.compile(rb"(?>\r\n|\n|\r)(?>\r\n|\n|\r)")
_CONTAINER = re.compile(
    rb"(?:\A|[\r\n])content-type[ \t]*:\s*(multipart|message)/([^\s;]*)([^\r\n]*(?:[\r\n]+[ \t][^\r\n]*)*)",
    re.IGNORECASE,
)
_BOUNDARY = re.compile(rb'[;\s]boundary\s*(\*?)[\d*]*\s*=\s*(?:"([^"]*)"|([^\s;]*))', re.IGNORECASE)


class _BrokenLimitError(Exception):
    """Leaves the walk with the key of the limit."""


class _Walk:
    """Follows the delimiters of a mail with the stack of the containers that are open."""

    def __init__(self, raw: bytes, limits: ScanLimits) -> None:
        self.raw = raw
        self.limits = limits
        self.open: list[bytes | None] = []
        self.parts = 0
        self.depth = 0
        self.header_bytes = 0

    def run(self) -> None:
        if len(self.raw) > self.limits.message:
            raise _BrokenLimitError("mail.size")
        if max(self.raw.count(b"\n"), self.raw.count(b"\r")) > self.limits.lines:
            raise _BrokenLimitError("mail.lines")
        self._entity(0)
        if not any(self.open):
            return
        # Two patterns with literal starts are ten times faster than one with a character class.
        dashes = heapq.merge(
            _LF_DASHES.finditer(self.raw), _CR_DASHES.finditer(self.raw), key=lambda match: match.start()
        )
        for seen, match in enumerate(dashes):
            if seen >= self.limits.dashed_lines:
                raise _BrokenLimitError("mail.delimiters")
            self._delimiter(match[1].rstrip(b" \t"), match.end())

    def _delimiter(self, text: bytes, end: int) -> None:
        if text in self.open:
            del self.open[self.open.index(text) + 1 :]
            self._entity(end)
        elif text.endswith(b"--") and text[:-2] in self.open:
            del self.open[self.open.index(text[:-2]) :]

    def _entity(self, start: int) -> None:
        """Read the header block at ``start`` and, inside ``message/*``, those that follow it."""
        position: int | None = start
        while position is not None:
            self.parts += 1
            if self.parts > self.limits.parts:
                raise _BrokenLimitError("mail.parts")
            position = self._header_block(position)

    def _header_block(self, start: int) -> int | None:
        """Check one block; the start of the block inside it, if the part is a mail itself."""
        end, body = self._block_end(start)
        block = self.raw[start:end]
        self._check_fields(block)
        container = _CONTAINER.search(block)
        if container is None:
            return None
        if container[1].lower() == b"multipart":
            self._push(_boundary(container[3]))
            return None
        self._push(None)
        if container[2].lower() == b"delivery-status":
            self._check_status_blocks(body)
            return None
        return body

    def _block_end(self, start: int) -> tuple[int, int]:
        if self.raw[start : start + 1] in (b"\r", b"\n") and start == 0:
            return 0, 1
        limit = start + self.limits.header_block
        blank = _BLANK_LINE.search(self.raw, start, limit)
        if blank is not None:
            return blank.start(), blank.end()
        if len(self.raw) > limit:
            raise _BrokenLimitError("mail.header_block")
        return len(self.raw), len(self.raw)

    def _check_fields(self, block: bytes) -> None:
        self.header_bytes += len(block)
        if self.header_bytes > self.limits.all_headers:
            raise _BrokenLimitError("mail.header_block")
        fields = size = 0
        for line in block.splitlines():
            if line[:1] in (b" ", b"\t"):
                size += len(line)
            else:
                fields += 1
                size = len(line)
            if size > self.limits.header:
                raise _BrokenLimitError("mail.header")
        if fields > self.limits.headers:
            raise _BrokenLimitError("mail.headers")

    def _check_status_blocks(self, body: int) -> None:
        """The parser makes a message object of each paragraph of a delivery status."""
        limit = self.limits.parts
        for count, _ in enumerate(_BLANK_LINE.finditer(self.raw, body, body + self.limits.header_block)):
            if count > limit:
                raise _BrokenLimitError("mail.parts")

    def _push(self, boundary: bytes | None) -> None:
        self.open.append(boundary)
        self.depth = max(self.depth, len(self.open))
        if self.depth > self.limits.depth:
            raise _BrokenLimitError("mail.depth")


def _boundary(parameters: bytes) -> bytes | None:
    match = _BOUNDARY.search(parameters)
    if match is None:
        return None
    if match[1]:
        # RFC 2231 lets a boundary be cut in pieces; no mail program does, and the scan could not follow it.
        raise _BrokenLimitError("mail.boundary")
    boundary: bytes = match[2] if match[2] is not None else match[3]
    if len(boundary) > _MAX_BOUNDARY_BYTES:
        raise _BrokenLimitError("mail.boundary")
    return boundary


def prescan(raw: bytes, limits: ScanLimits = LIMITS) -> Scan:
    """Whether ``raw`` may be parsed; linear in its length (25 MB take well under 100 ms)."""
    walk = _Walk(raw, limits)
    try:
        walk.run()
    except _BrokenLimitError as broken:
        return Scan(broken=str(broken), parts=walk.parts, depth=walk.depth)
    return Scan(broken="", parts=walk.parts, depth=walk.depth)
