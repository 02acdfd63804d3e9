"""IMAP over a real socket: SELECT and FETCH of the headers of 50 mails, as a mail program opens a folder.

    python tests/bench/bench_imap.py [--boxes 200] [--rounds 400] [--clients 4]

Each box has 50 mails of 2 to 6 KiB. A client is logged in and opens one box's inbox: SELECT, then one FETCH of UID,
flags, size and the header fields that Thunderbird asks for. Printed in milliseconds. The goal is 50 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.imap import MailHall, open_hall, open_wire

from minxin.core.actor import Actor, Role
from minxin.mailbox.imap.limits import ImapLimits

MAILS = 50
FIELDS = "From To Cc Bcc Subject Date Message-ID Priority X-Priority References In-Reply-To Content-Type Reply-To"
FETCH = f"UID FETCH 1:* (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS ({FIELDS})])"
ENVELOPES = "UID FETCH 1:* (UID FLAGS ENVELOPE BODYSTRUCTURE)"


async def main() -> None:
    """Fill boxes, open them, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--boxes", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=400)
    parser.add_argument("--clients", type=int, default=4)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        limits = ImapLimits(loopback_connections=args.boxes + 10)
        async with open_hall(Path(folder), limits) as hall:
            await fill(hall, args.boxes)
            for clients in (1, args.clients):
                await measure(hall, "SELECT and FETCH of 50 headers", FETCH, args, clients)
            await measure(hall, "SELECT and FETCH of 50 envelopes and structures", ENVELOPES, args, 1)
            await told(hall)


async def fill(hall: MailHall, boxes: int) -> None:
    """Open the boxes and put 50 mails into each."""
    chance = random.Random(1)  # noqa: S311 - the same mails each time
    for number in range(boxes):
        name = f"p{number}"
        await hall.add_person(name)
        box = await hall.add_box(name)
        actor = Actor(name, frozenset({Role.CITIZEN}))
        for count in range(MAILS):
            await hall.mailboxes.append(actor, f"{box.id}.inbox", mail(name, count, chance))


def mail(name: str, count: int, chance: random.Random) -> bytes:
    """Return a mail of 2 to 6 KiB that went through a few relays."""
    relays = "".join(f"Received: from r{i} by r{i + 1}; Thu, 12 Feb 2026 12:00:0{i} +0800\r\n" for i in range(5))
    text = "您反映的路灯问题已经转交承办单位。".encode()
    return (
        f"{relays}From: =?utf-8?b?5byg5LiJ?= <zhang{count}@example.cn>\r\nTo: {name}@citizen.example\r\n"
        f"Subject: =?utf-8?b?6Lev54Gv?= {count}\r\nDate: Thu, 12 Feb 2026 12:00:00 +0800\r\n"
        f"Message-ID: <{name}.{count}@example.cn>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    ).encode() + text * chance.randint(20, 80)


async def measure(hall: MailHall, what: str, fetch: str, args: argparse.Namespace, clients: int) -> None:
    """Open boxes by so many clients at once, each time another box, and print the times."""
    times: list[float] = []

    async def client(number: int) -> None:
        for turn in range(args.rounds // clients):
            name = f"p{(number + turn * clients) % args.boxes}"
            async with open_wire(hall, name, None) as wire:
                started = time.perf_counter()
                wire.send(b"a SELECT INBOX\r\nb " + fetch.encode() + b"\r\n")
                answer = await wire.reader.readuntil(b"\r\nb OK FETCH done\r\n")
                times.append((time.perf_counter() - started) * 1000)
                assert answer.count(b" FETCH (") == MAILS

    await asyncio.gather(*(client(number) for number in range(clients)))
    show(f"{what}, {clients} at once", times)


async def told(hall: MailHall) -> None:
    """Print how long after a delivery a client that waits in IDLE is told."""
    actor = Actor("p0", frozenset({Role.CITIZEN}))
    times = []
    async with open_wire(hall, "p0") as wire:
        wire.send(b"w IDLE\r\n")
        await wire.line()
        for count in range(40):
            await hall.mailboxes.append(actor, "box-p0.inbox", mail("p0", 1000 + count, random.Random(count)))  # noqa: S311
            started = time.perf_counter()
            await wire.until(r"\* \d+ EXISTS")
            times.append((time.perf_counter() - started) * 1000)
    show("told in IDLE after a delivery", times)


def show(what: str, times: list[float]) -> None:
    """Print the middle and the slow end."""
    times.sort()
    p95 = times[int(len(times) * 0.95)]
    print(f"{what:58} p50 {statistics.median(times):7.1f} ms   p95 {p95:7.1f} ms   n {len(times)}")


if __name__ == "__main__":
    asyncio.run(main())
