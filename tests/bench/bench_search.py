"""Searches letters for words of two characters, on each engine: p50, p95 and p99, the rate of indexing, bytes a letter.

usage: python tests/bench/bench_search.py [--letters 10000 100000] [--elastic http://…]

The letters are made of a few hundred words, so that a word stands in a third of them or in one of a thousand.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles

from minxin.consult.search.ports import SearchEngine
from minxin.consult.search.records import SearchEntry, SearchQuery
from minxin.consult.search.words import RULES, plain, wanted_of
from minxin.deploy.search_process import SearchProcess, search_command
from minxin.store.search.elastic import ElasticEngine, connect

ASKED = 200
BATCH = 200
WORDS_OF_A_LETTER = 120
COMMON = ("噪音", "扰民", "物业", "小区", "路灯", "施工", "油烟", "停车", "社保", "居住")
_FIRST = "城市街道环境交通教育医疗住房供水供电燃气消防绿化养老就业"


def _words(chance: random.Random) -> list[str]:
    return ["".join(chance.sample(_FIRST, 2)) for _ in range(400)]


def _entries(letters: int) -> Iterator[SearchEntry]:
    chance = random.Random(7)
    rare = _words(chance)
    for number in range(letters):
        text = (
            "，".join(chance.choice(rare) for _ in range(WORDS_OF_A_LETTER))
            + "，"
            + "，".join(word for word in COMMON if chance.random() < 1 / 3)
        )
        yield SearchEntry(
            id=f"{number:032x}",
            revision=1,
            place=number,
            words=plain(text),
            whole=(f"2026-{number:06d}",),
            audience=("centre", f"office:{number % 30}", f"writer:{number % 5000}"),
            state=(("closed", "in_progress", "to_sign")[number % 3],),
            office=(str(number % 30),),
            kind=(("complaint", "inquiry")[number % 2],),
            month=(f"2026-{number % 12 + 1:02d}",),
        )


async def _measure(name: str, engine: SearchEngine, letters: int) -> None:
    index = f"letters-{RULES}-bench{letters}"
    await engine.begin(index)
    spent, batch = 0.0, []
    for entry in _entries(letters):
        batch.append(entry)
        if len(batch) == BATCH or entry.place == letters - 1:
            start = time.perf_counter()
            await engine.put(batch, (), index)
            spent += time.perf_counter() - start
            batch = []
    await engine.switch(index)
    times = []
    for asked in range(ASKED):
        query = SearchQuery(wanted=wanted_of(COMMON[asked % len(COMMON)]), audience=("centre",))
        start = time.perf_counter()
        answer = await engine.search(query)
        times.append((time.perf_counter() - start) * 1000)
    cut = quantiles(times, n=100)
    size = (await engine.state()).size_bytes / letters
    took = f"p50 {cut[49]:.1f} p95 {cut[94]:.1f} p99 {cut[98]:.1f} ms"
    print(
        f"{name:13} {letters:7} letters, {answer.total} found: {took}, {letters / spent:.0f}/s, {size:.0f} bytes each"
    )


async def main(sizes: list[int], elastic: str | None) -> None:
    """Measure each engine at each size."""
    for letters in sizes:
        with tempfile.TemporaryDirectory() as folder:
            process = SearchProcess(search_command(Path(folder)), limit_s=120.0)
            await _measure("tantivy", process, letters)
            await process.close()
        if elastic:
            engine = ElasticEngine(connect(elastic, timeout_s=60.0), "bench")
            await _measure("elasticsearch", engine, letters)
            await engine.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--letters", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--elastic", help="the address of an Elasticsearch to measure too")
    args = parser.parse_args()
    asyncio.run(main(args.letters, args.elastic))
