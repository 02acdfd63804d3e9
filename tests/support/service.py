"""The service as an administrator runs it: a process for each role, with sockets of its own, and killable."""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from aiohttp import ClientError, ClientSession
from support.live import COMMAND, HOST, free_port

from minxin.deploy.roles import ROLES, ServicePart

START_S: Final = 240.0  # on a machine that may be busy, with a store that is held up by one that was killed
STOP_S: Final = 60.0
WATCH_S: Final = 2.0
# What a demonstration leaves out: the second factor, and the few mails that a citizen may send in a day.
EASY: Final = {"MINXIN_DEMO": "true", "MINXIN_STAFF_SECOND_FACTOR": "false", "MINXIN_CITIZEN_SENDS": "100000"}
CHILDREN: Final = {"judge": "judge_worker", "encoder": "retrieval_worker", "search": "search_worker"}


@dataclass
class RoleProcess:
    """One process of the service. It is started again when it ends by itself, as a supervisor does."""

    role: str
    data: Path
    environment: dict[str, str]
    port: int = field(default_factory=free_port)
    smtp_port: int = field(default_factory=free_port)
    watch_port: int = field(default_factory=free_port)
    process: Process | None = None

    @property
    def base(self) -> str:
        """The address of its pages."""
        return f"http://{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        """The file of what it says."""
        return self.data.parent / f"{self.role}.log"

    async def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        async with ClientSession() as session, asyncio.timeout(START_S):
            while not await self._is_ready(session):
                if self.process is None or self.process.returncode is not None:
                    await self._spawn()
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """End it as a power cut would: no handler of its own runs."""
        if self.process and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def stop(self) -> int | None:
        """End it as an administrator would, and return its exit status, None when it does not end."""
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                await self.process.wait()
        return self.process.returncode

    def child(self, name: str) -> int:
        """Return the process id of one of its children, 0 when it has none just now."""
        assert self.process
        with suppress(OSError):
            for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
                if CHILDREN[name] in Path(f"/proc/{pid}/cmdline").read_text():
                    return int(pid)
        return 0

    async def _spawn(self) -> None:
        given = {"PORT": self.port, "SMTP_PORT": self.smtp_port, "METRICS_PORT": self.watch_port}
        given |= {"IMAP_PORT": 0, "SUBMISSION_PORT": 0}
        ports = {f"MINXIN_{name}": str(port) for name, port in given.items()}
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(COMMAND, self.role, "--data", str(self.data)),
                stdout=log,
                stderr=log,
                stdin=DEVNULL,
                env={**os.environ, **EASY, **ports, **self.environment},
            )

    async def _is_ready(self, session: ClientSession) -> bool:
        with suppress(ClientError, TimeoutError):
            async with asyncio.timeout(WATCH_S), session.get(f"http://{HOST}:{self.watch_port}/readyz") as response:
                return response.status == 200
        return False


class Service:
    """The processes of one service on one store, by their roles."""

    def __init__(self, data: Path, store: str, roles: Sequence[str], environment: dict[str, str]) -> None:
        self.data = data
        self.store = store
        where = {"MINXIN_STORE": store} if store else {}
        self.processes = {role: RoleProcess(role, data, {**environment, **where}) for role in roles}

    async def start(self) -> None:
        """Start all of them."""
        await asyncio.gather(*(one.start() for one in self.processes.values()))

    async def stop(self) -> dict[str, int | None]:
        """Stop all of them in order, and return their exit statuses, None for one that does not end."""
        statuses = await asyncio.gather(*(one.stop() for one in self.processes.values()))
        return dict(zip(self.processes, statuses, strict=True))

    async def kill(self) -> None:
        """Kill whatever still runs."""
        await asyncio.gather(*(one.kill() for one in self.processes.values()))

    def bases(self) -> list[str]:
        """Return the addresses at which pages are."""
        return [one.base for one in self.processes.values() if ServicePart.WEB in ROLES[one.role]]

    def smtp_ports(self) -> list[int]:
        """Return the ports at which mail comes in."""
        return [one.smtp_port for one in self.processes.values() if ServicePart.SMTP in ROLES[one.role]]
