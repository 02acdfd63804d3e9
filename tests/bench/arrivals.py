"""Letters that arrive by the form of a running city, by chance, and how long each waited to be judged."""

from __future__ import annotations

import asyncio
import json
import random
import re
import sqlite3
import statistics
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from support.live import LiveCity
from support.web import Browser

from minxin.consult.decision import stream_of
from minxin.store.sqlite.chains import events_of

LETTER_CHARS = 300
CITIZENS = tuple(f"citizen{number}" for number in range(1, 61))
SAMPLES = Path(__file__).parents[2] / "deploy" / "cities" / "binhai" / "samples.jsonl"


def letters(seed: int = 1) -> Iterator[tuple[str, str]]:
    """Yield subjects and texts of some 300 characters, put together from the city's sample letters: no two alike."""
    dice = random.Random(seed)
    samples = [json.loads(line) for line in SAMPLES.read_text(encoding="utf-8").splitlines()]
    sentences = [one for sample in samples for one in re.findall(r"[^。]+。", sample["body"])]
    while True:
        sample = dice.choice(samples)
        text = sample["body"]
        while len(text) < LETTER_CHARS:
            text += dice.choice(sentences)
        yield sample["subject"] + dice.choice(sentences)[:10], text[:LETTER_CHARS]


async def arrivals(city: LiveCity, seconds: float, per_second: float) -> tuple[int, float]:
    """Let letters of all citizens arrive, so many a second on average; return how many, and in how many seconds."""
    tasks = []
    async with AsyncExitStack() as stack:
        writers = [await _writer(await stack.enter_async_context(city.browser(name))) for name in CITIZENS]
        written = islice(letters(time.time_ns()), round(per_second * seconds))
        started = due = time.monotonic()
        for (subject, text), (browser, page) in zip(written, cycle(writers)):
            tasks.append(asyncio.create_task(_write(browser, page, subject, text)))
            due += random.expovariate(per_second)  # noqa: S311
            await asyncio.sleep(due - time.monotonic())
        await asyncio.gather(*tasks)
        return len(tasks), time.monotonic() - started


async def _writer(browser: Browser) -> tuple[Browser, str]:
    await browser.get("/write")
    return browser, browser.text


def waits(data: Path, expected: int) -> dict[str, Any]:
    """Read from the events how long each of the newest letters waited to be judged."""
    with sqlite3.connect(data / "minxin.db") as database:
        newest = database.execute("SELECT id FROM letters ORDER BY received_at DESC LIMIT ?", (expected,)).fetchall()
        streams = [events_of(database, stream_of(letter_id)) for (letter_id,) in newest]
    times = [{one.event.kind: one.event.at for one in events} for events in streams]
    found = [(one["judged"] - one["received"]).total_seconds() for one in times if "judged" in one]
    counts = {"letters": expected, "judged": len(found)}
    if len(found) < 2:  # no distribution yet
        return counts
    cuts = statistics.quantiles(found, n=100)
    return {
        **counts,
        "p50_s": round(cuts[49], 3),
        "p99_s": round(cuts[98], 3),
        "max_s": round(max(found), 3),
    }


async def _write(browser: Browser, page: str, subject: str, text: str) -> None:
    fields = {**_hidden(browser, page), "form_token": f"{time.time_ns():022d}"[:22]}
    await browser._session.post(  # noqa: SLF001
        f"{browser.base}/write",
        data={**fields, "kind": "help", "subject": subject, "text": text},
        headers={"Cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items())},
        allow_redirects=False,
    )


def _hidden(browser: Browser, page: str) -> dict[str, str]:
    browser.text = page
    return browser.hidden("/write")
