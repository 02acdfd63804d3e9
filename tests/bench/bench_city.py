"""A grown city: start, memory and list pages with 100,000 letters stored, and the time from accepted to routed.

usage: bench_city.py [LETTERS] [FOLDER]   (a folder that is filled already is used as it is)
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from load import memory, need_wrk, running_city, show, wrk  # isort: skip - it finds the tests' support
from arrivals import arrivals, waits
from support.live import LiveCity

CITIZENS = tuple(f"citizen{number}" for number in range(1, 21))
OFFICES = (
    "chengguan",
    "jiaotong",
    "jiaoyu",
    "gongan",
    "huanjing",
    "minzheng",
    "gongshui",
    "ranqi",
    "fagai",
    "caizheng",
)
CLERKS = ("zhongxin.clerk1", "zhongxin.clerk2")
MANAGERS = ("zhongxin.manager1",)
PAGES = (
    ("my letters", CITIZENS, "/letters"),
    ("my mailbox", CITIZENS, "/box"),
    ("an office's desk", tuple(f"{office}.handler1" for office in OFFICES), "/desk"),
    ("the clerks' tray", CLERKS, "/desk"),
    ("the manager's desk", MANAGERS, "/desk"),
    ("the manager's page", MANAGERS, "/manage"),
)
MORE_PAGES = (
    ("all open work orders", MANAGERS, "/desk?list=all_open"),
    ("letters behind a tile", MANAGERS, "/manage/letters?tile=open"),
    ("letters behind a figure", MANAGERS, "/manage/figure?formula=closing&part=met"),
    ("public copies to check", CLERKS, "/desk/publications"),
    ("names to verify", CLERKS, "/desk/verifications"),
    ("held mail", CLERKS, "/held-mail"),
    ("published answers", CITIZENS, "/published"),
    ("audit log", ("zhongxin.auditor1",), "/audit"),
    ("staff accounts", ("zhongxin.administrator1",), "/admin/staff"),
    ("work and messages", ("zhongxin.administrator1",), "/admin"),
)
PAGE_SECONDS = 10
ARRIVALS_A_SECOND = 20
ARRIVAL_SECONDS = 30


async def pages(city: LiveCity, chosen: Sequence[tuple[str, Sequence[str], str]], name: str) -> None:
    """Open each page with 50 connections that never pause, in turn as each of its readers."""
    for page, logins, path in chosen:
        readers = []
        for login in logins:
            async with city.browser(login) as browser:
                await browser.get(path)
                if browser.status != 200:
                    sys.exit(f"{path} as {login}: status {browser.status}")
                readers.append(browser.cookies)
        figures = await wrk("get_page.lua", f"{city.base}{path}", *readers, seconds=PAGE_SECONDS)
        show(f"{page}, {len(readers)} readers{name}", figures)


async def routing(city: LiveCity) -> dict[str, Any]:
    """Let 20 letters a second arrive for 30 s; return the time from accepted to judged and routed."""
    written, _ = await arrivals(city, ARRIVAL_SECONDS, ARRIVALS_A_SECOND)
    await asyncio.sleep(5)
    return waits(city.data, written)


async def pages_while_letters_arrive(city: LiveCity) -> None:
    """Open the pages of letters again while 20 letters a second arrive."""
    arriving = asyncio.create_task(arrivals(city, (PAGE_SECONDS + 1) * len(PAGES), ARRIVALS_A_SECOND))
    await pages(city, PAGES, ", letters arriving")
    await arriving


async def main(letters: int, folder: Path) -> None:
    need_wrk()
    data = folder / "city"
    if not data.exists():
        started = time.monotonic()
        async with running_city(data, letters):
            show("filling the city", {"letters": letters, "seconds": round(time.monotonic() - started, 1)})
    started = time.monotonic()
    async with running_city(data) as city:
        show("start to ready", {"seconds": round(time.monotonic() - started, 2)})
        assert city.process
        show("memory after start", memory(city.process.pid))
        await pages(city, PAGES + MORE_PAGES, "")
        show("memory after the pages", memory(city.process.pid))
        show("accepted to routed at 20 letters/s", await routing(city))
        await pages_while_letters_arrive(city)
        show("memory at the end", memory(city.process.pid))


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    if len(sys.argv) > 2:
        Path(sys.argv[2]).mkdir(parents=True, exist_ok=True)
        asyncio.run(main(count, Path(sys.argv[2])))
    else:
        with tempfile.TemporaryDirectory() as name:
            asyncio.run(main(count, Path(name)))
