"""Measures the index of like letters: ``python tests/bench/bench_like_letters.py TOPICS.csv [--letters 100000]``.

TOPICS.csv has the columns ``no, subject, body`` (and ``issue, no`` in ``--silver SILVER.csv`` adds how many of the like
letters belong to the same listed issue). To have so many letters, sentences of different letters are joined anew: each
made letter has the subject of one and the sentences of three. Marks are kept in the embedded store and asked for by the
letters as they were written.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import os
import random
import re
import resource
import statistics
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from minxin.classifier.places.gazetteer import Gazetteer
from minxin.consult.alike_records import LetterMarks
from minxin.core.alike import Alike, AlikeText
from minxin.core.changes import Changes
from minxin.deploy.like_letters import Matcher
from minxin.store.sqlite.connect import FILE
from minxin.store.sqlite.store import SqliteStore

QUERIES = 500
GROUP = 500
COMPARED = 16
CANDIDATES = 60
SHOWN = 5
NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
Pair = tuple[str, str]


async def main() -> None:
    """Run all measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("topics", type=Path)
    parser.add_argument("--silver", type=Path)
    parser.add_argument("--letters", type=int, default=100_000)
    args = parser.parse_args()
    if not args.topics.exists():
        print("left out: the letters are not there")
        return
    with args.topics.open(encoding="utf-8-sig", newline="") as file:
        real = {row["no"]: (row["subject"], row["body"]) for row in csv.DictReader(file)}
    matcher = Matcher(Gazetteer())
    start = perf_counter()
    matcher.learn(random.Random(1).sample(list(real.values()), 300))
    print(f"learning what is common from 300 letters: {perf_counter() - start:.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        store = await SqliteStore.open(Path(folder))
        await fill(store, matcher, real, args.letters)
        size = disk_bytes(folder) / 1e6
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"file {size:.0f} MB, process {memory:.0f} MB")
        found = await ask(store, matcher, real)
        if args.silver and args.silver.exists():
            with args.silver.open(encoding="utf-8-sig", newline="") as file:
                silver = {row["no"]: row["issue"] for row in csv.DictReader(file) if row["no"] in real}
            await show_silver(store, matcher, real, silver)
        print(f"{sum(bool(one) for one in found)} of {len(found)} letters have like ones")
        await store.close()


def disk_bytes(folder: str) -> int:
    """Return how large the store's files are."""
    return sum(os.path.getsize(f"{folder}/{name}") for name in os.listdir(folder) if name.startswith(FILE))


async def fill(store: SqliteStore, matcher: Matcher, real: dict[str, Pair], many: int) -> None:
    """Keep the marks of the made letters, then of the real ones."""
    marked_s = kept_s = 0.0
    mixed = made_letters(list(real.values()), many - len(real))
    made = [(f"made-{number}", *letter) for number, letter in enumerate(mixed)]
    letters = [*made, *((no, *letter) for no, letter in real.items())]
    for at in range(0, len(letters), GROUP):
        start = perf_counter()
        records = [
            LetterMarks(id=one, marks=matcher.marks(subject, body, matcher.places(subject, body, "")))
            for one, subject, body in letters[at : at + GROUP]
        ]
        marked = perf_counter()
        await store.commit(Changes(inserts=list(records)))
        marked_s += marked - start
        kept_s += perf_counter() - marked
    print(f"{len(letters)} letters: {marked_s:.0f} s to mark ({marked_s / len(letters) * 1e3:.2f} ms each),", end=" ")
    print(f"{kept_s:.0f} s to keep ({kept_s / len(letters) * 1e3:.2f} ms each)")


def made_letters(real: Sequence[Pair], many: int) -> list[Pair]:
    """Join sentences of three letters under the subject of a fourth."""
    chance = random.Random(2)
    sentences = [[one for one in re.split(r"(?<=[。！？；])", body) if one] or [body] for _, body in real]
    made = []
    for _ in range(max(0, many)):
        three = chance.sample(sentences, 3)
        body = "".join("".join(chance.sample(one, min(3, len(one)))) for one in three)
        made.append((chance.choice(real)[0], body))
    return made


async def candidates(store: SqliteStore, matcher: Matcher, no: str, letter: Pair) -> tuple[list[str], tuple[str, ...]]:
    """Return what the index finds for a letter, and the letter's places."""
    places = matcher.places(*letter, "")
    ids = await store.letters_marked(matcher.marks(*letter, places), CANDIDATES)
    return [one for one in ids if one != no], places


async def like(store: SqliteStore, matcher: Matcher, real: dict[str, Pair], no: str) -> list[Alike]:
    """Return the real letters that are like one."""
    ids, places = await candidates(store, matcher, no, real[no])
    others = [AlikeText(one, NOW, *real[one], matcher.places(*real[one], "")) for one in ids if one in real][:COMPARED]
    return matcher.alike(AlikeText(no, NOW, *real[no], places), others)[:SHOWN]


async def ask(store: SqliteStore, matcher: Matcher, real: dict[str, Pair]) -> list[list[Alike]]:
    """Ask for real letters, the index alone and with the comparison, and print how long it takes."""
    chosen = random.Random(3).sample(sorted(real), QUERIES)
    alone, whole, found = [], [], []
    for no in chosen:
        start = perf_counter()
        await candidates(store, matcher, no, real[no])
        middle = perf_counter()
        found.append(await like(store, matcher, real, no))
        alone.append((middle - start) * 1e3)
        whole.append((perf_counter() - middle) * 1e3)
    for what, times in (("marks and index", alone), ("with the comparison", whole)):
        print(f"{what}: median {statistics.median(times):.1f} ms, p99 {statistics.quantiles(times, n=100)[98]:.1f} ms")
    return found


async def show_silver(store: SqliteStore, matcher: Matcher, real: dict[str, Pair], silver: dict[str, str]) -> None:
    """Print for each listed issue how many of its letters get like ones, and how many of those are of the issue."""
    for name in sorted(set(silver.values())):
        counts: Counter[str] = Counter()
        for no in (no for no, issue in silver.items() if issue == name):
            found = await like(store, matcher, real, no)
            counts += Counter(letters=1, helped=int(bool(found)), shown=len(found))
            counts["same"] += sum(silver.get(one.id) == name for one in found)
            counts["other"] += sum(silver.get(one.id, name) != name for one in found)
        print(
            f"issue {name}: {counts['helped']} of {counts['letters']} letters get like ones; of "
            f"{counts['shown']} shown {counts['same']} are of the issue, {counts['other']} of another, others in none"
        )


if __name__ == "__main__":
    asyncio.run(main())
