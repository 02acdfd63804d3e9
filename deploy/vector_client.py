"""Vectors from the process that has the encoder (向量客户端), for one that has none of its own.

Nobody waits long for them: whoever can't be served is told so, and goes on without. While the other process is away,
it is only looked for now and then.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from minxin.core.errors import UnavailableError
from minxin.deploy.frames import LENGTH, frame
from minxin.deploy.vector_frames import Wanted, decode_row, socket_in

log = logging.getLogger(__name__)

# A text takes some tens of milliseconds, where other work has the cores a hundred times as long. A process that was
# killed is back in a second or two.
PATIENCE_S: Final = 5.0
AT_FIRST: Final = 2  # times the patience: both start together, and letters may wait for that
AGAIN_S: Final = 5.0  # between two looks, while it is away
_KNOCK_S: Final = 0.05  # from one attempt to reach it to the next, and twice as long to the one after that

Rows = NDArray[np.float32]


class FarEncoder:
    """Gives one row of length one for each text, as a query; ``version`` is that of the encoder that is wanted."""

    def __init__(
        self, meeting: Path, version: str, *, patience_s: float = PATIENCE_S, again_s: float = AGAIN_S
    ) -> None:
        self.version = version
        self._address = str(socket_in(meeting))
        self._patience_s = patience_s
        self._again_s = again_s
        self._waits_s = AT_FIRST * patience_s
        self._away_until = 0.0
        self._away = False
        self._socket: socket.socket | None = None

    def __call__(self, texts: Sequence[str], /) -> Rows:
        """Return the rows, in order.

        Raises ``UnavailableError`` after some seconds when the encoder is away, and from then on at once until it is
        looked for again.
        """
        return np.stack([self._row(text) for text in texts])

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _row(self, text: str) -> Rows:
        if time.monotonic() < self._away_until:
            raise UnavailableError("vectors.away")
        until, pause = time.monotonic() + self._waits_s, _KNOCK_S
        while (row := self._asked(text, until)) is None:
            self.close()
            if self._away or time.monotonic() + pause >= until:
                self._report(away=True)
                self._away_until = time.monotonic() + self._again_s
                raise UnavailableError("vectors.away")
            time.sleep(pause)
            pause *= 2
        self._report(away=False)
        self._waits_s = self._patience_s
        return row

    def _asked(self, text: str, until: float) -> Rows | None:
        """Return the row of a text, None when it can't be had."""
        with suppress(OSError, EOFError, msgspec.MsgspecError):
            connection = self._connected(until)
            connection.sendall(frame(Wanted(text)))
            (length,) = LENGTH.unpack(_received(connection, LENGTH.size, until))
            row = decode_row(_received(connection, length, until))
            if row.version == self.version:
                return np.frombuffer(row.numbers, dtype=np.float32)
        return None

    def _connected(self, until: float) -> socket.socket:
        if self._socket is None:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._socket.settimeout(_left(until))
            self._socket.connect(self._address)
        self._socket.settimeout(_left(until))
        return self._socket

    def _report(self, *, away: bool) -> None:
        if away != self._away:
            self._away = away
            say: Callable[..., None] = log.warning if away else log.info
            said = "vectors are away: letters are judged by their characters" if away else "vectors are back"
            say(said, extra={"event": "vectors_away" if away else "vectors_back"})


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _received(connection: socket.socket, length: int, until: float) -> bytes:
    received = bytearray()
    while len(received) < length:
        connection.settimeout(_left(until))
        piece = connection.recv(length - len(received))
        if not piece:
            raise EOFError
        received += piece
    return bytes(received)
