"""Memory of a running city by process, and what the encoder that its judge and its search share costs either.

usage: bench_memory.py [FOLDER]   (an empty folder is filled by a first start, which trains)
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
from bench_encoder import letters

from load import running_city, show  # isort: skip - it finds the tests' support
from support.live import LiveCity

from minxin.classifier.retrieval.entries import Entry
from minxin.deploy.retrieval_frames import Changed, News
from minxin.deploy.retrieval_process import RetrievalProcess, retrieval_command
from minxin.deploy.vector_client import FarEncoder
from minxin.deploy.vectors import encoder_at

SETTLED_S = 25
QUESTIONS = 200
LENGTHS = (30, 100, 300)
KIB = 1024


def processes(pid: int) -> list[int]:
    """Return a process and all that it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *(found for child in children for found in processes(int(child)))]


def report(pid: int) -> None:
    """Print the memory of each process in MiB: resident, and with what several share divided among them."""
    total = [0.0, 0.0]
    for one in processes(pid):
        words = Path(f"/proc/{one}/cmdline").read_bytes().decode().split("\0")
        name = next((word.rpartition(".")[2] for word in words if word.startswith("minxin.deploy.")), "service")
        lines = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
        sizes = {line.split(":")[0]: int(line.split()[1]) / KIB for line in lines}
        total = [total[0] + sizes["Rss"], total[1] + sizes["Pss"]]
        show(f"  {name}", {"RSS": round(sizes["Rss"]), "PSS": round(sizes["Pss"])})
    show("  in all", {"RSS": round(total[0]), "PSS": round(total[1])})


async def started(data: Path, name: str) -> None:
    """Start the city and print how long that took, and its memory when it has settled."""
    begun = time.monotonic()
    async with running_city(data) as city:
        assert isinstance(city, LiveCity)
        assert city.process is not None
        show(name, {"ready in s": round(time.monotonic() - begun, 1)})
        await asyncio.sleep(SETTLED_S)
        report(city.process.pid)


class Feed:
    """Tells the search of some hundred entries."""

    def __init__(self) -> None:
        texts = letters(300)
        entries = [Entry(id=str(number), kind="k", heads=(text[:20],), body=text) for number, text in enumerate(texts)]
        self._news: list[News] = [Changed(tuple(entries), ())]

    async def news(self) -> AsyncIterator[News]:
        while self._news:
            yield self._news.pop(0)


async def questions(search: RetrievalProcess, name: str) -> None:
    """Ask one question after another, with a little time between them as people leave it."""
    took = []
    for text in (letters(30) * QUESTIONS)[:QUESTIONS]:
        begun = time.perf_counter()
        await search.find(text, 5)
        took.append((time.perf_counter() - begun) * 1e3)
        await asyncio.sleep(0.02)
    p50, p99 = np.percentile(took, [50, 99])
    show(name, {"p50 ms": round(p50, 1), "p99 ms": round(p99, 1)})


def in_bulk(far: FarEncoder, end: threading.Event) -> None:
    """Read letters without a pause, as the judge hears lessons."""
    while not end.is_set():
        far(letters(100))


async def shared(data: Path, folder: Path) -> None:
    """Print the time of questions with and without bulk reading beside them, and of a text from either side."""
    models = data / "model"
    near = encoder_at(models, print)
    assert near is not None
    search = RetrievalProcess(retrieval_command(models, folder / "passages", folder), Feed)
    await search.find("路灯", 5)
    far = FarEncoder(folder, near.version)
    # The search reads its passages first; from then on it has nothing else to do.
    await asyncio.sleep(SETTLED_S)
    await questions(search, "questions alone")
    end = threading.Event()
    reading = threading.Thread(target=in_bulk, args=(FarEncoder(folder, near.version), end))
    reading.start()
    await questions(search, "questions while letters are read in bulk")
    end.set()
    reading.join()
    for chars in LENGTHS:
        texts = letters(chars)
        for name, encoder in (("own encoder", near), ("shared encoder", far)):
            begun = time.perf_counter()
            encoder(texts)
            took = (time.perf_counter() - begun) / len(texts) * 1e3
            show(f"{chars} characters, {name}", {"ms a text": round(took, 2)})
    far.close()
    await search.close()


async def main(data: Path, *, fresh: bool) -> None:
    if fresh:
        await started(data, "first start, which trains")
    await started(data, "start")
    with tempfile.TemporaryDirectory() as meeting:
        await shared(data, Path(meeting))


def run(folder: Path) -> None:
    """Run everything on the city in the folder."""
    asyncio.run(main(folder / "city", fresh=not (folder / "city").exists()))


if __name__ == "__main__":
    os.environ["OMP_NUM_THREADS"] = "1"
    if len(sys.argv) > 1:
        run(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as scratch:
            run(Path(scratch))
