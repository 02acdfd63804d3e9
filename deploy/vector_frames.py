"""The words between whoever wants vectors and the process that has the encoder (向量服务), as frames like the judge's.

They meet at a socket in a folder that the service makes for as long as it runs, and that nobody else can open. It is
not in the data folder: a socket there would be in the way of whatever copies that.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

_NAME: Final = "vectors"


class Wanted(Struct, frozen=True):
    """A text that is to be read as a query."""

    text: str


class Row(Struct, frozen=True):
    """Its vector, single precision, and the version of the encoder that read it."""

    version: str
    numbers: bytes


decode_wanted: Final = msgspec.msgpack.Decoder(Wanted).decode
decode_row: Final = msgspec.msgpack.Decoder(Row).decode


def socket_in(meeting: Path) -> Path:
    """Return where the socket is."""
    return meeting / _NAME
