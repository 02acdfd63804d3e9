"""A line between the program and an engine that can be bad: cut, slow, silent, or broken off within an answer.

What a request must hold for a fault to meet it is a piece of its bytes: the name of a MongoDB command, a path of HTTP.
Both protocols have one request at a time on a connection, so what comes back next is its answer.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum, auto
from typing import Final

HOST: Final = "127.0.0.1"
CHUNK: Final = 256 * 1024
# Closing such a socket tells the other side at once and drops what it has not read: a reset, no end.
RESET: Final = struct.pack("ii", 1, 0)


class Fault(Enum):
    """What happens to a request and its answer."""

    CUT_BEFORE = auto()  # the request never reaches the engine
    CUT_AFTER = auto()  # the engine did it, and nobody hears
    CUT_WITHIN = auto()  # half of the answer comes, then a reset
    SILENCE = auto()  # the engine did it; the line stays open and nothing comes


class Proxy:
    """Passes bytes on, both ways, until it is told otherwise."""

    def __init__(self, host: str, port: int) -> None:
        self.port = 0
        self.met = 0
        self._target = host, port
        self._server: asyncio.Server | None = None
        self._links: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._open = asyncio.Event()
        self._open.set()
        self._marker, self._fault, self._times = b"", Fault.SILENCE, 0
        self._delay_s = 0.0

    async def listen(self) -> None:
        """Be there, at the port of before when there was one."""
        self._server = await asyncio.start_server(self._accept, HOST, self.port, reuse_address=True)
        self.port = self._server.sockets[0].getsockname()[1]

    async def go(self) -> None:
        """Be away: connections are reset, and new ones refused."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.cut()
        await self.settle()

    def cut(self) -> None:
        """Reset every connection."""
        for writer in self._writers:
            _reset(writer)

    def meet(self, marker: bytes, fault: Fault, times: int = 1) -> None:
        """Have the fault meet the next such requests; ``met`` counts them."""
        self._marker, self._fault, self._times, self.met = marker, fault, times, 0

    def stall(self) -> None:
        """Pass nothing on until told to :meth:`flow`: a black hole that takes connections and says nothing."""
        self._open.clear()

    def flow(self, delay_s: float = 0.0) -> None:
        """Pass everything on, each piece so much later."""
        self._delay_s = delay_s
        self._open.set()

    async def settle(self) -> None:
        """Wait until no connection is left."""
        links = [link for link in self._links if link is not asyncio.current_task()]
        for link in links:
            link.cancel()
        await asyncio.gather(*links, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._links.add(task)
        self._writers.add(writer)
        try:
            await self._open.wait()
            there, back = await asyncio.open_connection(*self._target)
            self._writers.add(back)
            try:
                await _Link(self, reader, writer, there, back).run()
            finally:
                self._end(back)
        except (OSError, asyncio.CancelledError):
            pass  # whichever side is gone, the other hears it by the reset
        finally:
            self._end(writer)
            self._links.discard(task)

    def _end(self, writer: asyncio.StreamWriter) -> None:
        self._writers.discard(writer)
        _reset(writer)

    async def pass_on(self) -> None:
        """Wait as the line is told to."""
        await self._open.wait()
        if self._delay_s:
            await asyncio.sleep(self._delay_s)

    def fault_of(self, request: bytes) -> Fault | None:
        """Return what meets this request, if anything does."""
        if not self._times or self._marker not in request:
            return None
        self._times -= 1
        self.met += 1
        return self._fault


class _Link:
    """One connection through the proxy."""

    def __init__(
        self,
        proxy: Proxy,
        client: asyncio.StreamReader,
        to_client: asyncio.StreamWriter,
        engine: asyncio.StreamReader,
        to_engine: asyncio.StreamWriter,
    ) -> None:
        self._proxy = proxy
        self._client, self._to_client = client, to_client
        self._engine, self._to_engine = engine, to_engine
        self._fault: Fault | None = None

    async def run(self) -> None:
        """Pass both ways until one side ends or the fault does it."""
        ways = {asyncio.create_task(self._there()), asyncio.create_task(self._back())}
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _there(self) -> None:
        while data := await self._client.read(CHUNK):
            await self._proxy.pass_on()
            self._fault = self._proxy.fault_of(data) or self._fault
            if self._fault is Fault.CUT_BEFORE:
                return
            self._to_engine.write(data)
            await self._to_engine.drain()

    async def _back(self) -> None:
        while data := await self._engine.read(CHUNK):
            await self._proxy.pass_on()
            if self._fault is Fault.CUT_AFTER:
                return
            if self._fault is Fault.SILENCE:
                continue
            self._to_client.write(data[: len(data) // 2] if self._fault else data)
            await self._to_client.drain()
            if self._fault:
                return


def _reset(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, AttributeError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.close()


@asynccontextmanager
async def open_proxy(host: str, port: int) -> AsyncIterator[Proxy]:
    """Open a proxy before the engine at this address, on a free port."""
    proxy = Proxy(host, port)
    await proxy.listen()
    try:
        yield proxy
    finally:
        proxy.flow()
        await proxy.go()
