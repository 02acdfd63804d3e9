"""Measures a search among many entries on one core: time, memory, and how long the index takes to build.

``python tests/bench/bench_search_speed.py [--entries N] [--searches N]``: entries are put together from the built-in
city's sentences, their vectors are made up (reading a hundred thousand passages takes hours), the question's is real.
Run it on a core of its own: ``taskset -c 1``. The last lines are the same through the child's pipes.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.city_shelf import city_passages, city_synonyms  # noqa: E402

from minxin.classifier.retrieval.entries import Entry  # noqa: E402
from minxin.classifier.retrieval.searching import search  # noqa: E402
from minxin.classifier.retrieval.shelf import Shelf  # noqa: E402
from minxin.deploy.retrieval_frames import Changed, News  # noqa: E402
from minxin.deploy.retrieval_process import RetrievalProcess, retrieval_command  # noqa: E402
from minxin.deploy.vectors import encoder_at  # noqa: E402

SEED = 7
HEADS = 3
SENTENCES = 5
WARM_UP = 20


def made_up(count: int) -> Iterator[Entry]:
    """Yield entries of the city's sentences, mixed, each with names of its own."""
    dice = random.Random(SEED)
    passages = list(city_passages())
    titles = [passage.title for passage in passages] + [way for passage in passages for way in passage.other_ways]
    sentences = [one for passage in passages for one in re.findall(r"[^。]+。", passage.text)]
    surnames = [chr(0x4E00 + dice.randrange(3000)) + chr(0x4E00 + dice.randrange(3000)) for _ in range(5000)]
    for number in range(count):
        heads = tuple(dice.choice(surnames) + dice.choice(titles) for _ in range(HEADS))
        body = "".join(dice.choice(surnames) + dice.choice(sentences) for _ in range(SENTENCES))
        yield Entry(id=f"knowledge:{number}", kind="knowledge", heads=heads, body=body)


def questions(count: int) -> list[str]:
    """Return questions that people ask of the built-in city."""
    dice = random.Random(SEED + 1)
    passages = list(city_passages())
    ways = [way for passage in passages for way in (passage.title, *passage.other_ways)]
    return [dice.choice(ways) for _ in range(count)]


def told(name: str, seconds: Sequence[tuple[float, ...]]) -> None:
    """Print the middle and the slow end by the clock and by the processor, which a busy machine tells apart."""
    for kind, values in zip(("clock", "processor"), zip(*seconds, strict=True), strict=False):
        p50, p95, p99 = (1000 * value for value in np.percentile(values, (50, 95, 99)))
        print(f"{name:28} {kind:9} p50 {p50:6.1f} ms  p95 {p95:6.1f} ms  p99 {p99:6.1f} ms", flush=True)


def timed(call: Callable[[str], object], asked: Sequence[str]) -> list[tuple[float, ...]]:
    """Return how long each question took, without the first ones."""
    seconds: list[tuple[float, ...]] = []
    for question in asked:
        start, worked = time.perf_counter(), time.process_time()
        call(question)
        seconds.append((time.perf_counter() - start, time.process_time() - worked))
    return seconds[WARM_UP:]


def memory_mb() -> float:
    """Return the most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def memory_of(pid: int | None) -> float:
    """Return what a process holds now, in MB."""
    kilobytes = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(kilobytes[1]) / 1000 if kilobytes else 0.0


class AllAtOnce:
    """Tells a child of all entries."""

    def __init__(self, entries: int) -> None:
        whole = tuple(made_up(entries))
        self._news: list[News] = [Changed(whole[place : place + 200], ()) for place in range(0, len(whole), 200)]

    async def news(self) -> AsyncIterator[News]:
        while self._news:
            yield self._news.pop(0)


async def through_pipes(entries: int, asked: Sequence[str]) -> None:
    """Time the child: bigrams, with vectors as far as it has read."""
    with tempfile.TemporaryDirectory() as scratch:
        command = retrieval_command(Path(scratch) / "model", Path(scratch) / "vectors")
        process = RetrievalProcess(command, lambda: AllAtOnce(entries))
        start = time.perf_counter()
        await process.find(asked[0], 10)
        print(f"child ready after {time.perf_counter() - start:.1f} s", flush=True)
        seconds: list[tuple[float, ...]] = []
        for question in asked:
            start = time.perf_counter()
            await process.find(question, 10)
            seconds.append((time.perf_counter() - start,))
        told("through the child's pipes", seconds[WARM_UP:])
        print(f"child's memory {memory_of(process.pid):.0f} MB")
        await process.close()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--searches", type=int, default=300)
    arguments = parser.parse_args()
    asked = questions(arguments.searches)
    before = memory_mb()
    with tempfile.TemporaryDirectory() as scratch:
        encoder = encoder_at(Path(scratch), print)
        shelf, words = Shelf(encoder), Shelf()
        shelf.synonyms = words.synonyms = city_synonyms()
        start = time.perf_counter()
        for number, entry in enumerate(made_up(arguments.entries)):
            shelf.put(entry)
            if number % 200 == 199:
                shelf.publish()
        shelf.publish()
        print(f"{len(shelf)} entries indexed in {time.perf_counter() - start:.1f} s")
        print(f"memory {memory_mb() - before:.0f} MB more than at the start, without vectors", flush=True)
        told("by words alone", timed(lambda question: search(shelf, question, 10), asked))
        if encoder is not None:
            width = encoder([], "passage").shape[1]
            dice = np.random.default_rng(SEED)
            for number in range(arguments.entries):
                rows = dice.standard_normal((HEADS + 1, width), dtype=np.float32)
                shelf.put_vectors(f"knowledge:{number}", rows / np.linalg.norm(rows, axis=1, keepdims=True))
            print(f"memory {memory_mb() - before:.0f} MB more, with vectors", flush=True)
            told("with vectors", timed(lambda question: search(shelf, question, 10), asked))
            told("of which reading the question", timed(lambda question: encoder([question], "query"), asked))
    asyncio.run(through_pipes(min(arguments.entries, 5_000), asked))


if __name__ == "__main__":
    main()
