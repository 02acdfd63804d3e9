"""A server that speaks Elasticsearch's wire protocol, for the tests: noida-db as a process, or a cluster that is named.

``MINXIN_TEST_ELASTIC`` names a real cluster (``http://…``). Without it noida-db (PyPI) is started on a free port and a
folder of its own, and killed with its group at the end: its wrapper passes no signal on.
"""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

VARIABLE: Final = "MINXIN_TEST_ELASTIC"
START_S: Final = 20.0


class ElasticServer:
    """One server; it can be killed and started again with what it had."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port: int = free.getsockname()[1]
        self._folder = tempfile.TemporaryDirectory(prefix="minxin-noida-")
        self._process: subprocess.Popen[bytes] | None = None
        self.address = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it and wait until it listens."""
        command = [
            *(Path(sys.executable).with_name("noida-db"), "start", "--only", "elasticsearch"),
            *("--elasticsearch-port", str(self._port), "--data-dir", self._folder.name),
        ]
        self._process = subprocess.Popen(
            command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + START_S
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), 1.0):
                return
            if time.monotonic() > end:
                raise RuntimeError("noida-db does not listen")
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill it and whatever it started."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, 9)
            self._process.wait()
            self._process = None

    def end(self) -> None:
        """Kill it and delete what it had."""
        self.kill()
        self._folder.cleanup()


_servers: Final[list[ElasticServer]] = []


def address() -> str:
    """Return the address of the shared server, started at the first call and ended with this process."""
    if VARIABLE in os.environ:
        return os.environ[VARIABLE]
    if not _servers:
        server = ElasticServer()
        atexit.register(server.end)
        server.start()
        _servers.append(server)
    return _servers[0].address
