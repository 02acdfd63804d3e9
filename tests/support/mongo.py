"""A server that speaks MongoDB's wire protocol, for the tests: SecantusDB as a process, or a replica set that is named.

``MINXIN_TEST_MONGO`` names a real replica set (``mongodb://…``). Without it SecantusDB (PyPI) is started on a free port
and a folder of its own; it is a test daemon under the GPL, and never imported.
"""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Final

import pymongo
from support.store import Engine

from minxin.store.mongo.client import Driver
from minxin.store.mongo.store import MongoStore
from minxin.store.mongo.tables import COLLECTIONS, META

VARIABLE: Final = "MINXIN_TEST_MONGO"
START_S: Final = 30.0
PATIENCE_MS: Final = 30_000  # on a busy machine, with a server that is written in Python


def is_real() -> bool:
    """Say whether a real replica set answers."""
    return VARIABLE in os.environ


@cache
def server() -> str:
    """Return the address of the server, started at the first call and ended with this process."""
    if is_real():
        return os.environ[VARIABLE]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tempfile.TemporaryDirectory(prefix="minxin-secantus-")
    command = [
        *(Path(sys.executable).with_name("secantusd-py"), "--port", str(port), "--storage-path", folder.name),
        *("--log-level", "ERROR", "--enable-test-commands"),
    ]
    # Warnings of its own are no business of our tests.
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)

    def end() -> None:
        process.kill()
        process.wait()
        folder.cleanup()

    atexit.register(end)
    address = f"mongodb://127.0.0.1:{port}/?replicaSet=secantus"
    _await(address)
    return address


def address_of(folder: Path) -> str:
    """Return the address of the store that stands for a folder."""
    head, _, options = server().partition("?")
    return f"{head.rstrip('/')}/{_database_of(folder)}?timeoutMS={PATIENCE_MS}&{options}"


def engine(driver: Driver = Driver.PYMONGO) -> Engine:
    """Return what opens the store that stands for a folder."""

    async def open_store(folder: Path) -> MongoStore:
        return await MongoStore.open(address_of(folder), driver=driver)

    return open_store


def end_transactions() -> None:
    """Have the server end every open transaction, as it does by itself with one that a dead process left.

    SecantusDB waits for a minute and can't be told to wait less; a real server is set to ten seconds or so
    (``docs/running.md``).
    """
    with pymongo.MongoClient(server()) as client:
        client.admin.command("killAllSessions", [])


def release(folder: Path) -> None:
    """Let another folder have the database; to make one with its hundred indexes takes longer than most tests."""
    name = _taken.pop(folder, None)
    if name is None:
        return
    with pymongo.MongoClient(server()) as client:
        database = client[name]
        for collection in COLLECTIONS:
            if collection != META:
                database[collection].delete_many({})
    _free.append(name)


def _database_of(folder: Path) -> str:
    """Return the name of the database that stands for a folder, until that is gone."""
    for known in [known for known in _taken if not known.exists()]:
        release(known)
    if folder not in _taken:
        _taken[folder] = _free.pop() if _free else f"minxin_test_{os.getpid()}_{len(_taken)}"
    return _taken[folder]


_taken: Final[dict[Path, str]] = {}
_free: Final[list[str]] = []


def _await(address: str) -> None:
    end = time.monotonic() + START_S
    while True:
        try:
            with pymongo.MongoClient(address, serverSelectionTimeoutMS=200) as client:
                client.admin.command("ping")
        except pymongo.errors.PyMongoError:
            if time.monotonic() > end:
                raise
        else:
            return
