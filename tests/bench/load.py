"""What the benchmarks of the running service share: a city, a log-in, wrk, and an SMTP client."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import statistics
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, DummyCookieJar

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.live import HOST, LiveCity  # noqa: E402

HERE = Path(__file__).parent
PAGE_KIB = 1024
FILLING_S = 1800.0


def need_wrk() -> None:
    """End with a sentence when Debian's wrk is not there."""
    if shutil.which("wrk") is None:
        sys.exit("wrk is missing: install Debian's package 'wrk'")


async def wrk(
    script: str, url: str, *people: dict[str, str], csrf: str = "", seconds: int = 15, connections: int = 50
) -> dict[str, Any]:
    """Run wrk with one of the scripts here, in turn with the cookies of each of the people; return its figures."""
    environment = dict(os.environ)
    lines = ("; ".join(f"{name}={value}" for name, value in cookies.items()) for cookies in people)
    environment["COOKIE"] = "\n".join(lines)
    environment["CSRF"] = csrf
    process = await asyncio.create_subprocess_exec(
        *("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(HERE / script), url),
        stdout=PIPE,
        env=environment,
    )
    output, _ = await process.communicate()
    figures: dict[str, Any] = json.loads(output.decode().strip().splitlines()[-1])
    return figures


async def at_a_pace(url: str, readers: Sequence[str], per_second: float, seconds: float) -> list[float]:
    """Open a page so many times a second, in turn with each reader's ``Cookie``; return how long each took in ms.

    Nobody waits for the page before: what one took counts from the moment when it was due.
    """
    took: list[float] = []

    async def opened(session: ClientSession, reader: str, due: float) -> None:
        async with session.get(url, headers={"Cookie": reader}, allow_redirects=False) as response:
            await response.read()
            assert response.status == 200, response.status
        took.append((time.perf_counter() - due) * 1000)

    async with ClientSession(cookie_jar=DummyCookieJar()) as session, asyncio.TaskGroup() as group:
        started = time.perf_counter()
        for number in range(round(per_second * seconds)):
            due = started + number / per_second
            await asyncio.sleep(due - time.perf_counter())
            group.create_task(opened(session, readers[number % len(readers)], due))
    return took


@asynccontextmanager
async def running_city(data: Path, letters: int = 0, store: str = "") -> Any:
    """Run a city on the folder, or the MongoDB, filled when it is empty (about a minute for 15,000 letters)."""
    city = LiveCity(data, letters, store=store)
    await city.start(FILLING_S)
    try:
        yield city
    finally:
        await city.stop()


async def waits_for_health(base: str, seconds: float) -> list[float]:
    """Ask whether the service is there, again and again for so long; return how long each answer took in ms."""
    waits, until = [], time.monotonic() + seconds
    async with ClientSession() as session:
        while time.monotonic() < until:
            asked = time.perf_counter()
            async with session.get(f"{base}/healthz") as response:
                assert response.status == 200
            waits.append((time.perf_counter() - asked) * 1000)
            await asyncio.sleep(0.01)
    return waits


def memory(pid: int) -> dict[str, float]:
    """Return the resident memory of a process with those that it started, and of itself alone."""
    return {"MiB": round(_with_children(pid), 1), "of it the service": round(_resident_mib(pid), 1)}


def _with_children(pid: int) -> float:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return _resident_mib(pid) + sum(_with_children(int(child)) for child in children)


def _resident_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmRSS:\s+(\d+)", status)
    return int(found.group(1)) / PAGE_KIB if found else 0.0


async def send_mail(
    port: int,
    *,
    connections: int,
    seconds: float,
    body_bytes: int,
    recipient: str,
    sender: str = "citizen{}@home.example",
) -> dict[str, Any]:
    """Send messages over kept connections for some seconds; return rate and the time from the final dot to the 250."""
    latencies: list[float] = []
    refused = 0
    stop_at = time.monotonic() + seconds

    async def sender_task(number: int) -> None:
        nonlocal refused
        reader, writer = await asyncio.open_connection(HOST, port)
        await reader.readline()
        await _say(reader, writer, "EHLO bench.example")
        address = f"citizen{number + 1}@home.example"
        count = 0
        while time.monotonic() < stop_at:
            count += 1
            if count % 90 == 0:
                writer.close()
                reader, writer = await asyncio.open_connection(HOST, port)
                await reader.readline()
                await _say(reader, writer, "EHLO bench.example")
            await _say(reader, writer, f"MAIL FROM:<{address}>")
            await _say(reader, writer, f"RCPT TO:<{recipient}>")
            await _say(reader, writer, "DATA")
            message = _message(address, recipient, f"{number}.{count}.{stop_at}", body_bytes)
            writer.write(message)
            started = time.perf_counter()
            answer = await reader.readline()
            latencies.append((time.perf_counter() - started) * 1000)
            refused += not answer.startswith(b"250")
        writer.close()

    started = time.monotonic()
    await asyncio.gather(*(sender_task(number) for number in range(connections)))
    taken = time.monotonic() - started
    cuts = statistics.quantiles(latencies, n=100)
    return {
        "messages": len(latencies),
        "per_second": round(len(latencies) / taken, 1),
        "p50_ms": round(cuts[49], 1),
        "p99_ms": round(cuts[98], 1),
        "refused": refused,
    }


async def _say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: str) -> None:
    writer.write(line.encode() + b"\r\n")
    while (answer := await reader.readline())[3:4] == b"-":
        pass
    assert answer[:1] in (b"2", b"3"), answer


def _message(sender: str, recipient: str, unique: str, body_bytes: int) -> bytes:
    line = "小区门口的路灯坏了一个星期，晚上很黑，老人摔过跤。".encode() + b"\r\n"
    head = (
        f"From: <{sender}>\r\nTo: <{recipient}>\r\nSubject: =?utf-8?b?6Lev54Gv5LiN5Lqu?=\r\n"
        f"Message-ID: <{unique}@bench.example>\r\nDate: Mon, 02 Mar 2026 10:00:00 +0800\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    )
    return head.encode() + line * (body_bytes // len(line)) + b".\r\n"


def show(name: str, figures: dict[str, Any]) -> None:
    """Print one line of figures."""
    print(f"{name:48} " + "  ".join(f"{key} {value}" for key, value in figures.items()), flush=True)
