"""2,000 letters a minute (两千封每分钟), of 300 characters and no two alike, while pages are open.

usage: bench_sustained.py [SECONDS] [LETTERS STORED BEFORE]

Each page is opened by 10 connections that never pause. The judge keeps up when the last letter waits no longer than the
first ones did.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from load import memory, need_wrk, running_city, show, wrk  # isort: skip - it finds the tests' support
from arrivals import arrivals, waits
from bench_city import PAGES
from support.live import LiveCity

A_SECOND = 2_000 / 60
CONNECTIONS = 10
PAGE_SECONDS = 20
PATIENCE_S = 120.0


async def open_pages(city: LiveCity, until: float) -> None:
    """Open the pages in turn until the clock says so."""
    while True:
        for name, logins, path in PAGES:
            if time.monotonic() > until:
                return
            readers = []
            for login in logins:
                async with city.browser(login) as browser:
                    readers.append(browser.cookies)
            url = f"{city.base}{path}"
            figures = await wrk("get_page.lua", url, *readers, seconds=PAGE_SECONDS, connections=CONNECTIONS)
            show(f"{name}, {CONNECTIONS} connections", figures)


async def main(seconds: int, letters: int) -> None:
    need_wrk()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "city"
        async with running_city(data, letters):
            pass
        async with running_city(data) as city:
            assert city.process
            await asyncio.sleep(30)  # the judge hears the city before the clock starts
            started = time.monotonic()
            pages = asyncio.create_task(open_pages(city, started + seconds))
            written = await arrivals(city, seconds, A_SECOND)
            taken = time.monotonic() - started
            show("letters accepted", {"letters": written, "a_minute": round(60 * written / taken)})
            await pages
            figures = waits(city.data, written)
            while figures["judged"] < written and time.monotonic() < started + taken + PATIENCE_S:
                await asyncio.sleep(1)
                figures = waits(city.data, written)
            show("accepted to judged", figures)
            show("all judged after the last came", {"seconds": round(time.monotonic() - started - taken, 1)})
            show("memory", memory(city.process.pid))


if __name__ == "__main__":
    stored = int(sys.argv[2]) if len(sys.argv) > 2 else 2_000
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 180, stored))
