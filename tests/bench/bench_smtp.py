"""Mail through the SMTP door: messages in a second with kept connections, beside a door that does nothing.

``python tests/bench/bench_smtp.py [--messages 3000] [--connections 20] [--bytes 10240]`` prints a line for each server:
aiosmtpd as it comes with a handler that drops the message, our protocol with the same, and the whole way into the
store. The client is a process of its own; both share the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import multiprocessing
import sys
import tempfile
import time
from pathlib import Path
from statistics import quantiles
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from aiosmtpd.smtp import SMTP  # noqa: E402
from support.post import CITIZEN, MAYOR, open_post  # noqa: E402

from minxin.mailbox.smtp.limits import SmtpLimits  # noqa: E402

LIMITS = SmtpLimits(loopback_connections=200, messages=1_000_000)


class Drop:
    """A handler that takes everything and keeps nothing."""

    async def handle_DATA(self, *_: Any) -> str:  # noqa: N802
        return "250 OK"


async def client(port: int, messages: int, size: int, times: list[float], start: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def say(line: bytes) -> bytes:
        writer.write(line + b"\r\n")
        while (reply := await reader.readline())[3:4] == b"-":
            pass
        return reply

    await reader.readline()
    await say(b"EHLO bench")
    line = b"The street light has been out for three days and nobody comes to repair it.\r\n"
    body = line * (size // len(line))
    for number in range(start, start + messages):
        await say(b"MAIL FROM:<" + CITIZEN.encode() + b">")
        await say(b"RCPT TO:<" + MAYOR.encode() + b">")
        await say(b"DATA")
        head = f"From: {CITIZEN}\r\nTo: {MAYOR}\r\nMessage-ID: <{number}@bench>\r\nSubject: light\r\n\r\n".encode()
        begun = time.perf_counter()
        reply = await say(head + body + b".")
        times.append(time.perf_counter() - begun)
        if not reply.startswith(b"250"):
            raise SystemExit(f"refused: {reply!r}")
    writer.close()


async def load(port: int, messages: int, connections: int, size: int) -> tuple[float, list[float]]:
    times: list[float] = []
    share = messages // connections
    begun = time.perf_counter()
    await asyncio.gather(*(client(port, share, size, times, at * share) for at in range(connections)))
    return len(times) / (time.perf_counter() - begun), times


def run_load(port: int, messages: int, connections: int, size: int, pipe: Any) -> None:
    """Run in the client's process."""
    pipe.send(asyncio.run(load(port, messages, connections, size)))


async def measure(name: str, port: int, args: argparse.Namespace) -> None:
    here, there = multiprocessing.Pipe()
    numbers = (port, args.messages, args.connections, args.bytes, there)
    process = multiprocessing.get_context("spawn").Process(target=run_load, args=numbers)
    process.start()
    rate, times = await asyncio.to_thread(here.recv)
    process.join()
    p99 = quantiles(times, n=100)[98] * 1000
    print(f"{name:32} {rate:7.0f} msg/s   p99 from the dot to the reply {p99:6.1f} ms", flush=True)


async def bare(args: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Drop(), loop=loop), "127.0.0.1", 0)
    await measure("aiosmtpd, drops everything", server.sockets[0].getsockname()[1], args)
    server.close()


async def whole(args: argparse.Namespace, *, drop: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with open_post(Path(folder), LIMITS) as post:
            if drop:
                post.door._handler.handle_DATA = Drop().handle_DATA  # type: ignore[method-assign]
            await measure("our door, drops everything" if drop else "our door, durable letters", post.door.port, args)


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=3000)
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--bytes", type=int, default=10 * 1024)
    args = parser.parse_args()
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    await bare(args)
    await whole(args, drop=True)
    await whole(args, drop=False)


if __name__ == "__main__":
    asyncio.run(main())
