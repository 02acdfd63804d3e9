"""2,000 letters a minute (两千封每分钟), of 300 characters and no two alike, while pages are open.

usage: bench_sustained.py [SECONDS] [LETTERS STORED BEFORE]

Pages are opened at a fixed pace, one kind after the other, whatever became of those before: what one took counts from
the moment when it was due. The judge keeps up when the last letter waits no longer than the first ones did.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from itertools import cycle
from pathlib import Path

from load import at_a_pace, memory, running_city, show  # isort: skip - it finds the tests' support
from arrivals import arrivals, waits
from bench_city import PAGES
from support.live import LiveCity

A_SECOND = 2_000 / 60
PAGES_A_SECOND = 50
PAGE_SECONDS = 20
PATIENCE_S = 120.0


async def open_pages(city: LiveCity, until: float) -> None:
    """Open the pages in turn until the clock says so."""
    for name, logins, path in cycle(PAGES):
        readers = []
        for login in logins:
            async with city.browser(login) as browser:
                readers.append("; ".join(f"{key}={value}" for key, value in browser.cookies.items()))
        seconds = min(PAGE_SECONDS, until - time.monotonic())
        if seconds < 1:
            return
        took = await at_a_pace(f"{city.base}{path}", readers, PAGES_A_SECOND, seconds)
        cuts = statistics.quantiles(took, n=100)
        figures = {"pages": len(took), "p50_ms": cuts[49], "p99_ms": cuts[98], "max_ms": max(took)}
        show(f"{name}, {PAGES_A_SECOND} a second", {key: round(value, 1) for key, value in figures.items()})


async def main(seconds: int, letters: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "city"
        async with running_city(data, letters):
            pass
        async with running_city(data) as city:
            assert city.process
            await asyncio.sleep(30)  # the judge hears the city before the clock starts
            pages = asyncio.create_task(open_pages(city, time.monotonic() + seconds))
            written, taken = await arrivals(city, seconds, A_SECOND)
            last = time.monotonic()
            show("letters accepted", {"letters": written, "a_minute": round(60 * written / taken)})
            show("judged by then", waits(city.data, written))
            await pages
            figures = waits(city.data, written)
            while figures["judged"] < written and time.monotonic() < last + PATIENCE_S:
                await asyncio.sleep(1)
                figures = waits(city.data, written)
            show("accepted to judged", figures)
            show("all judged after the last came", {"seconds": round(time.monotonic() - last, 1)})
            show("memory", memory(city.process.pid))


if __name__ == "__main__":
    stored = int(sys.argv[2]) if len(sys.argv) > 2 else 2_000
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 180, stored))
