"""A city of many letters on SQLite: what each page, each named query, the file, the start and accepting cost.

usage: bench_million.py FOLDER [LETTERS ...]   (10000 100000 when left out; the last line compares the sizes)

Each city is made by ``minxin simulate`` in ``FOLDER/LETTERS`` unless it is there already, and kept: a million letters
take a while to write. Letters that the last measurement accepts stay in it.
"""

from __future__ import annotations

import asyncio
import random
import re
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from load import memory, running_city, show, waits_for_health  # isort: skip - it finds the tests' support
from support.live import COMMAND, LiveCity
from support.web import Browser

from minxin.consult import intake
from minxin.consult.behind import PartFilter
from minxin.consult.deadlines import Light
from minxin.consult.decision import Deed, stream_of
from minxin.consult.figures import OfficeFigures
from minxin.consult.formulas import FormulaId
from minxin.consult.intake import Submission
from minxin.consult.limits import Limits
from minxin.consult.open_orders import OpenFilter
from minxin.consult.openings import Part, part_filter
from minxin.consult.periods import quarter_of
from minxin.consult.ports import QueueFilter
from minxin.consult.records import Channel, Letter, OrderState
from minxin.consult.rulepack import builtin_pack, builtin_packs
from minxin.consult.table import table_of
from minxin.core.actor import Actor
from minxin.core.calendar_tables import load_calendar
from minxin.core.ids import new_id
from minxin.core.paging import PageRequest
from minxin.store.sqlite.connect import FILE
from minxin.store.sqlite.store import SqliteStore

SIZES = (10_000, 100_000)
TIMES = 40
SLOW_S = 4.0  # a query that takes so long in all is not asked again
OFFICES = ("chengguan", "jiaotong", "jiaoyu", "gongan", "huanjing", "minzheng")
ACCEPTED = 2_000
AT_ONCE = 64
SETTLE_S = 30.0  # the judge and the search load what they know after the doors are open; that is no page's cost
PAGES = (
    ("queue page (an office's desk)", tuple(f"{office}.handler1" for office in OFFICES), "/desk"),
    ("tray (the clerks' desk)", ("zhongxin.clerk1", "zhongxin.clerk2"), "/desk"),
    ("all open work orders", ("zhongxin.manager1",), "/desk?list=all_open"),
    ("my letters", tuple(f"citizen{number}" for number in range(1, 7)), "/letters"),
    ("status page (a citizen's letter)", tuple(f"citizen{number}" for number in range(1, 7)), ""),
    ("manager's page", ("zhongxin.manager1",), "/manage"),
    ("department table, this quarter", ("zhongxin.manager1",), "/manage?period=quarter"),
    (
        "letters behind a number of all offices, this quarter",
        ("zhongxin.manager1",),
        "/manage/figure?period=quarter&formula=closing&part=met",
    ),
    ("letters received this quarter", ("zhongxin.manager1",), "/manage/letters?tile=received&period=quarter"),
    ("published answers", ("citizen1",), "/published"),
    ("search of a word of two characters", ("zhongxin.manager1",), "/desk/search?q=路灯"),
)
A_LETTER = re.compile(r'href="(/letters/[A-Za-z0-9_-]{22})"')
Figures = dict[str, float]


def p95(seconds: list[float]) -> float:
    """Return the slow end in milliseconds."""
    ordered = sorted(seconds)
    return round(1000 * ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 2)


async def timed(call: Callable[[], Awaitable[Any]], times: int = TIMES) -> float:
    """Return the p95 of a call in milliseconds; a slow one is made a few times only."""
    seconds: list[float] = []
    while len(seconds) < times and (len(seconds) < 3 or sum(seconds) < SLOW_S):
        started = time.perf_counter()
        await call()
        seconds.append(time.perf_counter() - started)
    return p95(seconds)


async def simulated(folder: Path, letters: int) -> Path:
    """Return the city's folder, filled when it is not there."""
    data = folder / str(letters)
    started = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *(COMMAND, "simulate", "--data", str(data), "--letters", str(letters)),
        *("--citizens", str(max(100, letters // 10))),
    )
    if await process.wait() == 0:
        show(f"{letters}: simulated", {"seconds": round(time.monotonic() - started, 1)})
    return data


def sample_of(data: Path, count: int) -> list[str]:
    """Return the ids of letters from all of the city's years."""
    connection = sqlite3.connect(f"file:{data / FILE}?mode=ro", uri=True)
    most = connection.execute("SELECT max(rowid) FROM letters").fetchone()[0]
    dice = random.Random(5)
    places = [dice.randint(1, most) for _ in range(count)]
    ids = [connection.execute("SELECT id FROM letters WHERE rowid >= ? LIMIT 1", (at,)).fetchone()[0] for at in places]
    connection.close()
    return ids


async def queries(store: SqliteStore, data: Path) -> Figures:
    """Ask the store each named query that a page stands on, without the pages' memory of earlier answers."""
    ids = sample_of(data, 500)
    letters = list((await store.get_all(Letter, ids)).values())
    dice = random.Random(6)
    now = datetime.now(UTC)
    quarter = quarter_of(now.date())
    open_ones = tuple(state for state in OrderState if state not in (OrderState.CLOSED, OrderState.CANCELLED))

    table = table_of(quarter, await store.figure_sums(quarter.start, quarter.end, now), now)
    a_page = PageRequest(None, 25)

    def behind(formula: FormulaId, part: Part, row: OfficeFigures) -> PartFilter:
        return part_filter(formula, part, table, row)

    def of_office() -> QueueFilter:
        return QueueFilter(open_ones, office_id=dice.choice(OFFICES))

    async def letter_page() -> None:
        letter = dice.choice(letters)
        await asyncio.gather(
            store.get(Letter, letter.id), store.orders_of(letter.id), store.events(stream_of(letter.id))
        )

    asked: dict[str, Callable[[], Awaitable[Any]]] = {
        "order_queue of an office": lambda: store.order_queue(of_office(), a_page),
        "order_queue tray": lambda: store.order_queue(QueueFilter((OrderState.TO_DISPATCH,)), a_page),
        "count_orders of an office": lambda: store.count_orders([of_office()]),
        "letter_by_number": lambda: store.letter_by_number(dice.choice(letters).number),
        "a letter with all of it": letter_page,
        "letters_of a writer": lambda: store.letters_of(dice.choice(letters).writer_id, a_page),
        "published_copies": lambda: store.published_copies(a_page),
        "open_counts": lambda: store.open_counts(),
        "open_orders, a page": lambda: store.open_orders(OpenFilter(now), a_page),
        "open_orders in time, a page": lambda: store.open_orders(OpenFilter(now, Light.GREEN), a_page),
        "figure_sums, a quarter": lambda: store.figure_sums(quarter.start, quarter.end, now),
        "orders_behind, a page of those answered": lambda: store.orders_behind(
            behind(FormulaId.CLOSING, Part.MET, table.total), a_page
        ),
        "orders_behind, a page of those answered by an office": lambda: store.orders_behind(
            behind(FormulaId.CLOSING, Part.MET, dice.choice(table.offices)), a_page
        ),
        "orders_behind, a page of those not answered": lambda: store.orders_behind(
            behind(FormulaId.CLOSING, Part.MISSED, table.total), a_page
        ),
        "orders_behind, a page of those left out": lambda: store.orders_behind(
            behind(FormulaId.CLOSING, Part.EXCLUDED, table.total), a_page
        ),
        "turns_behind, a page of those signed for in time": lambda: store.turns_behind(
            behind(FormulaId.TIMELY_SIGNING, Part.MET, table.total), a_page
        ),
        "turns_behind, a page of those left out": lambda: store.turns_behind(
            behind(FormulaId.TIMELY_SIGNING, Part.EXCLUDED, table.total), a_page
        ),
        "received_between, a page": lambda: store.received_between(quarter.start, quarter.end, a_page),
        "days_between, a quarter": lambda: store.days_between(quarter.first, quarter.last),
        "routed_alone, 90 days": lambda: store.routed_alone(now - timedelta(days=90), now),
        "examples_since, a page": lambda: store.examples_since(now - timedelta(days=90), PageRequest(None, 200)),
        "published_since, a page": lambda: store.published_since(now - timedelta(days=90), PageRequest(None, 200)),
        "audit_page": lambda: store.audit_page(a_page),
        "chain_ends": lambda: store.chain_ends(),
    }
    return {name: await timed(call) for name, call in asked.items()}


async def pages(city: LiveCity) -> Figures:
    """Open each page with one client, in turn as each of its readers; the very first opening is told apart."""
    figures: Figures = {}
    for name, logins, path in PAGES:
        seconds: list[float] = []
        for login in logins:
            async with city.browser(login) as browser:
                seconds += await _opened(browser, path or await _own_letter(browser), TIMES // len(logins) + 1)
        figures[name] = p95(seconds)
        figures[f"{name}, first opening"] = round(1000 * seconds[0], 1)
    return figures


async def _own_letter(browser: Browser) -> str:
    await browser.get("/letters")
    found = A_LETTER.search(browser.text)
    return found.group(1) if found else sys.exit("a citizen without letters")


async def _opened(browser: Browser, path: str, times: int) -> list[float]:
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        await browser.get(path)
        seconds.append(time.perf_counter() - started)
        if browser.status != 200:
            sys.exit(f"{path}: status {browser.status}")
    return seconds


async def accepted_per_s(store: SqliteStore) -> float:
    """Return how many letters a second are accepted by so many writers at once."""
    limits = Limits(builtin_pack(next(iter(builtin_packs()))), load_calendar(None))
    left = iter(range(ACCEPTED))

    async def write() -> None:
        for number in left:
            words = Submission(new_id(), "help", f"路灯不亮 {number}", "门前的路灯三天没有亮了，晚上看不清路。")
            deed = Deed(Actor("bench"), datetime.now(UTC), "bench")
            _, changes = intake.from_form(deed, words, [], limits, writer_id="bench", channel=Channel.WEB)
            await store.commit(changes)

    started = time.perf_counter()
    await asyncio.gather(*(write() for _ in range(AT_ONCE)))
    return round(ACCEPTED / (time.perf_counter() - started), 1)


def space(data: Path, letters: int) -> Figures:
    """Return what the file takes, and of it each large table or index, in bytes a letter."""
    found: Figures = {"file MiB": round((data / FILE).stat().st_size / 2**20, 1)}
    connection = sqlite3.connect(f"file:{data / FILE}?mode=ro", uri=True)
    try:
        rows = connection.execute(
            "SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC LIMIT 24"
        ).fetchall()
    except sqlite3.OperationalError:  # this SQLite was built without it
        rows = []
    connection.close()
    return found | {f"{name}, B/letter": round(size / letters) for name, size in rows}


async def measure(folder: Path, letters: int) -> dict[str, Figures]:
    """Measure one city."""
    data = await simulated(folder, letters)
    figures = {"space": space(data, letters)}
    started = time.perf_counter()
    store = await SqliteStore.open(data)
    figures["store"] = {"open, ms": round(1000 * (time.perf_counter() - started), 1)}
    figures["queries, p95 ms"] = await queries(store, data)
    await store.close()
    started = time.monotonic()
    async with running_city(data) as city:
        figures["service"] = {"start to ready, s": round(time.monotonic() - started, 2)}
        waits = await waits_for_health(city.base, SETTLE_S)
        figures["service"]["longest wait after the start, ms"] = round(max(waits), 1)
        figures["pages, p95 ms"] = await pages(city)
        assert city.process
        figures["service"] |= memory(city.process.pid)
    store = await SqliteStore.open(data)
    figures["accepting"] = {"letters/s": await accepted_per_s(store)}
    await store.close()
    for name, found in figures.items():
        show(f"{letters}: {name}", found)
    return figures


async def main(folder: Path, sizes: list[int]) -> None:
    found = {letters: await measure(folder, letters) for letters in sizes}
    least, most = found[min(sizes)], found[max(sizes)]
    for part in ("queries, p95 ms", "pages, p95 ms", "accepting"):
        ratios = {name: round(most[part][name] / max(value, 0.01), 2) for name, value in least[part].items()}
        show(f"{max(sizes)} against {min(sizes)}: {part}", ratios)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    asyncio.run(main(Path(sys.argv[1]), [int(size) for size in sys.argv[2:]] or list(SIZES)))
