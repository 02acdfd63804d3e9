"""Takes the files out of a mail and puts them back, to the byte (附件去重).

A mail is kept as it came. Its base64 bodies are the same bytes as the files that they carry, one third longer and
different in every mail; cut out and decoded, one file is kept once, whoever mailed it and however often, and on disks
too. A body is cut out only when encoding its bytes again gives exactly what stood there. The structure of the mail does
not matter for that, so none is parsed: any bytes will do, in linear time.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final

from msgspec import Struct

from minxin.core.changes import Blob, blob_of
from minxin.core.errors import DamagedError
from minxin.mailbox.mail.records import Hole

LEAST_BYTES: Final = 4 * 1024  # below it, what is saved is less than what it takes to say so
MOST_HOLES: Final = 64  # of one mail; what comes after stays where it is

_LEAST_CHARS: Final = LEAST_BYTES // 3 * 4
# It begins with a plain character, so that all between two lines is jumped over: sixty times as fast.
_BLANK: Final = re.compile(rb"\n(?:\r?\n)++")
_FIRST_LINE: Final = re.compile(rb"([A-Za-z0-9+/]{4,}={0,2})(\r\n|\n|\Z)")
_DELIMITER: Final = b"\n--"
_BLOCK_LINES: Final = 4096


class Parts(Struct, frozen=True):
    """A mail in pieces: what is left of it, where the holes are, and what was in them."""

    skeleton: bytes
    holes: tuple[Hole, ...]
    blobs: tuple[Blob, ...]


def split(raw: bytes) -> Parts:
    """Cut the files out of a mail; any bytes will do, and what can't be put back exactly stays."""
    pieces: list[bytes] = []
    holes: list[Hole] = []
    blobs: list[Blob] = []
    kept = done = 0
    for start, stop in _bodies(raw):
        found = _cut(raw, start, stop)
        if found is None:
            continue
        data, line, ending = found
        pieces.append(raw[done:start])
        kept += start - done
        blobs.append(blob_of(data))
        holes.append(Hole(kept, blobs[-1].id, len(data), line, ending))
        done = stop
        if len(holes) == MOST_HOLES:
            break
    return Parts(b"".join([*pieces, raw[done:]]), tuple(holes), tuple(blobs))


def assemble(skeleton: bytes, holes: tuple[Hole, ...], blobs: Mapping[str, bytes]) -> bytes:
    """Put a mail together again; raises ``DamagedError`` when a file of it is missing."""
    offsets = [0, *(hole.offset for hole in holes), len(skeleton)]
    pieces = [skeleton[start:stop] for start, stop in pairwise(offsets)]
    whole = [pieces[0]]
    for hole, piece in zip(holes, pieces[1:], strict=True):
        data = blobs.get(hole.blob_id)
        if data is None:
            raise DamagedError("a file of a mail is missing", blob=hole.blob_id)
        whole += [*_encoded(data, hole.line, hole.ending), piece]
    return b"".join(whole)


def _bodies(raw: bytes) -> Iterator[tuple[int, int]]:
    """Yield from where to where a body long enough may go: from a blank line to the next one, or to a delimiter."""
    delimiter = -1
    blanks = _BLANK.finditer(raw)
    blank = next(blanks, None)
    while blank is not None:
        start, blank = blank.end(), next(blanks, None)
        stop = blank.start() if blank is not None else len(raw)
        if stop - start < _LEAST_CHARS:
            continue
        # Looked for once and remembered: each blank line looking for itself would be quadratic.
        if delimiter < start:
            delimiter = raw.find(_DELIMITER, start)
            delimiter = len(raw) if delimiter < 0 else delimiter
        stop = min(stop, delimiter)
        while stop > start and raw[stop - 1] in b"\r\n":
            stop -= 1
        if stop - start >= _LEAST_CHARS:
            yield start, stop


def _cut(raw: bytes, start: int, stop: int) -> tuple[bytes, int, str] | None:
    """Return the bytes in a base64 body with its length and end of lines; None when it is none, or no regular one."""
    first = _FIRST_LINE.match(raw, start, stop)
    if first is None:
        return None
    ending = first[2].decode("ascii")
    line = len(first[1]) if ending else 0
    if line % 4:
        return None
    try:
        data = binascii.a2b_base64(memoryview(raw)[start:stop])
    except binascii.Error:
        return None
    if len(data) < LEAST_BYTES:
        return None
    at = start
    for piece in _encoded(data, line, ending):
        if not raw.startswith(piece, at):
            return None
        at += len(piece)
    return (data, line, ending) if at == stop else None


def _encoded(data: bytes, line: int, ending: str) -> Iterator[bytes]:
    """Yield the base64 text of the bytes, some thousand lines at a time: as objects of their own lines are large."""
    glue, chars = ending.encode("ascii"), line or 4
    block = chars // 4 * 3 * _BLOCK_LINES
    for start in range(0, len(data), block):
        text = binascii.b2a_base64(memoryview(data)[start : start + block], newline=False)
        if line:
            text = glue.join([text[at : at + line] for at in range(0, len(text), line)])
        yield glue + text if start else text
