"""The service as its users meet it: the installed command in its own process, with sockets, and killable."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import ClientError, ClientSession
from support.web import Browser, open_browser

from minxin.deploy.populate import PASSWORD

COMMAND = Path(sys.executable).with_name("minxin")
START_S = 600.0  # the first start reads all duties and samples, in processes that give way to whatever else is busy
HOST = "127.0.0.1"


def free_port() -> int:
    """Return a port that nobody listens on now, and that the system gives to nobody who asks for any port."""
    while True:
        port = random.SystemRandom().randrange(10_000, 32_000)
        with socket.socket() as sock, suppress(OSError):
            sock.bind((HOST, port))
            return port


@dataclass
class LiveCity:
    """A demonstration city that runs in its own process."""

    data: Path
    letters: int = 0
    port: int = field(default_factory=free_port)
    smtp_port: int = field(default_factory=free_port)
    imap_port: int = field(default_factory=free_port)
    process: Process | None = None
    second_factor: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    store: str = ""  # the address of a MongoDB; empty for the file in ``data``

    def command(self) -> tuple[str, ...]:
        """Return the command that runs the city."""
        factor = () if self.second_factor else ("--no-second-factor",)
        where = ("--store", self.store) if self.store else ()
        return ("demo", "--letters", str(self.letters), *factor, *where)

    @property
    def base(self) -> str:
        """The address of the site."""
        return f"http://{HOST}:{self.port}"

    async def start(self, within_s: float = START_S) -> None:
        """Start the process and wait until its doors are open; one that does not come up is ended."""
        try:
            await self._start(within_s)
        except BaseException:
            await self.kill()
            raise

    async def _start(self, within_s: float) -> None:
        log = (self.data.parent / f"{self.data.name}.log").open("ab")
        self.process = await asyncio.create_subprocess_exec(
            COMMAND,
            *self.command(),
            *("--data", str(self.data), "--port", str(self.port)),
            *("--smtp-port", str(self.smtp_port), "--imap-port", str(self.imap_port)),
            stdout=log,
            stderr=log,
            stdin=DEVNULL,
            env={**os.environ, **self.environment},
        )
        log.close()
        async with ClientSession() as session, asyncio.timeout(within_s):
            while True:
                try:
                    async with session.get(f"{self.base}/readyz") as response:
                        if response.status == 200:
                            return
                except ClientError:
                    pass
                assert self.process.returncode is None, self.log()[-2000:]
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """End the process as a power cut would: no handler of its own runs."""
        if self.process and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def stop(self) -> int:
        """End the process as an administrator would, and return its exit status."""
        assert self.process
        self.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(20):
            return await self.process.wait()

    def log(self) -> str:
        """Return everything that the process printed."""
        return (self.data.parent / f"{self.data.name}.log").read_text(encoding="utf-8", errors="replace")

    @asynccontextmanager
    async def browser(self, login: str | None = None) -> AsyncIterator[Browser]:
        """Open a browser, logged in as one of the city's people when given."""
        async with open_browser(self.base) as browser:
            if login:
                await browser.log_in(login, PASSWORD)
                assert browser.status == 200, browser.text[-500:]
            yield browser


async def audit_verify(data: Path, store: str = "") -> tuple[int, str]:
    """Run ``minxin audit verify`` on the folder, or the store; return its exit status and what it printed."""
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        "audit",
        "verify",
        "--data",
        str(data),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **({"MINXIN_STORE": store} if store else {})},
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def prepared_city(folder: Path, letters: int = 0) -> Path:
    """Make a data folder with staff, citizens and a trained judge, once for many tests."""
    city = LiveCity(folder / "prepared", letters)
    await city.start()
    await city.stop()
    return city.data


def copy_of(prepared: Path, folder: Path) -> LiveCity:
    """Return a city of its own that begins as the prepared one."""
    shutil.copytree(prepared, folder / "city")
    return LiveCity(folder / "city")
