"""The encoder of the searching process, lent to the judge (向量服务): one encoder for both takes 110 MiB less.

Whoever wants vectors connects to a socket. His texts are read one after another on a thread that
gives way to everything else; the searching process itself reads questions on its own, which wait for nobody.
"""

from __future__ import annotations

import logging
import socketserver
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from minxin.deploy.frames import LENGTH, frame
from minxin.deploy.priority import give_way
from minxin.deploy.vector_frames import Row, decode_wanted, socket_in

log = logging.getLogger(__name__)

_MOST_BYTES: Final = 1 << 20  # of a text; the encoder cuts at some thousand characters
Read = Callable[[Sequence[str]], NDArray[np.float32]]


def serve_vectors(meeting: Path, version: str, read: Read) -> None:
    """Lend the encoder from now on, in the place of the process that did so before.

    When that can't be done the log says so: searching goes on, and the judge without vectors.
    """
    try:
        socket_in(meeting).unlink(missing_ok=True)
        server = _Server(str(socket_in(meeting)), version, read)
    except OSError:
        log.exception("the judge can't have vectors", extra={"event": "vectors_failed"})
        return
    threading.Thread(target=server.serve_forever, daemon=True).start()


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def __init__(self, address: str, version: str, read: Read) -> None:
        super().__init__(address, _Connection)
        self.version = version
        self._read = read
        self._turn = threading.Lock()

    def row(self, text: str) -> Row:
        """Read a text when its turn has come: two at once would take twice the memory, and be no sooner done."""
        with self._turn:
            (numbers,) = self._read([text])
        return Row(self.version, numbers.tobytes())

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log what went wrong by its name and place: its text may quote a letter."""
        log.exception("a text can't be read", extra={"event": "vectors_failed"})


class _Connection(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        give_way()
        with suppress(ConnectionError):
            while header := self.rfile.read(LENGTH.size):
                (length,) = LENGTH.unpack(header)
                if length > _MOST_BYTES:
                    return
                self.wfile.write(frame(self.server.row(decode_wanted(self.rfile.read(length)).text)))
