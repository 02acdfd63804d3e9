"""Many boxes on one machine: start, first page, search, IMAP and memory of the running service over its sockets.

usage: bench_boxes.py FOLDER [--boxes 100000] [--mails 50] [--readers 1000] [--seconds 8] [--runs 3]

The folder is filled first when it is not yet (``fill_boxes.py``). Each figure is taken ``--runs`` times; the best and
the middle one are printed, since other work on the machine only ever makes a figure worse. Readers' pages are warm:
each was opened once before, as that of a reader who comes back to his list.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from aiohttp import ClientSession
from fill_boxes import AT_ONCE, TOPICS, account_id, add_arguments, filled, sizes

from load import at_a_pace, memory, need_wrk, show, waits_for_health, wrk  # isort: skip - it finds the tests' support
from support.live import HOST, LiveCity

from minxin.core.changes import Changes
from minxin.core.clock import SystemClock
from minxin.mailbox.apppasswords import password_id
from minxin.mailbox.mail.filling_notices import FillingNotices
from minxin.mailbox.mail.house import HouseMail
from minxin.mailbox.mail.records import Box
from minxin.mailbox.mail.rules import MailRules
from minxin.mailbox.mail.upkeep import MailUpkeep
from minxin.mailbox.records import AppPassword, Scope, Session
from minxin.mailbox.sessions import session_id
from minxin.store.sqlite.store import SqliteStore
from minxin.webui.cookies import SESSION

FIELDS: Final = (
    "From To Cc Bcc Subject Date Message-ID Priority X-Priority References Newsgroups In-Reply-To Content-Type Reply-To"
)
FETCHES: Final = {
    "as Thunderbird asks": f"UID FETCH 1:* (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS ({FIELDS})])",
    "ENVELOPE": "UID FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)",
}
PROGRAMS: Final = 400  # boxes that mail programs open
SEARCHES: Final = 150
OPENINGS: Final = 200
WATCHED_S: Final = 60.0  # after the start: the first chores
COOKIE: Final = f"__Host-{SESSION}"
LIFE: Final = timedelta(hours=6)
COMMITS_AT_ONCE: Final = 4
A_SECOND: Final = 200  # pages, when nobody waits for the one before


def table(what: str, goal: str, runs: list[float], unit: str = "ms") -> None:
    """Print the best and the middle figure of some runs."""
    print(
        f"{what:62} goal {goal:>9}   best {min(runs):8.1f}   middle {statistics.median(runs):8.1f} {unit}", flush=True
    )


def percentile(times: list[float], share: float) -> float:
    """Return the time within which this share of all lies."""
    return sorted(times)[min(int(len(times) * share), len(times) - 1)]


class Bench:
    """The running service with readers who are logged in, and programs with their passwords."""

    def __init__(self, city: LiveCity, args: argparse.Namespace) -> None:
        self.city = city
        self.args = args
        self.pick = random.Random()  # noqa: S311 - other boxes each time
        self.readers = self.pick.sample(range(args.boxes), min(args.readers, args.boxes))
        self.programs = self.pick.sample(range(args.boxes), min(PROGRAMS, args.boxes))

    async def let_in(self) -> None:
        """Log the readers in and give the programs their passwords, as the doors would have."""
        store = await SqliteStore.open(self.city.data)
        now = datetime.now(UTC)
        self.cookies = [{COOKIE: f"{number}-{now.timestamp()}"} for number in self.readers]
        sessions = [
            Session(
                id=session_id(cookie[COOKIE]),
                account_id=account_id(number),
                created_at=now,
                seen_at=now + timedelta(minutes=5),  # being seen is written once a minute, and is not what is measured
                expires_at=now + LIFE,
                complete=True,
            )
            for number, cookie in zip(self.readers, self.cookies, strict=True)
        ]
        secrets = [
            AppPassword(
                id=password_id(f"secret{number}"),
                account_id=account_id(number),
                name="bench",
                scopes=(Scope.IMAP,),
                created_at=now,
            )
            for number in self.programs
        ]
        for start in range(0, len(sessions), AT_ONCE):
            await store.commit(Changes(inserts=[*sessions[start : start + AT_ONCE]]))
        await store.commit(Changes(ensures=[*secrets]))
        await store.close()

    async def start(self) -> None:
        """Start the service, and look how long its loop keeps others waiting while the first chores run."""
        started = time.monotonic()
        await self.city.start()
        table("start until the doors are open", "-", [time.monotonic() - started], "s")
        waits = await waits_for_health(self.city.base, WATCHED_S)
        table(f"longest wait for /healthz in the first {WATCHED_S:.0f} s", "-", [max(waits)])
        table("the same, p99", "-", [percentile(waits, 0.99)])
        self.memory("resident memory after the first chores")

    def memory(self, what: str) -> None:
        """Print the memory of the service itself, and with its judge, its search and its readers of mail."""
        assert self.city.process is not None
        found = memory(self.city.process.pid)
        table(what, "600", [found["of it the service"]], "MiB")
        table("  with the processes that it started", "-", [found["MiB"]], "MiB")

    def _get(self, session: ClientSession, params: dict[str, str], cookies: dict[str, str]) -> Any:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        return session.get(f"{self.city.base}/box", params=params, headers=headers, allow_redirects=False)

    async def first_page(self) -> None:
        """Open the box's page by 50 connections that never pause, each time another reader's."""
        async with ClientSession() as session, self._get(session, {}, self.cookies[0]) as response:
            text = await response.text()
            assert response.status == 200, response.status
            print(f"a page has {len(text) / 1024:.0f} KiB and {text.count('的事')} subjects")
        runs = []
        await self._warm()
        for _ in range(self.args.runs):
            runs.append(await wrk("get_page.lua", f"{self.city.base}/box", *self.cookies, seconds=self.args.seconds))
            show("  first page of a box, 50 connections", runs[-1])
        table("first page of a box, 50 connections, p99", "60", [run["p99_ms"] for run in runs])
        table("  the same, p50", "-", [run["p50_ms"] for run in runs])
        table("  pages a second", "-", [run["per_second"] for run in runs], "/s")
        readers = ["; ".join(f"{name}={value}" for name, value in one.items()) for one in self.cookies]
        paced = [
            await at_a_pace(f"{self.city.base}/box", readers, A_SECOND, self.args.seconds)
            for _ in range(self.args.runs)
        ]
        table(f"first page of a box, {A_SECOND} a second, p99", "60", [percentile(took, 0.99) for took in paced])
        table("  the same, p50", "-", [percentile(took, 0.5) for took in paced])

    async def _warm(self) -> None:
        """Open each reader's page for the first time, one after the other; print how long that takes."""
        took = []
        async with ClientSession() as session:
            for cookies in self.cookies:
                asked = time.perf_counter()
                async with self._get(session, {}, cookies) as response:
                    await response.read()
                took.append((time.perf_counter() - asked) * 1000)
        table("first page of a box that changed, one at a time, p50", "-", [percentile(took, 0.5)])
        table("  the same, p99", "60", [percentile(took, 0.99)])

    async def searches(self) -> None:
        """Search one box after another for two characters, for more, and for what nobody wrote."""
        for what, words in (
            ("two characters", TOPICS),
            ("two words, one of them long", [f"{one} 居民会议" for one in TOPICS]),
            ("nothing is found", ["魑魅魍魉"]),
        ):
            p50, p99 = [], []
            for _ in range(self.args.runs):
                took = await self._search(words)
                p50.append(percentile(took, 0.5))
                p99.append(percentile(took, 0.99))
            table(f"search in one box ({what}), p99", "50", p99)
            table("  the same, p50", "-", p50)

    async def _search(self, words: list[str] | tuple[str, ...]) -> list[float]:
        took = []
        async with ClientSession() as session:
            for _ in range(SEARCHES):
                asked = time.perf_counter()
                params, cookies = {"q": self.pick.choice(words)}, self.pick.choice(self.cookies)
                async with self._get(session, params, cookies) as response:
                    await response.read()
                    assert response.status == 200, response.status
                took.append((time.perf_counter() - asked) * 1000)
        return took

    async def openings(self) -> None:
        """Open inboxes as a mail program does, each time another one."""
        for what, fetch in FETCHES.items():
            for clients in (1, 4):
                p50, p95 = [], []
                for _ in range(self.args.runs):
                    took = await self._open(fetch, clients)
                    p50.append(percentile(took, 0.5))
                    p95.append(percentile(took, 0.95))
                table(f"SELECT and FETCH of 50 headers, {what}, {clients} at once, p95", "50", p95)
                table("  the same, p50", "50", p50)

    async def _open(self, fetch: str, clients: int) -> list[float]:
        took: list[float] = []

        async def client() -> None:
            for _ in range(OPENINGS // clients):
                number = self.pick.choice(self.programs)
                async with self._imap(number) as (reader, writer):
                    asked = time.perf_counter()
                    writer.write(b"a SELECT INBOX\r\n")
                    await reader.readuntil(b"\r\na OK")
                    writer.write(b"b " + fetch.encode() + b"\r\n")
                    answer = await reader.readuntil(b"\r\nb OK FETCH done\r\n")
                    took.append((time.perf_counter() - asked) * 1000)
                    assert answer.count(b" FETCH (") == self.args.mails

        await asyncio.gather(*(client() for _ in range(clients)))
        return took

    @asynccontextmanager
    async def _imap(self, number: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection(HOST, self.city.imap_port, limit=4 * 1024 * 1024)
        try:
            await reader.readline()
            writer.write(f"l LOGIN many{number} secret{number}\r\n".encode())
            assert (await reader.readline()).startswith(b"l OK")
            yield reader, writer
        finally:
            writer.close()


async def recount(folder: Path, runs: int) -> None:
    """Count all boxes again, as every night, while others commit one after the other."""
    store = await SqliteStore.open(folder)
    seconds, waits = [], []
    for _ in range(runs):
        done = asyncio.Event()
        others = [asyncio.create_task(_commits(store, place, done)) for place in range(COMMITS_AT_ONCE)]
        started = time.monotonic()
        await _counted(store)
        seconds.append(time.monotonic() - started)
        done.set()
        waits.append(percentile([wait for found in await asyncio.gather(*others) for wait in found], 0.99))
    await store.close()
    table("nightly recount of all boxes", "-", seconds, "s")
    table(f"{COMMITS_AT_ONCE} others' commits meanwhile, p99", "-", waits)


async def _counted(store: SqliteStore) -> None:
    clock = SystemClock()
    notices = FillingNotices(store, clock, HouseMail("notice@gov.binhai.example"), {"zh": "", "en": ""})
    assert not await MailUpkeep(store, clock, MailRules(), notices).recount()


async def _commits(store: SqliteStore, place: int, done: asyncio.Event) -> list[float]:
    """Write one box again and again; return how long each commit took in ms."""
    waits = []
    while not done.is_set():
        box = await store.get(Box, account_id(place))
        assert box is not None
        asked = time.perf_counter()
        await store.commit(Changes(puts=[box]))
        waits.append((time.perf_counter() - asked) * 1000)
    return waits


async def main(args: argparse.Namespace) -> None:
    """Fill, start, measure, print."""
    need_wrk()
    folder = await filled(args)
    print(f"load of the machine before: {', '.join(f'{one:.1f}' for one in os.getloadavg())}", flush=True)
    bench = Bench(LiveCity(folder), args)
    await bench.let_in()
    steps: list[Callable[[], Awaitable[None]]] = [bench.start, bench.first_page, bench.searches, bench.openings]
    try:
        for step in steps:
            await step()
        bench.memory("resident memory after all of that")
    finally:
        await bench.city.stop()
    await recount(folder, 1)
    for line in sizes(folder, args.boxes * args.mails):
        print(line)
    print(f"load of the machine after: {', '.join(f'{one:.1f}' for one in os.getloadavg())}")


if __name__ == "__main__":
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(reader)
    reader.add_argument("--readers", type=int, default=1_000)
    reader.add_argument("--seconds", type=int, default=8)
    reader.add_argument("--runs", type=int, default=3)
    sys.exit(asyncio.run(main(reader.parse_args())))
