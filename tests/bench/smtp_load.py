"""A client that sends mail over kept connections as fast as it can, in a process of its own, and times the replies."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from multiprocessing.connection import Connection
from statistics import quantiles

from msgspec import Struct

LINE = b"The street light has been out for three days and nobody comes to repair it.\r\n"


class Load(Struct, frozen=True, kw_only=True):
    """What is sent: so many messages of so many bytes, over so many connections.

    ``recipient`` may hold ``{}``, which becomes a number below ``recipients``.
    """

    sender: str
    recipient: str
    recipients: int = 1
    messages: int = 3000
    connections: int = 20
    size: int = 10 * 1024


async def measure(name: str, port: int, load: Load, *, inside: bool = True) -> float:
    """Run the load against the server on the port, print a line, and return messages a second.

    What it took of a core is told of a server ``inside`` of this process.
    """
    here, there = multiprocessing.Pipe()
    cpu = time.process_time()
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(port, load, there))
    process.start()
    there.close()  # so that a client that fails ends the wait
    rate, times = await asyncio.to_thread(here.recv)
    process.join()
    p99 = quantiles(times, n=100)[98] * 1000
    spent = (time.process_time() - cpu) / len(times) * 1000
    cores = f"   {spent:4.1f} ms of a core each" if inside else ""
    print(f"{name:40} {rate:6.0f} msg/s   p99 of the reply {p99:6.1f} ms{cores}", flush=True)
    return float(rate)


def _run(port: int, load: Load, pipe: Connection) -> None:
    pipe.send(asyncio.run(_load(port, load)))


async def _load(port: int, load: Load) -> tuple[float, list[float]]:
    times: list[float] = []
    share = load.messages // load.connections
    begun = time.perf_counter()
    shares = (range(at * share, (at + 1) * share) for at in range(load.connections))
    await asyncio.gather(*(_client(port, load, one, times) for one in shares))
    return len(times) / (time.perf_counter() - begun), times


async def _client(port: int, load: Load, share: range, times: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def say(line: bytes) -> bytes:
        writer.write(line + b"\r\n")
        while (reply := await reader.readline())[3:4] == b"-":
            pass
        return reply

    await reader.readline()
    await say(b"EHLO bench.home.example")
    body = LINE * (load.size // len(LINE))
    for number in share:
        to = load.recipient.format(number % load.recipients)
        await say(f"MAIL FROM:<{load.sender}>".encode())
        await say(f"RCPT TO:<{to}>".encode())
        await say(b"DATA")
        head = f"From: {load.sender}\r\nTo: {to}\r\nMessage-ID: <{number}@bench>\r\nSubject: light\r\n\r\n".encode()
        begun = time.perf_counter()
        reply = await say(head + body + b".")
        times.append(time.perf_counter() - begun)
        if not reply.startswith(b"250"):
            raise SystemExit(f"refused: {reply!r}")
    writer.close()
